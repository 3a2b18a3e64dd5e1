//! Checks of a live database that only this strategy has: `SHS001` and on.

mod bypassing_role;
mod crossing_reference;
mod definer_function;
mod definer_view;
mod no_tenant_index;
mod other_engine;
mod tenant_column;
mod tenant_schema;
mod unled_key;
mod wrong_policy;

use sea_orm::{QueryResult, Value};
use tenancy_core::{
    Dialect, Result, TableKind,
    check::{
        CheckDescription,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

use crate::wall::Wall;

/// What they are called.
pub(crate) const CHECKS: &[&CheckDescription] = &[
    &tenant_column::CHECK,
    &unled_key::CHECK,
    &no_tenant_index::CHECK,
    &crossing_reference::CHECK,
    &definer_view::CHECK,
    &definer_function::CHECK,
    &tenant_schema::CHECK,
    &bypassing_role::CHECK,
    &wrong_policy::CHECK,
    &other_engine::CHECK,
];

/// All of them, in the order of their codes.
pub(crate) fn all(wall: &Wall) -> Vec<Box<dyn DatabaseCheck>> {
    vec![
        Box::new(tenant_column::TenantColumn),
        Box::new(unled_key::UnledKey),
        Box::new(no_tenant_index::NoTenantIndex),
        Box::new(crossing_reference::CrossingReference),
        Box::new(definer_view::DefinerView),
        Box::new(definer_function::DefinerFunction),
        Box::new(tenant_schema::TenantSchemaLeft),
        Box::new(bypassing_role::BypassingRole { wall: wall.clone() }),
        Box::new(wrong_policy::WrongPolicy { wall: wall.clone() }),
        Box::new(other_engine::OtherEngine),
    ]
}

/// A question by the database that it is asked of; one without a question has no such thing.
///
/// `$1` or `?1` is the schema, `$2` or `?2` the tenant column; on MySQL each `?` is that column.
#[derive(Debug)]
struct Sql {
    postgres: Option<&'static str>,
    sqlite: Option<&'static str>,
    mysql: Option<&'static str>,
}

/// Asks about the tables beside the registry, and keeps the rows whose first cell is the name of a
/// tenant table.
async fn ask(subject: &DatabaseSubject<'_>, sql: &Sql) -> Result<Vec<(String, QueryResult)>> {
    let dialect = subject.dialect();
    let sql = match dialect {
        Dialect::Postgres => sql.postgres,
        Dialect::Sqlite => sql.sqlite,
        Dialect::MySql => sql.mysql,
    };
    let Some(sql) = sql else { return Ok(Vec::new()) };
    let column = Value::from(subject.tenant_column().as_str());
    let values = match dialect {
        Dialect::Postgres | Dialect::Sqlite => {
            vec![Value::from(dialect.shared_schema().as_str()), column]
        }
        Dialect::MySql => vec![column; sql.matches('?').count()],
    };
    let mut of_tenants = Vec::new();
    for row in subject.rows(sql, values).await? {
        let table: String = subject.cell(&row, 0)?;
        if is_tenant_table(subject, &table) {
            of_tenants.push((table, row));
        }
    }
    Ok(of_tenants)
}

fn is_tenant_table(subject: &DatabaseSubject<'_>, name: &str) -> bool {
    subject.tenant_tables().table(name).is_some_and(|table| table.kind == TableKind::Tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_described_and_has_a_case() {
        let cases = [include_str!("../tests/it/checking.rs"), include_str!("../tests/it/wall.rs")];
        let cases = cases.concat();
        let column = tenancy_core::Identifier::parse("tenant_id").unwrap();
        let wall = Wall { column, enforced: true };
        let run: Vec<&str> = all(&wall).iter().map(|check| check.description().code).collect();
        let described: Vec<&str> = CHECKS.iter().map(|check| check.code).collect();
        assert_eq!(run, described);
        for code in run {
            assert!(cases.contains(code), "{code} has no case");
        }
    }
}
