//! Row-level security, PostgreSQL's own wall between tenants beside the scoping of statements.
//!
//! Every tenant table has a policy by which a row is there only for the tenant that a setting of the
//! transaction names; without the setting there are no rows. The policy holds for the tables' owner
//! too. A role that may see all tenants, if there is one beside the application's, has a policy of
//! its own (<https://www.postgresql.org/docs/current/ddl-rowsecurity.html>).

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement};
use tenancy_core::{Catalog, Databases, Error, Identifier, Result, Unsecured};

/// The setting that names the tenant.
pub(crate) const SETTING: &str = "tenancy.tenant_id";

/// The policy of tenants, and that of a role that may see all of them.
const TENANT: &str = "tenancy_tenant";
const CENTRAL: &str = "tenancy_central";

const MIGRATE: &str = "`tenancy migrate up` brings the policies to what they should be";

/// Every table with the tenant column, and each of its policies.
const STATE: &str = "\
SELECT c.relname::text, c.relrowsecurity, c.relforcerowsecurity, p.polname::text, p.polpermissive,
       p.polcmd::text, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid),
       (SELECT string_agg(r.rolname, ',' ORDER BY r.rolname) FROM pg_catalog.pg_roles r
        WHERE r.oid = ANY (p.polroles))
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = $1 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY c.relname, p.polname";

/// A policy as PostgreSQL has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Policy {
    permissive: bool,
    command: String,
    using: Option<String>,
    check: Option<String>,
    /// The role that it is for; `None` for all.
    role: Option<String>,
}

#[derive(Debug, Default)]
struct TableState {
    enabled: bool,
    forced: bool,
    policies: BTreeMap<String, Policy>,
}

/// Whether a policy is one that the framework makes.
fn is_ours(policy: &str) -> bool {
    [TENANT, CENTRAL].contains(&policy)
}

/// What is not as it should be, and what mends it.
pub(crate) struct Difference {
    pub(crate) reason: String,
    pub(crate) mend: &'static str,
}

/// What the wall is made of.
#[derive(Debug, Clone)]
pub(crate) struct Wall {
    pub(crate) column: Identifier,
    /// Whether there is to be one.
    pub(crate) enforced: bool,
}

/// Whether a table with the tenant column is the tenants'.
type IsTenants<'a> = &'a (dyn Fn(&str) -> bool + Sync);

