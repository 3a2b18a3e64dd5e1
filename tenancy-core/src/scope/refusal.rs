//! Why a statement was refused: `Refusal`, with a code and a hint.

/// Why a statement of a tenant was refused. Nothing of it was sent.
///
/// The text names the construct; it never holds values or the whole statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The text could not be parsed.
    #[error("the statement could not be parsed: {reason}")]
    NotParsed {
        /// Where it went wrong, without values.
        reason: String,
    },
    /// Several statements stand in one text, or none.
    #[error("{found} statements stand in one text")]
    StatementCount {
        /// How many there are.
        found: usize,
    },
    /// A kind of statement that no tenant may send.
    #[error("`{kind}` is not a statement for a tenant's connection")]
    StatementKind {
        /// The kind.
        kind: &'static str,
    },
    /// A table that the catalog does not know.
    #[error("the table `{}` is unknown", table.escape_default())]
    UnknownTable {
        /// Its name.
        table: String,
    },
    /// A table of the framework.
    #[error("the table `{table}` belongs to the registry of tenants")]
    RegistryTable {
        /// Its name.
        table: String,
    },
    /// A name that says itself in which schema it lies.
    #[error("`{}` is qualified with a schema", name.escape_default())]
    QualifiedName {
        /// The name.
        name: String,
    },
    /// A common table expression takes the name of a table.
    #[error("a common table expression named `{name}` hides the table")]
    HiddenTable {
        /// Its name.
        name: String,
    },
    /// A name that the framework keeps for itself, the tenant column before all.
    #[error("the name `{name}` is reserved")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// A name that is empty, or holds a quote or another character with a meaning of its own.
    #[error("the name `{}` holds a character that is not allowed", name.escape_default())]
    UnsafeName {
        /// The name.
        name: String,
    },
    /// A name longer than the database keeps.
    #[error("the name `{}` has more than 63 bytes", name.escape_default())]
    LongName {
        /// The name.
        name: String,
    },
    /// An alias that has a meaning of its own.
    #[error("the alias `{alias}` has a meaning of its own")]
    ReservedAlias {
        /// The alias.
        alias: String,
    },
    /// Two sources of one query have one name.
    #[error("two sources of one query are named `{}`", alias.escape_default())]
    DuplicateAlias {
        /// The name.
        alias: String,
    },
    /// An alias renames the columns of a table.
    #[error("the alias of the table `{table}` renames its columns")]
    ColumnAliases {
        /// The table.
        table: String,
    },
    /// A column that none of the sources has.
    #[error("the column `{}` is unknown", column.escape_default())]
    UnknownColumn {
        /// The column as it was referenced.
        column: String,
    },
    /// A column of the database's own.
    #[error("`{}` is a system column", column.escape_default())]
    SystemColumn {
        /// The column.
        column: String,
    },
    /// A reference to all columns of a row at once.
    #[error("`{}` stands for a whole row", source_name.escape_default())]
    WholeRow {
        /// The source whose row it is.
        source_name: String,
    },
    /// A dot after an expression, which may call a function.
    #[error("a field is taken from an expression with a dot")]
    AttributeAccess,
    /// A star that cannot be written out.
    #[error("`*` cannot be written out: {reason}")]
    Star {
        /// Why.
        reason: &'static str,
    },
    /// A function that is not on the list of those without side effects.
    #[error("the function `{}` is not allowed", function.escape_default())]
    Function {
        /// Its name.
        function: String,
    },
    /// A type that may look names up, or is unknown.
    #[error("the type `{}` is not allowed", data_type.escape_default())]
    DataType {
        /// The type.
        data_type: String,
    },
    /// An operator that is unknown, or named with a schema.
    #[error("the operator `{}` is not allowed", operator.escape_default())]
    Operator {
        /// The operator.
        operator: String,
    },
    /// A comment that databases execute or heed.
    #[error("a comment that begins with `{marker}` is not allowed")]
    Comment {
        /// How it begins.
        marker: &'static str,
    },
    /// A kind of literal that could be read in two ways.
    #[error("{kind} is not allowed")]
    Literal {
        /// The kind.
        kind: &'static str,
    },
    /// The placeholders are not one for each value.
    #[error("the statement has {placeholders} placeholders and {values} values")]
    Placeholders {
        /// How many placeholders there are.
        placeholders: usize,
        /// How many values came with it.
        values: usize,
    },
    /// A placeholder of a form that cannot be counted.
    #[error("the placeholders are not all of one form")]
    PlaceholderForm,
    /// A clause that is not scoped.
    #[error("{clause} is not supported in a tenant's statement")]
    Clause {
        /// The clause.
        clause: &'static str,
    },
    /// A write to a shared table that was not declared writable.
    #[error("the shared table `{table}` is not writable for tenants")]
    SharedWrite {
        /// The table.
        table: String,
    },
    /// Rows of a shared table would be locked.
    #[error("rows of the shared table `{table}` would be locked")]
    SharedLock {
        /// The table.
        table: String,
    },
    /// Something other than a table of the catalog is to be written.
    #[error("`{}` is no table that can be written", name.escape_default())]
    NotWritable {
        /// Its name.
        name: String,
    },
    /// `ON CONFLICT` names columns that are no declared key.
    #[error("`ON CONFLICT` names columns that are no key of the table `{table}`")]
    ConflictTarget {
        /// The table.
        table: String,
    },
    /// Conflicting rows would be replaced.
    #[error("rows that conflict would be replaced or the transaction left")]
    Replace,
    /// `EXPLAIN ANALYZE` counts the rows of all tenants.
    #[error("`EXPLAIN {option}` is not allowed")]
    ExplainOption {
        /// The option.
        option: String,
    },
    /// The statement is too large a chain of operators, or nested too deeply.
    #[error("the statement is nested too deeply")]
    TooDeep,
    /// The tenant has no schema, and the table lies in it.
    #[error("the tenant has no schema of its own")]
    NoTenantSchema,
    /// The statement was built for another database.
    #[error("the statement was built for another kind of database")]
    WrongDatabase,
    /// What was made of the statement did not stand the second look.
    #[error("the scoped statement did not stand verification: {what}")]
    Unverified {
        /// What differed.
        what: &'static str,
    },
}

