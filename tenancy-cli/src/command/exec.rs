//! `tenancy exec`: a statement for each of some tenants, scoped through each one's connection.

use sea_orm::{
    AccessMode, ConnectionTrait as _, DbErr, FromQueryResult as _, JsonValue, QueryResult,
    Statement, TransactionTrait as _,
};
use serde_json::Map;
use tenancy_core::{Tenancy, Tenant};
use tokio::task::JoinSet;

use super::{Context, each};
use crate::{
    args::ExecArgs,
    error::{Error, Result},
    output::{Answer, Answered, EachAnswer, Rows},
    status::Status,
};

pub(crate) async fn run(context: &Context<'_>, args: ExecArgs) -> Result<(Answer, Status)> {
    context.need_project("exec")?;
    let tenancy = context.tenancy().await?;
    let tenants = each::tenants(&tenancy, &args.each).await?;
    // More at a time would wait for a connection, and give up in time.
    let connections = context.config()?.database().max_connections().value;
    let jobs = usize::from(args.each.jobs).min(usize::try_from(connections).unwrap_or(1));
    let progress = context.output.progress_of("asking", tenants.len());
    let mut pending = tenants.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut answers = Vec::new();
    loop {
        while running.len() < jobs
            && let Some((at, tenant)) = pending.next()
        {
            let (tenancy, sql) = (tenancy.clone(), args.sql.clone());
            running.spawn(async move {
                let slug = tenant.slug.clone();
                (at, slug, one(&tenancy, tenant, sql, args.write).await)
            });
        }
        let Some(ended) = running.join_next().await else { break };
        let (at, slug, answer) = ended.map_err(|source| Error::Task { source })?;
        progress.step(&slug);
        answers.push((at, answer));
    }
    progress.finish();
    answers.sort_by_key(|(at, _)| *at);
    let answers: Vec<EachAnswer> = answers.into_iter().map(|(_, answer)| answer).collect();
    let status = each::status(&answers);
    Ok((Answer::Each(answers), status))
}

async fn one(tenancy: &Tenancy, tenant: Tenant, sql: String, write: bool) -> EachAnswer {
    let answered = answer(tenancy, &tenant, sql, write).await;
    EachAnswer::new(&tenant, answered)
}

async fn answer(tenancy: &Tenancy, tenant: &Tenant, sql: String, write: bool) -> Result<Answered> {
    let connection = tenancy.connection(tenant).await?;
    let backend = connection.get_database_backend();
    let statement = Statement::from_string(backend, sql);
    let scoped = connection.explain(statement.clone())?;
    let reads = reads(&scoped.sql);
    if !reads && !write {
        return Err(Error::Writes);
    }
    if write {
        if reads {
            return Ok(Answered::Rows(rows(connection.query_all_raw(statement).await)?));
        }
        let done = connection.execute_raw(statement).await.map_err(database)?;
        return Ok(Answered::Changed(done.rows_affected()));
    }
    // Isolation: whatever a statement that reads does besides is refused or taken back.
    let transaction = match tenancy.dialect() {
        tenancy_core::Dialect::Postgres | tenancy_core::Dialect::MySql => {
            connection.begin_with_config(None, Some(AccessMode::ReadOnly)).await
        }
        tenancy_core::Dialect::Sqlite => connection.begin().await,
    };
    let transaction = transaction.map_err(database)?;
    let found = rows(transaction.query_all_raw(statement).await);
    transaction.rollback().await.map_err(database)?;
    Ok(Answered::Rows(found?))
}

/// Whether a scoped statement answers with rows and does nothing else: it begins with a word that
/// reads, and has none that writes, except in quotes. A lock of rows counts as writing.
fn reads(scoped: &str) -> bool {
    const READING: [&str; 3] = ["SELECT", "VALUES", "WITH"];
    const WRITING: [&str; 4] = ["DELETE", "INSERT", "MERGE", "UPDATE"];
    let is = |word: &str, known: &[&str]| known.iter().any(|it| word.eq_ignore_ascii_case(it));
    let mut words = unquoted_words(scoped);
    words.next().is_some_and(|first| is(&first, &READING)) && !words.any(|it| is(&it, &WRITING))
}

/// The words of a statement that stand in no quotes.
fn unquoted_words(sql: &str) -> impl Iterator<Item = String> {
    let mut quote = None;
    let unquoted = sql.chars().map(move |c| match quote {
        Some(open) => {
            quote = if c == open { None } else { quote };
            ' '
        }
        None if matches!(c, '\'' | '"' | '`') => {
            quote = Some(c);
            ' '
        }
        None if c.is_alphanumeric() || c == '_' => c,
        None => ' ',
    });
    let unquoted: String = unquoted.collect();
    let words: Vec<String> = unquoted.split_whitespace().map(str::to_owned).collect();
    words.into_iter()
}

fn database(error: DbErr) -> Error {
    match tenancy_core::Error::from_db_err(&error) {
        Some(refused) => Error::Core(refused.clone()),
        None => Error::Statement { source: error },
    }
}

fn rows(found: std::result::Result<Vec<QueryResult>, DbErr>) -> Result<Rows> {
    let found = found.map_err(database)?;
    let columns = found.first().map(QueryResult::column_names).unwrap_or_default();
    let rows = found.iter().map(|row| values(row, &columns)).collect::<Result<_>>()?;
    Ok(Rows { columns, rows })
}

/// The values of a row by column; one of a type that has no text here is left out.
fn values(row: &QueryResult, columns: &[String]) -> Result<Map<String, JsonValue>> {
    let JsonValue::Object(mut values) = JsonValue::from_query_result(row, "").map_err(database)?
    else {
        return Ok(Map::new());
    };
    for column in columns {
        // What a statement computes has no declared type on SQLite, and says itself what it is.
        if !values.contains_key(column)
            && let Some(value) = computed(row, column)
        {
            values.insert(column.clone(), value);
        }
    }
    Ok(values)
}

fn computed(row: &QueryResult, column: &str) -> Option<JsonValue> {
    let integer = || row.try_get::<Option<i64>>("", column).map(JsonValue::from);
    let number = || row.try_get::<Option<f64>>("", column).map(JsonValue::from);
    let text = || row.try_get::<Option<String>>("", column).map(JsonValue::from);
    integer().or_else(|_| number()).or_else(|_| text()).ok()
}

#[cfg(test)]
mod tests {
    use super::reads;

    #[test]
    fn what_reads_is_known_by_its_words() {
        for statement in [
            "SELECT 1",
            "select 1",
            "(SELECT 1)",
            "WITH a AS (SELECT 1) SELECT 1",
            "SELECT 'DELETE' AS \"update\"",
            "SELECT updated, replace(title, 'a', 'b') FROM note",
        ] {
            assert!(reads(statement), "{statement}");
        }
        for statement in [
            "",
            "SELECTED",
            "DELETE FROM note",
            "UPDATE note SET a = 1",
            "INSERT INTO note SELECT 1",
            "WITH a AS (SELECT 1) DELETE FROM note",
            "WITH a AS (DELETE FROM note RETURNING id) SELECT id FROM a",
            "SELECT 1 FROM note FOR UPDATE",
            "SELECT 'it''s' FROM note; delete from note",
        ] {
            assert!(!reads(statement), "{statement}");
        }
    }
}
