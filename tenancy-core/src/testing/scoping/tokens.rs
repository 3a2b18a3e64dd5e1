//! What is printed, token by token and without a tree: the walk over the tree is what is judged.

use sqlparser::tokenizer::{Token, Tokenizer, Word};

use super::{
    TENANT_COLUMN, TENANT_SCHEMA, parser,
    rules::{REGISTRY_TABLES, Rule, SHARED_TABLES, TENANT_TABLES},
};
use crate::scope::Dialect;

/// What the commas at one depth of parentheses stand between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    /// Arguments, values, names.
    None,
    /// The clauses of a statement that has no `FROM` yet, or has left it.
    Statement,
    /// The sources of `FROM` or `USING`.
    Sources,
}

/// Counts the references to tenant tables, each of which must be the tenant's.
pub(super) fn scoped_references(
    dialect: Dialect,
    rule: Rule,
    text: &str,
    placeholder: &str,
) -> Result<usize, String> {
    let tokens = Tokenizer::new(parser(dialect), text)
        .with_unescape(false)
        .tokenize()
        .map_err(|error| format!("what is printed has no tokens: {error}"))?;
    let tokens: Vec<Token> =
        tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let printed = Printed { tokens: &tokens, placeholder, dialect };
    let schema = match (rule, dialect) {
        (Rule::TenantSchema, Dialect::Postgres | Dialect::MySql) => TENANT_SCHEMA,
        (Rule::Filter | Rule::TenantSchema, _) => shared_schema(dialect),
    };
    let (mut filtered, mut references) = (Vec::new(), 0);
    for at in printed.relations() {
        let shown = printed.shown(at);
        match printed.table(at) {
            None => {
                let name = printed.name(at).unwrap_or_default();
                if is_any(name, &[&TENANT_TABLES, &SHARED_TABLES, &REGISTRY_TABLES]) {
                    return Err(format!("`{shown}` stands without a schema"));
                }
            }
            Some((of, table)) if is_any(table, &[&TENANT_TABLES]) => {
                if of != schema {
                    return Err(format!("`{shown}` lies in another schema"));
                }
                references += 1;
                if rule == Rule::Filter {
                    filtered.push(at);
                }
            }
            Some((of, table)) => {
                if of != shared_schema(dialect) || !is_any(table, &[&SHARED_TABLES]) {
                    return Err(format!("`{shown}` is out of reach"));
                }
            }
        }
    }
    printed.all_filtered(&filtered)?;
    Ok(references)
}

fn shared_schema(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "public",
        Dialect::Sqlite => "main",
        // The database of the connection is not named.
        Dialect::MySql => "",
    }
}

fn is_any(name: &str, lists: &[&[&str]]) -> bool {
    lists.iter().any(|list| list.contains(&name))
}

struct Printed<'t> {
    tokens: &'t [Token],
    placeholder: &'t str,
    dialect: Dialect,
}

