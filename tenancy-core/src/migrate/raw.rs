//! Raw SQL of a migration: what it must not hold.

use sqlparser::{
    dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect},
    tokenizer::{Token, Tokenizer},
};

use super::read;
use crate::{
    error::{Error, Result},
    scope::Dialect,
};

/// What would end the transaction of a migration, or reach past it.
const CONTROL: [&str; 19] = [
    "ABORT",
    "ATTACH",
    "BEGIN",
    "COMMIT",
    "COPY",
    "DEALLOCATE",
    "DETACH",
    "DISCARD",
    "END",
    "LISTEN",
    "NOTIFY",
    "PRAGMA",
    "PREPARE",
    "RELEASE",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "START",
];

/// What works on rows, or may: where all tenants lie in the same tables it would be everyone's.
const ROWS: [&str; 10] =
    ["CALL", "DELETE", "DO", "EXPLAIN", "INSERT", "MERGE", "REPLACE", "TRUNCATE", "UPDATE", "WITH"];

/// What would do so on MariaDB and MySQL alone.
const MYSQL_CONTROL: [&str; 9] =
    ["FLUSH", "HANDLER", "KILL", "LOAD", "LOCK", "SHUTDOWN", "UNLOCK", "USE", "XA"];

fn unsupported(what: String) -> Error {
    Error::UnsupportedDefinition { what }
}

/// A statement of a text.
struct RawStatement {
    text: String,
    /// Its words in upper case; what stands in quotes is none.
    words: Vec<String>,
}

fn statements(sql: &str, dialect: Dialect) -> Result<Vec<RawStatement>> {
    let grammar: &dyn sqlparser::dialect::Dialect = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::MySql => &MySqlDialect {},
    };
    let tokens = Tokenizer::new(grammar, sql)
        .tokenize()
        .map_err(|error| unsupported(format!("raw SQL that cannot be read: {error}")))?;
    let statements = tokens.split(|token| *token == Token::SemiColon).map(|statement| {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only words are looked at")]
        let words = statement.iter().filter_map(|token| match token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_uppercase()),
            _ => None,
        });
        let text = statement.iter().map(ToString::to_string).collect();
        RawStatement { text, words: words.collect() }
    });
    Ok(statements.filter(|statement| !statement.words.is_empty()).collect())
}

fn check_words(words: &[String]) -> Result<()> {
    let is = |at: usize, word: &str| words.get(at).is_some_and(|there| there == word);
    if let Some(control) = words.first().filter(|first| CONTROL.contains(&first.as_str())) {
        return Err(unsupported(format!("`{control}` in raw SQL")));
    }
    if let Some(verb) = words.first().filter(|first| ROWS.contains(&first.as_str())) {
        let what = format!("`{verb}` in raw SQL; rows are worked on in a data step");
        return Err(unsupported(what));
    }
    let object = words.iter().skip(1).find(|word| {
        !["GLOBAL", "LOCAL", "OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "FOREIGN"]
            .contains(&word.as_str())
    });
    let is_table = object.is_some_and(|object| object == "TABLE");
    if is_table && (is(0, "CREATE") || is(0, "DROP")) {
        let first = words.first().map_or("", String::as_str);
        return Err(unsupported(format!("`{first} TABLE` in raw SQL, past the layout")));
    }
    if words.iter().any(|word| word == "INTO") && is(0, "SELECT") {
        return Err(unsupported("`SELECT INTO` in raw SQL, past the layout".to_owned()));
    }
    Ok(())
}

fn check_statement(statement: &RawStatement, dialect: Dialect) -> Result<()> {
    check_words(&statement.words)?;
    if dialect == Dialect::MySql {
        let first = statement.words.first();
        if let Some(control) = first.filter(|first| MYSQL_CONTROL.contains(&first.as_str())) {
            return Err(unsupported(format!("`{control}` in raw SQL")));
        }
    }
    if read::sql(&statement.text, dialect).is_ok() {
        let what = "raw SQL that changes tables as definitions do; write it with \
                    `TenantSchema::sql`";
        return Err(unsupported(what.to_owned()));
    }
    Ok(())
}

/// The text without what ends it; `None` where there is nothing in it.
pub(crate) fn checked(sql: &str, dialect: Dialect) -> Result<Option<String>> {
    let text = sql.trim().trim_end_matches(';').trim();
    // The server would run what this parser leaves out.
    if dialect == Dialect::MySql && ["/*!", "/*M!"].iter().any(|comment| text.contains(comment)) {
        return Err(unsupported("a comment in raw SQL that MySQL runs".to_owned()));
    }
    let statements = statements(text, dialect)?;
    let Some(first) = statements.first() else { return Ok(None) };
    // The body of a trigger holds semicolons and ends with END.
    let is_trigger = dialect != Dialect::Postgres
        && first.words.first().is_some_and(|word| word == "CREATE")
        && first.words.iter().take(3).any(|word| word == "TRIGGER");
    if dialect == Dialect::MySql && !is_trigger && statements.len() > 1 {
        let what = "several statements in one piece of raw SQL on MySQL, which commits each by \
                    itself; write a step for each";
        return Err(unsupported(what.to_owned()));
    }
    let looked_at = if is_trigger { 1 } else { statements.len() };
    statements
        .iter()
        .take(looked_at)
        .try_for_each(|statement| check_statement(statement, dialect))?;
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_definition_says_is_kept() {
        let function = "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$ \
                        BEGIN RETURN n * 2; END $$;";
        let kept = checked(function, Dialect::Postgres).unwrap().unwrap();
        assert!(kept.ends_with("END $$"), "{kept}");
        let trigger = "CREATE TRIGGER touched AFTER UPDATE ON note BEGIN \
                       UPDATE note SET n = n + 1; END";
        assert!(checked(trigger, Dialect::Sqlite).unwrap().is_some());
        assert_eq!(checked(" ; ", Dialect::Sqlite).unwrap(), None);
    }

    #[test]
    fn what_leaves_the_transaction_or_the_layout_is_refused() {
        for sql in [
            "COMMIT",
            "SELECT 1; COMMIT",
            "set search_path = public",
            "CREATE TABLE note (id int)",
            "CREATE UNLOGGED TABLE note AS SELECT 1",
            "DROP TABLE note CASCADE",
            "SELECT 1 INTO note",
            "ALTER TABLE note ADD COLUMN title text",
            "CREATE INDEX note_title ON note (title)",
            "SELECT 1; ALTER TABLE note DROP COLUMN title",
            "UPDATE note SET title = ''",
            "DELETE FROM note",
            "WITH gone AS (DELETE FROM note RETURNING id) SELECT 1",
            "INSERT INTO note VALUES (1)",
            "TRUNCATE note",
            "DO $$ BEGIN DELETE FROM note; END $$",
        ] {
            let refused = checked(sql, Dialect::Postgres);
            assert!(matches!(refused, Err(Error::UnsupportedDefinition { .. })), "{sql}");
        }
    }
}
