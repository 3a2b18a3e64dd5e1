//! Writes migrations down: what each will do, its checksum, and the tables that result.

use std::{collections::BTreeSet, sync::Arc};

use sea_orm_migration::MigrationTrait;
use sha2::{Digest, Sha256};

use super::{
    change::SchemaChange,
    schema::{TenantMigration, TenantSchema},
    state::State,
    step::Step,
};
use crate::{
    catalog::Catalog,
    error::{Error, Result},
    hooks::TenantHooks,
    registry::schema::TABLES,
    scope::Dialect,
    seed::TenantSeed,
};

/// The two sets of migrations of an application, and what it does beside them for each tenant.
#[derive(Default)]
pub struct MigrationSets {
    /// Those of the tables that are present once, in order.
    pub shared: Vec<Box<dyn MigrationTrait>>,
    /// Those of the tables that every tenant has, in order.
    pub tenant: Vec<Box<dyn TenantMigration>>,
    /// The rows that every tenant begins with, in the order in which they are written.
    pub seeds: Vec<Box<dyn TenantSeed>>,
    /// What is called when a tenant comes and when it goes, in order.
    pub hooks: Vec<Box<dyn TenantHooks>>,
}

impl std::fmt::Debug for MigrationSets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shared: Vec<&str> = self.shared.iter().map(|m| m.name()).collect();
        let tenant: Vec<&str> = self.tenant.iter().map(|m| m.name()).collect();
        let seeds: Vec<&str> = self.seeds.iter().map(|seed| seed.name()).collect();
        f.debug_struct("MigrationSets")
            .field("shared", &shared)
            .field("tenant", &tenant)
            .field("seeds", &seeds)
            .field("hooks", &self.hooks.len())
            .finish()
    }
}

/// A tenant migration as it was written down.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecordedMigration {
    /// Its name, by which it stands in ledgers.
    pub name: String,
    /// What it does, in order.
    pub up: Vec<Step>,
    /// What takes it back; `None` where nothing can.
    pub down: Option<Vec<Step>>,
    /// Whether it runs in a transaction.
    pub in_transaction: bool,
    /// A digest of what it does, by which an edit after the fact is noticed.
    pub checksum: String,
    /// Why each step of `up` is made, as far as the migration says it.
    reasons: Vec<Option<String>>,
}

impl RecordedMigration {
    /// The changes of the tables, in order.
    pub fn changes(&self) -> impl Iterator<Item = &SchemaChange> {
        self.up.iter().filter_map(change_of)
    }

    /// Why a step of `up` is made, if the migration says it
    /// ([`because`](TenantSchema::because)).
    #[must_use]
    pub fn reason(&self, step: usize) -> Option<&str> {
        self.reasons.get(step)?.as_deref()
    }

    /// Whether it works on the rows of tenants.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.up.iter().any(Step::is_data)
    }
}

fn change_of(step: &Step) -> Option<&SchemaChange> {
    match step {
        Step::Schema(change) => Some(change),
        Step::Raw(_) | Step::Data(_) | Step::Adapted(_) => None,
    }
}

/// What the tenant migrations of an application do, as far as each can be written down.
#[derive(Debug)]
#[non_exhaustive]
pub struct Survey {
    /// The migrations in the order of their list, by name, or why one cannot be written down.
    pub migrations: Vec<(String, Result<RecordedMigration>)>,
    /// The first change that does not fit what is there before it; `None` also behind a migration
    /// that cannot be written down, where nobody knows what is there.
    pub misfit: Option<Error>,
}

/// The tenant migrations of an application, written down for one database.
#[derive(Debug, Clone)]
pub struct TenantSet {
    migrations: Arc<[RecordedMigration]>,
    state: State,
}

pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn record(migration: &dyn TenantMigration, dialect: Dialect) -> Result<RecordedMigration> {
    let name = migration.name().to_owned();
    let mut up = TenantSchema::new(dialect);
    migration.up(&mut up)?;
    let (up, reasons) = up.into_parts();
    let mut down = TenantSchema::new(dialect);
    let down = match migration.down(&mut down) {
        Ok(()) => Some(down.into_parts().0),
        Err(Error::Irreversible { .. }) => None,
        Err(error) => return Err(error),
    };
    check_order(&name, &up, down.as_deref().unwrap_or_default())?;
    let in_transaction = migration.in_transaction();
    for steps in std::iter::once(&up).chain(&down) {
        check_transaction(&name, in_transaction, steps)?;
    }
    let account: Vec<serde_json::Value> = up.iter().map(Step::account).collect();
    let checksum = hex_digest(serde_json::Value::Array(account).to_string().as_bytes());
    Ok(RecordedMigration { name, up, down, in_transaction, checksum, reasons })
}

/// Rows are worked on when the tables are as the migration wants them: after its changes on the way
/// up, before them on the way down. Where all tenants lie in the same tables, changes run once for
/// all, and could not wait in the midst of a migration for the last tenant.
fn check_order(migration: &str, up: &[Step], down: &[Step]) -> Result<()> {
    let is_ordered_up = up.is_sorted_by_key(Step::is_data);
    let is_ordered_down = down.is_sorted_by_key(|step| !step.is_data());
    if is_ordered_up && is_ordered_down {
        return Ok(());
    }
    Err(Error::StepOrder { migration: migration.to_owned() })
}

/// Outside a transaction a migration that is cut off leaves what it has done, so it has one step,
/// which can be run again.
fn check_transaction(migration: &str, in_transaction: bool, steps: &[Step]) -> Result<()> {
    let refused =
        |reason| Err(Error::OutsideTransaction { migration: migration.to_owned(), reason });
    let concurrently = steps.iter().any(|step| {
        matches!(change_of(step), Some(SchemaChange::CreateIndex(index)) if index.concurrently)
    });
    if in_transaction {
        return if concurrently {
            refused("it builds an index `CONCURRENTLY` and says that it runs in a transaction")
        } else {
            Ok(())
        };
    }
    match steps {
        [] => Ok(()),
        [Step::Schema(SchemaChange::DropIndex { .. })] => Ok(()),
        [Step::Schema(SchemaChange::CreateIndex(_))] => Ok(()),
        [_] => refused("its step is not the making or dropping of an index"),
        _ => refused("it has more than one step"),
    }
}

impl TenantSet {
    /// Writes the tenant migrations of an application down for a database.
    ///
    /// # Errors
    /// [`Error::DuplicateMigration`] for a name that stands twice in the sets,
    /// [`Error::MigrationOrder`] for a set out of order, [`Error::UnknownTable`],
    /// [`Error::TableExists`], [`Error::UnknownType`], [`Error::TypeExists`] and
    /// [`Error::UnfitChange`] for a change that does not fit what is there before it, and what the
    /// migrations themselves return.
    pub fn record(sets: &MigrationSets, dialect: Dialect) -> Result<Self> {
        check_names(sets)?;
        let mut state = State::beside(Catalog::default(), dialect);
        let mut migrations = Vec::with_capacity(sets.tenant.len());
        for migration in &sets.tenant {
            let recorded = record(migration.as_ref(), dialect)?;
            for change in recorded.changes() {
                state.apply(change, &recorded.name)?;
            }
            // The accident that this framework grew from was one such table, created twice.
            if let Some(table) = TABLES.into_iter().find(|table| state.catalog().knows(table)) {
                return Err(Error::TableExists {
                    table: table.to_owned(),
                    migration: recorded.name,
                });
            }
            migrations.push(recorded);
        }
        Ok(Self { migrations: migrations.into(), state })
    }

