//! What only the text of a table's creation tells on SQLite: names of constraints, checks,
//! collations, expressions.

use std::collections::BTreeMap;

use super::super::text::normal;
use crate::{
    migrate::piece::{Piece, pieces},
    scope::Dialect,
};

/// A column's part in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DeclaredColumn {
    pub(super) autoincrement: bool,
    pub(super) collation: Option<String>,
    /// The expression that makes its values.
    pub(super) expression: Option<String>,
}

/// A foreign key's part in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DeclaredKey {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    pub(super) deferred: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) columns: BTreeMap<String, DeclaredColumn>,
    pub(super) unique_keys: BTreeMap<String, String>,
    pub(super) checks: BTreeMap<String, String>,
    pub(super) foreign_keys: Vec<DeclaredKey>,
    pub(super) options: Vec<String>,
}

/// Where the parenthesis that opens at a piece closes.
fn closing(pieces: &[Piece<'_>], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, piece) in pieces.iter().enumerate().skip(open) {
        if piece.is_symbol("(") {
            depth += 1;
        } else if piece.is_symbol(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at;
            }
        }
    }
    pieces.len()
}

/// The parts between commas that are in no parenthesis.
fn split<'a, 'p>(pieces: &'a [Piece<'p>]) -> Vec<&'a [Piece<'p>]> {
    let mut parts = Vec::new();
    let (mut begun, mut at) = (0, 0);
    while at < pieces.len() {
        if pieces[at].is_symbol("(") {
            at = closing(pieces, at);
        } else if pieces[at].is_symbol(",") {
            parts.push(&pieces[begun..at]);
            begun = at + 1;
        }
        at += 1;
    }
    parts.push(pieces.get(begun..).unwrap_or_default());
    parts
}

/// Reads the text of a `CREATE TABLE`; of anything else it tells nothing.
pub(super) fn read(text: &str) -> Declared {
    let mut declared = Declared::default();
    let pieces = pieces(text, Dialect::Sqlite);
    let is_table = pieces.get(1).is_some_and(|piece| piece.is_word("TABLE"));
    let Some(open) = pieces.iter().position(|piece| piece.is_symbol("(")).filter(|_| is_table)
    else {
        return declared;
    };
    let close = closing(&pieces, open);
    for part in split(pieces.get(open + 1..close).unwrap_or_default()) {
        let (column, rest) = match part {
            [first, rest @ ..] if !is_constraint(first) => (first.name(), rest),
            all => (None, all),
        };
        Part { column, pieces: rest, name: None, declared: &mut declared }.read();
    }
    let rest = pieces.get(close + 1..).unwrap_or_default();
    declared.options =
        split(rest).iter().map(|part| normal(part)).filter(|option| !option.is_empty()).collect();
    declared
}

fn is_constraint(piece: &Piece<'_>) -> bool {
    ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|word| piece.is_word(word))
}

/// A column with its constraints, or a constraint of the table.
struct Part<'a, 'p> {
    column: Option<String>,
    pieces: &'a [Piece<'p>],
    /// The name of the constraint that begins.
    name: Option<String>,
    declared: &'a mut Declared,
}

impl Part<'_, '_> {
    fn read(&mut self) {
        if let Some(column) = &self.column {
            self.declared.columns.insert(column.clone(), DeclaredColumn::default());
        }
        let mut at = 0;
        while at < self.pieces.len() {
            at = self.constraint(at);
        }
    }

    /// Reads what begins at a piece, and tells where the next begins.
    fn constraint(&mut self, at: usize) -> usize {
        let piece = self.pieces[at];
        let next = self.pieces.get(at + 1).copied();
        if piece.is_symbol("(") {
            return closing(self.pieces, at) + 1;
        }
        if piece.is_word("CONSTRAINT") {
            self.name = next.and_then(|next| next.name());
            return at + 2;
        }
        if piece.is_word("CHECK") {
            return self.check(at);
        }
        if piece.is_word("UNIQUE") {
            return self.unique(at);
        }
        if piece.is_word("FOREIGN") || piece.is_word("REFERENCES") {
            return self.foreign_key(at);
        }
        if let Some(column) =
            self.column.as_ref().and_then(|column| self.declared.columns.get_mut(column))
        {
            if piece.is_word("AUTOINCREMENT") {
                column.autoincrement = true;
            } else if piece.is_word("COLLATE") {
                column.collation = next.and_then(|next| next.name());
            } else if piece.is_word("AS") {
                let close = closing(self.pieces, at + 1);
                column.expression = self.pieces.get(at + 2..close).map(normal);
                return close + 1;
            }
        }
        at + 1
    }

