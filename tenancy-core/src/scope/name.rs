//! Names in a statement: brought into one quoted form, and made for what is added.

use sqlparser::ast::{Expr, Ident, ObjectName, ObjectNamePart, TableAlias};

use super::{Dialect, refusal::Refusal, rules::SENTINELS, walker::Walker};
use crate::name::MAX_NAME_BYTES;

/// Aliases that PostgreSQL (`excluded`, `old`, `new`), SQLite and MySQL give a meaning of their own.
const RESERVED_ALIASES: [&str; 3] = ["excluded", "old", "new"];

impl Dialect {
    /// What identifiers are quoted with in what is printed.
    fn quote(self) -> char {
        match self {
            Self::Postgres | Self::Sqlite => '"',
            // Double quotes are those of strings there.
            Self::MySql => '`',
        }
    }

    /// A quoted identifier.
    pub(super) fn quoted(self, name: &str) -> Ident {
        Ident::with_quote(self.quote(), name)
    }

    /// A name of several quoted parts.
    pub(super) fn object_name(self, parts: &[&str]) -> ObjectName {
        let part = |part: &&str| ObjectNamePart::Identifier(self.quoted(part));
        ObjectName(parts.iter().map(part).collect())
    }

    /// A column of a source: `"source"."column"`.
    pub(super) fn column_of(self, source: &str, column: &str) -> Expr {
        Expr::CompoundIdentifier(vec![self.quoted(source), self.quoted(column)])
    }
}

/// An explicit alias without column names.
pub(super) fn alias(name: Ident) -> TableAlias {
    TableAlias { explicit: true, name, columns: Vec::new(), at: None }
}

/// A name as it is shown to people: its parts with dots, without quotes.
pub(super) fn shown(name: &ObjectName) -> String {
    let part = |part: &ObjectNamePart| match part {
        ObjectNamePart::Identifier(ident) => ident.value.clone(),
        ObjectNamePart::Function(function) => function.name.value.clone(),
    };
    name.0.iter().map(part).collect::<Vec<_>>().join(".")
}

/// Whether this is the word `DEFAULT`, which stands where an expression stands and is none.
pub(super) fn is_default(expr: &Expr) -> bool {
    let Expr::Identifier(ident) = expr else { return false };
    ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default")
}

impl Walker<'_> {
    /// Brings a name into its one form: folded as the database folds it, and quoted.
    // Isolation: a quoted name cannot be read as a keyword, so that `ONLY`, `CURRENT_USER` and
    // their like cannot change their meaning between this parser and the database's.
    pub(super) fn name(&self, ident: &mut Ident) -> Result<(), Refusal> {
        let dialect = self.rules.dialect;
        let known_quote = match ident.quote_style {
            None => true,
            Some('"') => dialect != Dialect::MySql,
            Some('`') => dialect != Dialect::Postgres,
            Some('[') => dialect == Dialect::Sqlite,
            Some(_) => false,
        };
        if ident.quote_style.is_none() && dialect == Dialect::Postgres {
            ident.value.make_ascii_lowercase();
        }
        ident.quote_style = Some(dialect.quote());
        let name = &ident.value;
        let unsafe_char = |c: char| c.is_control() || matches!(c, '"' | '`' | '[' | ']' | '\\');
        if !known_quote || name.is_empty() || name.chars().any(unsafe_char) {
            return Err(Refusal::UnsafeName { name: name.clone() });
        }
        if dialect == Dialect::Postgres && name.len() > MAX_NAME_BYTES {
            return Err(Refusal::LongName { name: name.clone() });
        }
        let is_sentinel = |sentinel: &&str| name.eq_ignore_ascii_case(sentinel);
        if self.rules.is_reserved(name) || SENTINELS.iter().any(is_sentinel) {
            return Err(Refusal::ReservedName { name: name.clone() });
        }
        Ok(())
    }

    /// The one part of a name that may have no more.
    pub(super) fn single<'n>(&self, name: &'n mut ObjectName) -> Result<&'n Ident, Refusal> {
        let shown = shown(name);
        match name.0.as_mut_slice() {
            [ObjectNamePart::Identifier(ident)] => {
                self.name(ident)?;
                Ok(ident)
            }
            _ => Err(Refusal::QualifiedName { name: shown }),
        }
    }

    /// The alias of a source, if it may be one.
    pub(super) fn alias_name(&self, ident: &mut Ident) -> Result<(), Refusal> {
        self.name(ident)?;
        not_reserved(&ident.value)
    }
}

/// Refuses the name of a source that means something else in some clauses.
// Isolation: `excluded.tenant_id` is the tenant's in an upsert, whosoever's the row in conflict is.
pub(super) fn not_reserved(name: &str) -> Result<(), Refusal> {
    if RESERVED_ALIASES.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
        return Err(Refusal::ReservedAlias { alias: name.to_ascii_lowercase() });
    }
    Ok(())
}