    /// Writes down what can be, for those who look for all faults and not for the first one. What
    /// the checks of [`check::sets`](crate::check::sets) judge (names, order, and tables that are
    /// created twice) is left to them.
    ///
    /// ```
    /// use tenancy_core::{Dialect, MigrationSets, TenantSet};
    ///
    /// let survey = TenantSet::survey(&MigrationSets::default(), Dialect::Sqlite);
    /// assert!(survey.migrations.is_empty() && survey.misfit.is_none());
    /// ```
    #[must_use]
    pub fn survey(sets: &MigrationSets, dialect: Dialect) -> Survey {
        let all = sets
            .tenant
            .iter()
            .map(|migration| (migration.name().to_owned(), record(migration.as_ref(), dialect)));
        let migrations: Vec<_> = all.collect();
        let misfit = misfit(&migrations, dialect);
        Survey { migrations, misfit }
    }

    /// The migrations, in order.
    #[must_use]
    pub fn migrations(&self) -> &[RecordedMigration] {
        &self.migrations
    }

    /// The name of the newest migration; `None` in an empty set.
    #[must_use]
    pub fn head(&self) -> Option<&RecordedMigration> {
        self.migrations.last()
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The database that the set was written down for.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.state.dialect()
    }

    /// Whether some of it is written for SeaORM's own migrator, so that only running it tells what
    /// tables it makes.
    pub(crate) fn has_adapted(&self) -> bool {
        let steps = self.migrations.iter().flat_map(|migration| &migration.up);
        steps.into_iter().any(|step| matches!(step, Step::Adapted(_)))
    }

    /// The tables that a tenant has after the newest migration.
    #[must_use]
    pub fn tables(&self) -> &Catalog {
        self.state.catalog()
    }
}

fn misfit(migrations: &[(String, Result<RecordedMigration>)], dialect: Dialect) -> Option<Error> {
    let mut state = State::beside(Catalog::default(), dialect);
    for (name, recorded) in migrations {
        let Ok(recorded) = recorded else { return None };
        for change in recorded.changes() {
            let applied = state.apply(change, name);
            match (change, applied) {
                (SchemaChange::CreateTable(_), Err(Error::TableExists { .. })) => {}
                (_, Err(error)) => return Some(error),
                (SchemaChange::RenameTable { to, .. }, Ok(())) if TABLES.contains(&to.as_str()) => {
                    let (table, migration) = (to.clone(), name.clone());
                    return Some(Error::TableExists { table, migration });
                }
                (_, Ok(())) => {}
            }
        }
    }
    None
}