    fn check(&mut self, at: usize) -> usize {
        let close = closing(self.pieces, at + 1);
        let condition = self.pieces.get(at + 2..close).unwrap_or_default();
        let definition = format!("CHECK ({})", normal(condition));
        let name = self.name.take().unwrap_or_else(|| definition.clone());
        self.declared.checks.insert(name, definition);
        close + 1
    }

    fn unique(&mut self, at: usize) -> usize {
        let (columns, next) = match &self.column {
            Some(column) => (format!("({})", super::shown(column)), at + 1),
            None => {
                let close = closing(self.pieces, at + 1);
                (normal(self.pieces.get(at + 1..=close).unwrap_or_default()), close + 1)
            }
        };
        let definition = format!("UNIQUE {columns}");
        let name = self.name.take().unwrap_or_else(|| definition.clone());
        self.declared.unique_keys.insert(name, definition);
        next
    }

    /// Of `FOREIGN KEY (…) REFERENCES …`, or of `REFERENCES …` at a column, what is no action.
    fn foreign_key(&mut self, at: usize) -> usize {
        let columns = match &self.column {
            Some(column) => vec![column.clone()],
            None => {
                let open = at + 2;
                let close = closing(self.pieces, open);
                let named = self.pieces.get(open + 1..close).unwrap_or_default();
                split(named).iter().filter_map(|part| part.first()?.name()).collect()
            }
        };
        let rest = &self.pieces[at + 1..];
        // At a column another constraint may come after it.
        let end = rest.iter().position(|piece| {
            is_constraint(piece) || piece.is_word("COLLATE") || piece.is_word("AUTOINCREMENT")
        });
        let own = &rest[..end.unwrap_or(rest.len())];
        let deferred =
            own.windows(2).any(|two| two[0].is_word("INITIALLY") && two[1].is_word("DEFERRED"));
        let name = self.name.take();
        self.declared.foreign_keys.push(DeclaredKey { name, columns, deferred });
        at + 1 + own.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_pragmas_do_not_tell_is_read() {
        let declared = read(
            "CREATE TABLE \"note\" (\"id\" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, \
             [check] text COLLATE NOCASE DEFAULT (lower('A,(')) CONSTRAINT \"not empty\" CHECK (length(title) > 0) UNIQUE, \
             author_id integer REFERENCES person (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, \
             size int GENERATED ALWAYS AS (length(title)) STORED, \
             CONSTRAINT uq UNIQUE (author_id, size), CHECK (id > 0), \
             CONSTRAINT \"fk\" FOREIGN KEY (a, \"b\") REFERENCES other (x, y)) STRICT, WITHOUT ROWID",
        );
        assert!(declared.columns["id"].autoincrement);
        assert_eq!(declared.columns["check"].collation.as_deref(), Some("NOCASE"));
        assert_eq!(declared.columns["size"].expression.as_deref(), Some("length(title)"));
        assert_eq!(declared.checks["not empty"], "CHECK (length(title) > 0)");
        assert_eq!(declared.checks["CHECK (id > 0)"], "CHECK (id > 0)");
        assert_eq!(declared.unique_keys["uq"], "UNIQUE (author_id, size)");
        assert_eq!(declared.unique_keys["UNIQUE (check)"], "UNIQUE (check)");
        let columns = |key: &DeclaredKey| key.columns.join(",");
        assert_eq!(
            declared.foreign_keys.iter().map(columns).collect::<Vec<_>>(),
            ["author_id", "a,b"]
        );
        assert!(declared.foreign_keys[0].deferred && !declared.foreign_keys[1].deferred);
        assert_eq!(declared.foreign_keys[1].name.as_deref(), Some("fk"));
        assert_eq!(declared.options, ["STRICT", "WITHOUT ROWID"]);
    }

    #[test]
    fn of_a_virtual_table_nothing_is_read() {
        assert_eq!(read("CREATE VIRTUAL TABLE found USING fts5(title, body)"), Declared::default());
    }
}