impl Refusal {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotParsed { .. } => "SCO101",
            Self::StatementCount { .. } => "SCO102",
            Self::StatementKind { .. } => "SCO103",
            Self::UnknownTable { .. } => "SCO104",
            Self::RegistryTable { .. } => "SCO105",
            Self::QualifiedName { .. } => "SCO106",
            Self::HiddenTable { .. } => "SCO107",
            Self::ReservedName { .. } => "SCO108",
            Self::UnsafeName { .. } => "SCO109",
            Self::LongName { .. } => "SCO110",
            Self::ReservedAlias { .. } => "SCO111",
            Self::DuplicateAlias { .. } => "SCO112",
            Self::ColumnAliases { .. } => "SCO113",
            Self::UnknownColumn { .. } => "SCO114",
            Self::SystemColumn { .. } => "SCO115",
            Self::WholeRow { .. } => "SCO116",
            Self::AttributeAccess => "SCO117",
            Self::Star { .. } => "SCO118",
            Self::Function { .. } => "SCO119",
            Self::DataType { .. } => "SCO120",
            Self::Operator { .. } => "SCO121",
            Self::Comment { .. } => "SCO122",
            Self::Literal { .. } => "SCO123",
            Self::Placeholders { .. } => "SCO124",
            Self::PlaceholderForm => "SCO125",
            Self::Clause { .. } => "SCO126",
            Self::SharedWrite { .. } => "SCO127",
            Self::SharedLock { .. } => "SCO128",
            Self::NotWritable { .. } => "SCO129",
            Self::ConflictTarget { .. } => "SCO130",
            Self::Replace => "SCO131",
            Self::ExplainOption { .. } => "SCO132",
            Self::TooDeep => "SCO133",
            Self::NoTenantSchema => "SCO134",
            Self::WrongDatabase => "SCO135",
            Self::Unverified { .. } => "SCO136",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        self.hint_on_names().or_else(|| self.hint_on_constructs())
    }

    fn hint_on_names(&self) -> Option<&'static str> {
        match self {
            Self::UnknownTable { .. } => {
                Some("create the table in a shared or tenant migration, or correct the name")
            }
            Self::RegistryTable { .. } => Some("use the registry, or `tenancy.central(reason)`"),
            Self::QualifiedName { .. } => {
                Some("leave the schema out (`schema_name` of an entity): scoping adds it")
            }
            Self::HiddenTable { .. } => Some("give the common table expression another name"),
            Self::ReservedName { .. } => {
                Some("leave the tenant out of statements and entities: scoping adds it")
            }
            Self::UnsafeName { .. } => Some("use letters, digits and underscores"),
            Self::LongName { .. } => Some("shorten it: PostgreSQL would cut it silently"),
            Self::ReservedAlias { .. } => Some("use another alias"),
            Self::DuplicateAlias { .. } => Some("give each of them an alias of its own"),
            Self::ColumnAliases { .. } => Some("rename the columns in the select list instead"),
            Self::UnknownColumn { .. } => {
                Some("correct the name, or add the column in a migration")
            }
            Self::SystemColumn { .. } => Some("use a column of the table, such as its key"),
            Self::WholeRow { .. } => Some("name the columns that are wanted"),
            Self::AttributeAccess => Some("write `table.column`, without parentheses"),
            Self::Star { .. } => Some("name the columns that are wanted"),
            Self::NotParsed { .. }
            | Self::StatementCount { .. }
            | Self::StatementKind { .. }
            | Self::Function { .. }
            | Self::DataType { .. }
            | Self::Operator { .. }
            | Self::Comment { .. }
            | Self::Literal { .. }
            | Self::Placeholders { .. }
            | Self::PlaceholderForm
            | Self::Clause { .. }
            | Self::SharedWrite { .. }
            | Self::SharedLock { .. }
            | Self::NotWritable { .. }
            | Self::ConflictTarget { .. }
            | Self::Replace
            | Self::ExplainOption { .. }
            | Self::TooDeep
            | Self::NoTenantSchema
            | Self::WrongDatabase
            | Self::Unverified { .. } => None,
        }
    }

    fn hint_on_constructs(&self) -> Option<&'static str> {
        match self {
            Self::NotParsed { .. } => Some("write it in the plain form of the dialect"),
            Self::StatementCount { .. } => Some("send them one by one"),
            Self::StatementKind { .. } => {
                Some("use a migration, a transaction of the connection, or `tenancy.central`")
            }
            Self::Function { .. } => {
                Some("if it only computes from its arguments, name it in `scope.functions`")
            }
            Self::DataType { .. } => Some("cast to a built-in type or an enum of a migration"),
            Self::Operator { .. } => Some("use a built-in operator, or a function"),
            Self::Comment { .. } => Some("leave the comment out"),
            Self::Literal { .. } => Some("use a plain literal or a parameter"),
            Self::Placeholders { .. } => Some("give each placeholder one value"),
            Self::PlaceholderForm => {
                Some("use `$1`, `$2`, … on PostgreSQL, and `?` on SQLite and MySQL")
            }
            Self::Clause { .. } => Some("write the statement without it"),
            Self::SharedWrite { .. } => {
                Some("name the table in `scope.writable_tables`, or use `tenancy.central(reason)`")
            }
            Self::SharedLock { .. } => Some("say which tables to lock: `FOR UPDATE OF table`"),
            Self::NotWritable { .. } => Some("name the table itself"),
            Self::ConflictTarget { .. } => Some("declare the key in the migration of the table"),
            Self::Replace => {
                Some("use `ON CONFLICT (key) DO UPDATE`, on MySQL `ON DUPLICATE KEY UPDATE`")
            }
            Self::ExplainOption { .. } => Some("use `EXPLAIN` without it"),
            Self::TooDeep => Some("use `IN` or a join instead of long chains of conditions"),
            Self::NoTenantSchema => Some("open the connection through the strategy"),
            Self::WrongDatabase => Some("build the statement with the connection's backend"),
            Self::Unverified { .. } => Some("report it, with the statement as it was written"),
            Self::UnknownTable { .. }
            | Self::RegistryTable { .. }
            | Self::QualifiedName { .. }
            | Self::HiddenTable { .. }
            | Self::ReservedName { .. }
            | Self::UnsafeName { .. }
            | Self::LongName { .. }
            | Self::ReservedAlias { .. }
            | Self::DuplicateAlias { .. }
            | Self::ColumnAliases { .. }
            | Self::UnknownColumn { .. }
            | Self::SystemColumn { .. }
            | Self::WholeRow { .. }
            | Self::AttributeAccess
            | Self::Star { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Refusal> {
        let name = || "x".to_owned();
        vec![
            Refusal::NotParsed { reason: name() },
            Refusal::StatementCount { found: 2 },
            Refusal::StatementKind { kind: "SET" },
            Refusal::UnknownTable { table: name() },
            Refusal::RegistryTable { table: name() },
            Refusal::QualifiedName { name: name() },
            Refusal::HiddenTable { name: name() },
            Refusal::ReservedName { name: name() },
            Refusal::UnsafeName { name: name() },
            Refusal::LongName { name: name() },
            Refusal::ReservedAlias { alias: name() },
            Refusal::DuplicateAlias { alias: name() },
            Refusal::ColumnAliases { table: name() },
            Refusal::UnknownColumn { column: name() },
            Refusal::SystemColumn { column: name() },
            Refusal::WholeRow { source_name: name() },
            Refusal::AttributeAccess,
            Refusal::Star { reason: "x" },
            Refusal::Function { function: name() },
            Refusal::DataType { data_type: name() },
            Refusal::Operator { operator: name() },
            Refusal::Comment { marker: "/*!" },
            Refusal::Literal { kind: "x" },
            Refusal::Placeholders { placeholders: 1, values: 2 },
            Refusal::PlaceholderForm,
            Refusal::Clause { clause: "x" },
            Refusal::SharedWrite { table: name() },
            Refusal::SharedLock { table: name() },
            Refusal::NotWritable { name: name() },
            Refusal::ConflictTarget { table: name() },
            Refusal::Replace,
            Refusal::ExplainOption { option: name() },
            Refusal::TooDeep,
            Refusal::NoTenantSchema,
            Refusal::WrongDatabase,
            Refusal::Unverified { what: "x" },
        ]
    }

    #[test]
    fn every_refusal_has_a_code_of_its_own_and_a_hint() {
        let codes: Vec<_> = all().iter().map(Refusal::code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        assert!(all().iter().all(|refusal| refusal.hint().is_some()));
    }
}