fn check_names(sets: &MigrationSets) -> Result<()> {
    let shared = sets.shared.iter().map(|migration| migration.name());
    let tenant: Vec<&str> = sets.tenant.iter().map(|migration| migration.name()).collect();
    let mut seen = BTreeSet::new();
    for name in shared.chain(tenant.iter().copied()) {
        if !seen.insert(name) {
            return Err(Error::DuplicateMigration { migration: name.to_owned() });
        }
    }
    match tenant.windows(2).find(|pair| pair[0] > pair[1]) {
        Some(pair) => {
            Err(Error::MigrationOrder { migration: pair[1].to_owned(), after: pair[0].to_owned() })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{Table, extension::postgres::Type};
    use sea_orm_migration::{MigrationName, schema::pk_auto};

    use super::*;

    /// Creates a type, and drops another.
    struct Moods(&'static str, Option<&'static str>);

    impl MigrationName for Moods {
        fn name(&self) -> &str {
            self.0
        }
    }

    impl TenantMigration for Moods {
        fn up(&self, schema: &mut TenantSchema) -> Result<()> {
            schema.create_type(Type::create().as_enum("mood").values(["glad", "sad"]))?;
            self.1.into_iter().for_each(|name| schema.drop_type(name));
            Ok(())
        }
    }

    fn recorded(set: Vec<Moods>, dialect: Dialect) -> Result<TenantSet> {
        let tenant = set.into_iter().map(|m| Box::new(m) as Box<dyn TenantMigration>).collect();
        TenantSet::record(&MigrationSets { tenant, ..MigrationSets::default() }, dialect)
    }

    /// Creates a table that the framework has of its own.
    struct OwnDomains;

    impl MigrationName for OwnDomains {
        fn name(&self) -> &str {
            "m20260101_000004_create_domains"
        }
    }

    impl TenantMigration for OwnDomains {
        fn up(&self, schema: &mut TenantSchema) -> Result<()> {
            let id = pk_auto("id");
            schema.create_table(Table::create().table("tenants_domain").col(id))
        }
    }

    #[test]
    fn a_table_of_the_framework_is_not_created_again() {
        let sets = MigrationSets { tenant: vec![Box::new(OwnDomains)], ..MigrationSets::default() };
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let refused = TenantSet::record(&sets, dialect);
            assert!(matches!(refused, Err(Error::TableExists { .. })), "{refused:?}");
        }
    }

    #[test]
    fn types_are_known_after_their_migration() {
        let set = recorded(vec![Moods("m1", None)], Dialect::Postgres).unwrap();
        assert!(set.tables().is_tenant_type("mood"));
        let set = recorded(vec![Moods("m1", Some("mood"))], Dialect::Postgres).unwrap();
        assert_eq!(set.tables().tenant_types().count(), 0);
    }

    #[test]
    fn a_type_is_created_once_and_dropped_when_it_is_there() {
        let twice = vec![Moods("m1", None), Moods("m2", None)];
        assert!(matches!(recorded(twice, Dialect::Postgres), Err(Error::TypeExists { .. })));
        let absent = vec![Moods("m1", Some("taste"))];
        assert!(matches!(recorded(absent, Dialect::Postgres), Err(Error::UnknownType { .. })));
    }

    /// Drops what it names, and may say why.
    struct Drops(Option<&'static str>);

    impl MigrationName for Drops {
        fn name(&self) -> &str {
            "m2"
        }
    }

    impl TenantMigration for Drops {
        fn up(&self, schema: &mut TenantSchema) -> Result<()> {
            if let Some(reason) = self.0 {
                schema.because(reason);
            }
            schema.drop_type("mood");
            schema.drop_table("note");
            Ok(())
        }
    }

    #[test]
    fn a_reason_belongs_to_one_step_and_is_no_part_of_the_checksum() {
        let silent = record(&Drops(None), Dialect::Postgres).unwrap();
        let stated = record(&Drops(Some("nobody has one")), Dialect::Postgres).unwrap();
        assert_eq!(silent.checksum, stated.checksum);
        assert_eq!([silent.reason(0), silent.reason(1)], [None; 2]);
        assert_eq!([stated.reason(0), stated.reason(1)], [Some("nobody has one"), None]);
        // There are no types on SQLite, and what is said of one is not said of the table.
        let elsewhere = record(&Drops(Some("nobody has one")), Dialect::Sqlite).unwrap();
        assert_eq!((elsewhere.up.len(), elsewhere.reason(0)), (1, None));
    }

    #[test]
    fn a_survey_names_what_does_not_fit_and_leaves_names_to_the_checks() {
        let twice = || Box::new(Moods("m1", None)) as Box<dyn TenantMigration>;
        let tenant = vec![twice(), twice(), Box::new(Drops(None))];
        let sets = MigrationSets { tenant, ..MigrationSets::default() };
        let survey = TenantSet::survey(&sets, Dialect::Postgres);
        assert!(survey.migrations.iter().all(|(_, recorded)| recorded.is_ok()));
        assert!(matches!(survey.misfit, Some(Error::TypeExists { .. })), "{:?}", survey.misfit);
    }

    #[test]
    fn sqlite_has_no_types_to_change() {
        let set = vec![Moods("m1", None), Moods("m2", Some("taste"))];
        let set = recorded(set, Dialect::Sqlite).unwrap();
        assert!(set.migrations().iter().all(|migration| migration.up.is_empty()));
    }
}