impl Printed<'_> {
    /// The name in quotes at a place.
    fn name(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at) {
            Some(Token::Word(Word { value, quote_style: Some(_), keyword: _ })) => Some(value),
            _ => None,
        }
    }

    fn is_word(&self, at: Option<usize>, expected: &str) -> bool {
        let token = at.and_then(|at| self.tokens.get(at));
        matches!(token, Some(Token::Word(Word { value, quote_style: None, keyword: _ }))
            if value.eq_ignore_ascii_case(expected))
    }

    fn is(&self, at: usize, expected: &Token) -> bool {
        self.tokens.get(at) == Some(expected)
    }

    /// The schema and table at a place.
    fn table(&self, at: usize) -> Option<(&str, &str)> {
        let name = self.name(at)?;
        if self.is(at + 1, &Token::Period) {
            return self.name(at + 2).map(|table| (name, table));
        }
        let tables = [&TENANT_TABLES[..], &SHARED_TABLES];
        let is_near = self.dialect == Dialect::MySql && is_any(name, &tables);
        is_near.then_some((shared_schema(self.dialect), name))
    }

    /// What comes after the table at a place.
    fn after(&self, at: usize) -> usize {
        if self.is(at + 1, &Token::Period) { at + 3 } else { at + 1 }
    }

    fn shown(&self, at: usize) -> String {
        self.tokens.iter().skip(at).take(3).map(ToString::to_string).collect()
    }

    /// Where names of relations begin: after `FROM`, `JOIN`, `INTO`, `UPDATE`, `USING` and the
    /// commas between sources.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other token opens or ends a clause")]
    fn relations(&self) -> Vec<usize> {
        let mut clauses = vec![Clause::None];
        let mut relations = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let Some(clause) = clauses.last().copied() else { break };
            let (mut opens, mut inserts) = (false, false);
            match token {
                // A join in parentheses goes on with sources.
                Token::LParen if self.opens_join(at, clause) => clauses.push(Clause::Sources),
                Token::LParen | Token::LBracket => clauses.push(Clause::None),
                Token::RParen | Token::RBracket => {
                    clauses.pop();
                }
                Token::Comma => opens = clause == Clause::Sources,
                Token::Word(Word { value, quote_style: None, keyword: _ }) => {
                    let next = self.clause(at, &value.to_ascii_lowercase(), clause);
                    opens = next.1;
                    inserts = value.eq_ignore_ascii_case("into");
                    if let Some(last) = clauses.last_mut() {
                        *last = next.0;
                    }
                }
                _ => {}
            }
            // After parentheses the sources within them speak for themselves.
            let mut start = at + 1;
            if opens && self.is_word(Some(start), "LATERAL") {
                start += 1;
            }
            while opens && self.is(start, &Token::LParen) {
                start += 1;
            }
            // A list of columns follows the name of a table only where rows are inserted.
            let is_called = self.is(start + 1, &Token::LParen) && !inserts;
            if opens && self.name(start).is_some() && !is_called {
                relations.push(start);
            }
        }
        relations
    }

    fn opens_join(&self, at: usize, clause: Clause) -> bool {
        let before = at.checked_sub(1);
        let is_opener = ["FROM", "JOIN"].iter().any(|word| self.is_word(before, word))
            || before.is_some_and(|before| {
                self.is(before, &Token::Comma) || self.is(before, &Token::LParen)
            });
        clause == Clause::Sources && is_opener
    }

    /// The clause after a word, and whether the name of a relation follows it.
    fn clause(&self, at: usize, word: &str, clause: Clause) -> (Clause, bool) {
        let before = at.checked_sub(1);
        match word {
            "select" | "delete" => (Clause::Statement, false),
            // `IS DISTINCT FROM`, and `EXTRACT(.. FROM ..)` where no statement has begun.
            "from" if self.is_word(before, "DISTINCT") && self.is_is(before) => (clause, false),
            "from" if clause != Clause::None => (Clause::Sources, true),
            "using" if clause == Clause::Sources && !self.is(at + 1, &Token::LParen) => {
                (Clause::Sources, true)
            }
            "join" => (clause, true),
            "into" => (Clause::Statement, true),
            // `ON DUPLICATE KEY UPDATE` is followed by columns.
            "update" => (Clause::Statement, !self.is_word(before, "KEY")),
            "where" | "group" | "having" | "order" | "limit" | "offset" | "fetch" | "for"
            | "window" | "set" | "returning" | "union" | "intersect" | "except" | "values" => {
                (if clause == Clause::None { clause } else { Clause::Statement }, false)
            }
            _ => (clause, false),
        }
    }

    /// Whether `IS` or `IS NOT` stands before a place.
    fn is_is(&self, at: Option<usize>) -> bool {
        let one = at.and_then(|at| at.checked_sub(1));
        let two = at.and_then(|at| at.checked_sub(2));
        self.is_word(one, "IS") || (self.is_word(one, "NOT") && self.is_word(two, "IS"))
    }

    /// Whether each of these references has a predicate, or a tenant column to insert into.
    fn all_filtered(&self, references: &[usize]) -> Result<(), String> {
        let mut names = Vec::new();
        for &at in references {
            if self.is_word(at.checked_sub(1), "INTO") {
                self.inserts_tenant(at)?;
                continue;
            }
            let after = self.after(at);
            let alias = self.name(after + 1).filter(|_| self.is_word(Some(after), "AS"));
            // MariaDB knows no alias in some places, and a table keeps its name there.
            let is_mysql = self.dialect == Dialect::MySql;
            let own = self.table(at).filter(|_| is_mysql).map(|(_, table)| table);
            let alias =
                alias.or(own).ok_or_else(|| format!("`{}` has no alias", self.shown(at)))?;
            names.push(alias);
        }
        for name in &names {
            let needed = names.iter().filter(|other| *other == name).count();
            if self.predicates(name) < needed {
                return Err(format!(
                    "`{name}` has {} of {needed} predicates",
                    self.predicates(name)
                ));
            }
        }
        Ok(())
    }

    /// How often `"name"."tenant_id" = <the tenant's placeholder>` stands there.
    fn predicates(&self, name: &str) -> usize {
        let is_predicate = |at: &usize| {
            let column = self.table(*at) == Some((name, TENANT_COLUMN));
            let placeholder = match self.tokens.get(at + 4) {
                Some(Token::Placeholder(placeholder)) => placeholder == self.placeholder,
                _ => false,
            };
            column && self.is(at + 3, &Token::Eq) && placeholder
        };
        (0..self.tokens.len()).filter(is_predicate).count()
    }

    /// Whether the list of columns that follows holds the tenant column.
    fn inserts_tenant(&self, at: usize) -> Result<(), String> {
        let columns = (at + 1..self.tokens.len()).skip_while(|at| !self.is(*at, &Token::LParen));
        let mut columns = columns.take_while(|at| !self.is(*at, &Token::RParen));
        if columns.any(|at| self.name(at) == Some(TENANT_COLUMN)) {
            return Ok(());
        }
        Err(format!("`{}` is inserted into without the tenant", self.shown(at)))
    }
}