fn doing(doing: &'static str) -> impl Fn(sea_orm::DbErr) -> Error {
    move |source| Error::Database { doing, source }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Wall {
    /// Refuses a role of the application that policies would not hold for.
    pub(crate) async fn check_roles(&self, databases: &Databases) -> Result<()> {
        match self.weakness(databases).await? {
            Some((reason, mend)) => Err(Error::Unsecured { reason, mend }),
            None => Ok(()),
        }
    }

    /// Why policies would not hold for the application's role, and what mends it.
    pub(crate) async fn weakness(
        &self,
        databases: &Databases,
    ) -> Result<Option<(String, &'static str)>> {
        const READING: &str = "reading what the database role may do";
        let backend = databases.data.get_database_backend();
        if !self.enforced {
            return Ok(None);
        }
        if backend != DbBackend::Postgres {
            let reason = format!("{backend:?} has none");
            return Ok(Some((reason, "set `shared-schema.rls = \"off\"`")));
        }
        let sql = "SELECT r.rolname::text, r.rolsuper, r.rolbypassrls, \
                   EXISTS (SELECT FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = $1 \
                   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') \
                   AND pg_catalog.pg_has_role(r.oid, c.relowner, 'MEMBER')) \
                   FROM pg_catalog.pg_roles r WHERE r.rolname = current_user";
        let select = Statement::from_sql_and_values(backend, sql, [self.column.as_str().into()]);
        let row = databases.data.query_one_raw(select).await.map_err(doing(READING))?;
        let Some(row) = row else { return Ok(None) };
        let cell = |at: usize| row.try_get_by_index::<bool>(at).map_err(doing(READING));
        let role: String = row.try_get_by_index(0).map_err(doing(READING))?;
        let may = if cell(1)? {
            "is a superuser"
        } else if cell(2)? {
            "has BYPASSRLS"
        } else if cell(3)? {
            "owns tenant tables, or is a member of the role that does"
        } else {
            return Ok(None);
        };
        let reason = format!("the role `{role}` of `database.url` {may}");
        Ok(Some((reason, "give the application a role of its own: `tenancy db roles`")))
    }

    /// Compares the policies with what they should be.
    pub(crate) async fn check(&self, databases: &Databases, others: &Catalog) -> Result<()> {
        let is_tenants = |name: &str| others.table(name).is_none();
        match self.differences(databases, &is_tenants).await?.into_iter().next() {
            Some((_, Difference { reason, mend })) => Err(Error::Unsecured { reason, mend }),
            None => Ok(()),
        }
    }

    /// The tables whose policies are not what they should be, and why.
    pub(crate) async fn differences(
        &self,
        databases: &Databases,
        is_tenants: IsTenants<'_>,
    ) -> Result<Vec<(String, Difference)>> {
        if databases.direct.get_database_backend() != DbBackend::Postgres {
            return Ok(Vec::new());
        }
        let central = self.central_role(databases).await?;
        let state = self.state(&databases.direct, is_tenants).await?;
        let differences = state.into_iter().filter_map(|(name, table)| {
            let difference = self.difference(&name, &table, central.as_deref())?;
            Some((name, difference))
        });
        Ok(differences.collect())
    }

    /// Makes the policies what they should be. Policies of others stay; the first that is in the way is
    /// the answer.
    pub(crate) async fn raise(
        &self,
        databases: &Databases,
        transaction: &DatabaseTransaction,
        others: &Catalog,
    ) -> Result<Option<Unsecured>> {
        if transaction.get_database_backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let central = self.central_role(databases).await?;
        let mut message = String::new();
        let is_tenants = |name: &str| others.table(name).is_none();
        let tables = self.state(transaction, &is_tenants).await?;
        for (name, table) in &tables {
            if self.own_difference(name, table, central.as_deref()).is_some() {
                for statement in self.statements(name, table, central.as_deref()) {
                    message.push_str(&statement);
                    message.push_str(";\n");
                }
            }
        }
        if !message.is_empty() {
            let raised = transaction.execute_unprepared(&message).await;
            raised.map_err(doing("setting up row-level security"))?;
        }
        let left = tables.iter().find_map(|(name, table)| self.wider(name, table));
        Ok(left.map(|left| Unsecured::new(left.reason, left.mend)))
    }

    /// The role of central access, where it is another one than the application's.
    async fn central_role(&self, databases: &Databases) -> Result<Option<String>> {
        if !self.enforced {
            return Ok(None);
        }
        let central = current_user(&databases.central).await?;
        let data = current_user(&databases.data).await?;
        Ok((central != data).then_some(central))
    }

    async fn state<C: ConnectionTrait>(
        &self,
        connection: &C,
        is_tenants: IsTenants<'_>,
    ) -> Result<BTreeMap<String, TableState>> {
        const READING: &str = "reading the policies of the tables";
        let values = [self.column.as_str().into()];
        let select = Statement::from_sql_and_values(DbBackend::Postgres, STATE, values);
        let rows = connection.query_all_raw(select).await.map_err(doing(READING))?;
        let mut tables: BTreeMap<String, TableState> = BTreeMap::new();
        for row in rows {
            let read = || -> std::result::Result<_, sea_orm::DbErr> {
                let policy: Option<(String, Policy)> = match row.try_get_by_index(3)? {
                    None => None,
                    Some(name) => {
                        let policy = Policy {
                            permissive: row.try_get_by_index(4)?,
                            command: row.try_get_by_index(5)?,
                            using: row.try_get_by_index(6)?,
                            check: row.try_get_by_index(7)?,
                            role: row.try_get_by_index(8)?,
                        };
                        Some((name, policy))
                    }
                };
                let name: String = row.try_get_by_index(0)?;
                Ok((name, row.try_get_by_index(1)?, row.try_get_by_index(2)?, policy))
            };
            let (name, enabled, forced, policy) = read().map_err(doing(READING))?;
            if is_tenants(&name) {
                let table = tables.entry(name).or_default();
                (table.enabled, table.forced) = (enabled, forced);
                table.policies.extend(policy);
            }
        }
        Ok(tables)
    }

    fn tenant_condition(&self) -> String {
        let column = quoted(self.column.as_str());
        format!("{column} = nullif(current_setting('{SETTING}', true), '')::uuid")
    }

    /// The policies that a table should have, in PostgreSQL's words.
    fn expected(&self, central: Option<&str>) -> BTreeMap<String, Policy> {
        let policy = |condition: String, role: Option<&str>| Policy {
            permissive: true,
            command: "*".to_owned(),
            using: Some(condition.clone()),
            check: Some(condition),
            role: role.map(str::to_owned),
        };
        let tenants = policy(self.tenant_condition(), None);
        let central =
            central.map(|role| (CENTRAL.to_owned(), policy("true".to_owned(), Some(role))));
        std::iter::once((TENANT.to_owned(), tenants)).chain(central).collect()
    }

    /// What is not as it should be on a table.
    fn difference(
        &self,
        name: &str,
        table: &TableState,
        central: Option<&str>,
    ) -> Option<Difference> {
        if let Some(reason) = self.own_difference(name, table, central) {
            return Some(Difference { reason, mend: MIGRATE });
        }
        self.wider(name, table)
    }

    /// A policy of others that lets through more than a tenant's rows.
    fn wider(&self, name: &str, table: &TableState) -> Option<Difference> {
        let is_wider = |(policy, found): &(&String, &Policy)| found.permissive && !is_ours(policy);
        let (wider, _) = table.policies.iter().find(is_wider).filter(|_| self.enforced)?;
        let reason =
            format!("the policy `{wider}` lets through more of `{name}` than its tenant's rows");
        Some(Difference { reason, mend: "drop the policy, or make it `AS RESTRICTIVE`" })
    }

    /// What is not as it should be of what the framework makes.
    fn own_difference(
        &self,
        name: &str,
        table: &TableState,
        central: Option<&str>,
    ) -> Option<String> {
        if !self.enforced {
            let left = table.policies.keys().find(|policy| is_ours(policy))?;
            return Some(format!("the table `{name}` has the policy `{left}`, and `rls` is off"));
        }
        if !table.enabled || !table.forced {
            return Some(format!("it is not enabled and forced on the table `{name}`"));
        }
        let expected = self.expected(central);
        let left = table.policies.keys().find(|it| is_ours(it) && !expected.contains_key(*it));
        if let Some(left) = left {
            return Some(format!("the policy `{left}` of `{name}` is for a role that is gone"));
        }
        expected.iter().find_map(|(policy, expected)| match table.policies.get(policy) {
            None => Some(format!("the table `{name}` lacks the policy `{policy}`")),
            Some(found) if !found.is_same(expected) => {
                Some(format!("the policy `{policy}` of `{name}` is another one"))
            }
            Some(_) => None,
        })
    }

    fn statements(&self, name: &str, table: &TableState, central: Option<&str>) -> Vec<String> {
        let on = format!("public.{}", quoted(name));
        let ours = table.policies.keys().filter(|policy| is_ours(policy));
        let mut statements: Vec<String> =
            ours.map(|policy| format!("DROP POLICY {policy} ON {on}")).collect();
        if !self.enforced {
            statements.push(format!(
                "ALTER TABLE {on} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
            ));
            return statements;
        }
        statements
            .push(format!("ALTER TABLE {on} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"));
        for (policy, Policy { using, check, role, .. }) in self.expected(central) {
            let to = role.map_or_else(|| "PUBLIC".to_owned(), |role| quoted(&role));
            statements.push(format!(
                "CREATE POLICY {policy} ON {on} TO {to} USING ({}) WITH CHECK ({})",
                using.unwrap_or_default(),
                check.unwrap_or_default()
            ));
        }
        statements
    }
}

impl Policy {
    /// Whether PostgreSQL's words for a policy are those that it was made with.
    fn is_same(&self, expected: &Self) -> bool {
        let plain = |text: &Option<String>| text.as_deref().map(plain);
        self.permissive == expected.permissive
            && self.command == expected.command
            && self.role == expected.role
            && plain(&self.using) == plain(&expected.using)
            && plain(&self.check) == plain(&expected.check)
    }
}

/// An expression without what PostgreSQL adds when it writes it back: parentheses, the types of
/// literals, quotes around plain names, and its own way with case.
fn plain(expression: &str) -> String {
    let kept = |c: &char| !matches!(c, '(' | ')' | '"') && !c.is_whitespace();
    let text: String = expression.chars().filter(kept).collect();
    text.replace("::text", "").to_ascii_lowercase()
}

async fn current_user(database: &DatabaseConnection) -> Result<String> {
    const READING: &str = "reading the database role";
    let select = Statement::from_string(DbBackend::Postgres, "SELECT current_user::text");
    let row = database.query_one_raw(select).await.map_err(doing(READING))?;
    let user = row.map(|row| row.try_get_by_index(0)).transpose().map_err(doing(READING))?;
    Ok(user.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_words_are_recognised_and_others_are_not() {
        let column = Identifier::parse("tenant_id").expect("a name");
        let wall = Wall { column, enforced: true };
        let written = "(tenant_id = (NULLIF(current_setting('tenancy.tenant_id'::text, true), ''::text))::uuid)";
        assert_eq!(plain(written), plain(&wall.tenant_condition()));
        let other = "((tenant_id = (NULLIF(current_setting('tenancy.tenant_id'::text, true), ''::text))::uuid) OR true)";
        assert_ne!(plain(other), plain(&wall.tenant_condition()));
    }
}
