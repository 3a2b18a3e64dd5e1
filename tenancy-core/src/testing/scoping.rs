//! What must hold for every text that anybody sends: it is refused, or each tenant table in what
//! comes out is the tenant's. Looked at from outside, by the tokens of what is printed.
//!
//! A fuzz target feeds it with arbitrary bytes, and a test with statements in which tokens are
//! swapped, left out and doubled.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "names and identifiers that are written down here are valid"
)]

mod mutation;
mod rules;
mod tokens;

use std::sync::Arc;

use sea_orm::{DbBackend, Statement, Value};
use sqlparser::{
    dialect::{Dialect as ParserDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
};

pub use self::mutation::{from_bytes, from_seed};
use self::rules::{Rule, catalog};
use crate::{
    name::{Identifier, PhysicalName},
    scope::{Dialect, Refusal, Scoper, TenantScope},
    tenant::TenantId,
};

/// The column that tells tenants apart in the tables of the subject.
const TENANT_COLUMN: &str = "tenant_id";

/// The schema of the tenant that the subject scopes for.
const TENANT_SCHEMA: &str = "t_acme";

/// How deep a parser may go to read what is printed.
const DEEPEST: usize = 2048;

/// Both kinds of rules on all dialects, over one small catalog.
#[derive(Debug)]
pub struct Subject {
    scopers: Vec<(Dialect, Rule, Scoper)>,
    tenant: TenantScope,
}

/// What became of a text under the rules and dialects of a [`Subject`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Scopings {
    /// How many scoped it.
    pub scoped: usize,
    /// How many refused it.
    pub refused: usize,
}

impl Default for Subject {
    fn default() -> Self {
        Self::new()
    }
}

impl Subject {
    /// Prepares scoping.
    #[must_use]
    pub fn new() -> Self {
        let mut scopers = Vec::new();
        for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::MySql] {
            for rule in [Rule::Filter, Rule::TenantSchema] {
                let scoper = Scoper::new(dialect, Arc::new(catalog()), &rule).unwrap();
                let column = Identifier::parse(TENANT_COLUMN).unwrap();
                scopers.push((dialect, rule, scoper.with_reserved_column(&column)));
            }
        }
        let id = uuid::Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00ac);
        let schema = Some(PhysicalName::parse(TENANT_SCHEMA).unwrap());
        Self { scopers, tenant: TenantScope { id: TenantId::from(id), schema } }
    }

    /// Scopes a text in every way, and looks at what comes out.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn check(&self, text: &str) -> Result<Scopings, String> {
        let mut scopings = Scopings::default();
        for (dialect, rule, scoper) in &self.scopers {
            // The placeholders of the other dialect would be all that is refused.
            let text = &match dialect {
                Dialect::Postgres => text.to_owned(),
                Dialect::Sqlite => text.replace('$', "?"),
                Dialect::MySql => for_mysql(text),
            };
            let broken = |what: String| format!("{dialect:?}, {rule:?}: {what}\n{text}");
            match self.scope(scoper, *dialect, text) {
                Err(refusal) => {
                    if self.scope(scoper, *dialect, text).as_ref() != Err(&refusal) {
                        return Err(broken(format!("refused once only: {refusal}")));
                    }
                    scopings.refused += 1;
                }
                Ok((scoped, values)) => {
                    self.look_at(scoper, *dialect, *rule, (&scoped, values))
                        .map_err(|what| broken(format!("{what}\n{scoped}")))?;
                    scopings.scoped += 1;
                }
            }
            self.look_at_two(scoper, text).map_err(broken)?;
        }
        Ok(scopings)
    }

    /// The scoped text, and how many values came with the statement.
    fn scope(
        &self,
        scoper: &Scoper,
        dialect: Dialect,
        text: &str,
    ) -> Result<(String, usize), Refusal> {
        let with = |values: usize| {
            let values = std::iter::repeat_n(Value::from(1), values);
            let statement = Statement::from_sql_and_values(backend(dialect), text, values);
            scoper.scope(statement, &self.tenant)
        };
        match with(0) {
            Ok(statement) => Ok((statement.sql, 0)),
            Err(Refusal::Placeholders { placeholders, values: 0 }) => {
                with(placeholders).map(|statement| (statement.sql, placeholders))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Before another statement a text becomes what it becomes alone, or takes that along.
    fn look_at_two(&self, scoper: &Scoper, text: &str) -> Result<(), String> {
        const OTHER: &str = "SELECT 1";
        let alone = scoper.scope_unprepared(text, &self.tenant);
        let together = scoper.scope_unprepared(&format!("{text}\n;{OTHER}"), &self.tenant);
        let expected = match &alone {
            Ok(alone) => Ok(format!("{alone}; {OTHER}")),
            Err(Refusal::StatementCount { found: 0 }) => Ok(OTHER.to_owned()),
            Err(refusal) => Err(refusal.clone()),
        };
        // What a comment without an end takes in is not there.
        let both_refused = together.is_err() && expected.is_err();
        if both_refused || together == expected || together == alone {
            return Ok(());
        }
        Err(format!("before another statement it becomes {together:?}, not {expected:?}"))
    }

    fn look_at(
        &self,
        scoper: &Scoper,
        dialect: Dialect,
        rule: Rule,
        (scoped, values): (&str, usize),
    ) -> Result<(), String> {
        // The parser does not know these locks; the engine writes them back after its own look.
        let known = scoped.replace("FOR NO KEY UPDATE", "FOR UPDATE");
        let known = known.replace("FOR KEY SHARE", "FOR SHARE");
        let known = known.replace("LOCK IN SHARE MODE", "FOR SHARE");
        let parsed = Parser::new(parser(dialect))
            .with_recursion_limit(DEEPEST)
            .try_with_sql(&known)
            .and_then(|mut parser| parser.parse_statements())
            .map_err(|error| format!("what is printed does not parse: {error}"))?;
        if parsed.len() != 1 {
            return Err(format!("{} statements are printed", parsed.len()));
        }
        let placeholder = match dialect {
            Dialect::Postgres => format!("${}", values + 1),
            Dialect::Sqlite => format!("?{}", values + 1),
            Dialect::MySql => "?".to_owned(),
        };
        let references = tokens::scoped_references(dialect, rule, scoped, &placeholder)?;
        // What is scoped names what no tenant may name, and cannot be taken for a text to scope.
        if references > 0 && self.scope(scoper, dialect, scoped).is_ok() {
            return Err("what is scoped can be scoped again".to_owned());
        }
        Ok(())
    }
}

fn parser(dialect: Dialect) -> &'static dyn ParserDialect {
    match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::MySql => &MySqlDialect {},
    }
}

/// A text with the quotes and placeholders of MySQL.
fn for_mysql(text: &str) -> String {
    let mut parts = text.split(['$', '?']);
    let first = parts.next().unwrap_or_default().to_owned();
    let digits: &[char] = &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
    let text = parts.fold(first, |text, part| text + "?" + part.trim_start_matches(digits));
    text.replace('"', "`")
}

fn backend(dialect: Dialect) -> DbBackend {
    match dialect {
        Dialect::Postgres => DbBackend::Postgres,
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::MySql => DbBackend::MySql,
    }
}

#[cfg(test)]
mod tests;
