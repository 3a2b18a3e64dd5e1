//! `tenancy scope`: what a statement becomes for a tenant, or why it is refused.

use sea_orm::{DbBackend, Statement, Value};
use tenancy_core::{Dialect, Error, Refusal, Tenancy, Tenant};

use super::Context;
use crate::{
    error::Result,
    output::{Answer, ScopedStatement},
    status::Status,
};

pub(crate) async fn run(context: &Context<'_>, sql: &str, slug: &str) -> Result<(Answer, Status)> {
    let slug = slug.parse()?;
    context.need_project("scope")?;
    let tenancy = context.tenancy().await?;
    let tenant = tenancy.registry().tenant(&slug).await?;
    match scoped(&tenancy, &tenant, sql).await {
        Ok(statement) => Ok((Answer::Scoped { slug, statement }, Status::Done)),
        Err(Error::Refused(refusal)) => Ok((Answer::Refused { slug, refusal }, Status::Unsound)),
        Err(error) => Err(error.into()),
    }
}

/// Scopes a statement, with as many values as it has placeholders.
async fn scoped(
    tenancy: &Tenancy,
    tenant: &Tenant,
    sql: &str,
) -> tenancy_core::Result<ScopedStatement> {
    let with = |values: usize| {
        let values = std::iter::repeat_n(Value::Int(None), values);
        tenancy.explain(tenant, Statement::from_sql_and_values(backend(tenancy), sql, values))
    };
    let (scoped, given) = match with(0).await {
        Err(Error::Refused(Refusal::Placeholders { placeholders, values: 0 })) => {
            (with(placeholders).await?, placeholders)
        }
        scoped => (scoped?, 0),
    };
    let bound = scoped.values.map_or(0, |values| values.0.len());
    let sign = match tenancy.dialect() {
        Dialect::Postgres => '$',
        Dialect::Sqlite | Dialect::MySql => '?',
    };
    // MySQL's placeholders have no numbers.
    let is_numbered = tenancy.dialect() != Dialect::MySql;
    let number = if is_numbered { bound.to_string() } else { String::new() };
    let tenant_placeholder = (bound > given).then(|| format!("{sign}{number}"));
    Ok(ScopedStatement { sql: scoped.sql, tenant_placeholder })
}

fn backend(tenancy: &Tenancy) -> DbBackend {
    match tenancy.dialect() {
        Dialect::Postgres => DbBackend::Postgres,
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::MySql => DbBackend::MySql,
    }
}
