//! Mutants of names and columns: what they mean, and to whom.

use super::{Group, Mutant};

pub(super) const GROUPS: &[Group] = &[
    Group {
        file: "tenancy-core/src/scope/name.rs",
        mutants: &[
            Mutant {
                name: "tenant-column-not-reserved",
                rule: "The tenant column is not named in a statement.",
                find: "if self.rules.is_reserved(name) || ",
                replace: "if ",
            },
            Mutant {
                name: "schema-placeholder-not-reserved",
                rule: "The name that stands for the tenant's schema does not come from outside.",
                find: " || SENTINELS.iter().any(is_sentinel)",
                replace: "",
            },
            Mutant {
                name: "long-name-let-through",
                rule: "A name that the database would cut is refused.",
                find: "dialect == Dialect::Postgres && name.len() > MAX_NAME_BYTES",
                replace: "false && name.len() > MAX_NAME_BYTES",
            },
            Mutant {
                name: "name-not-folded",
                rule: "A name without quotes is folded as PostgreSQL folds it.",
                find: "ident.value.make_ascii_lowercase();",
                replace: "",
            },
            Mutant {
                name: "name-not-quoted",
                rule: "Each name is sent in quotes.",
                find: "ident.quote_style = Some(dialect.quote());",
                replace: "",
            },
            Mutant {
                name: "unsafe-name-let-through",
                rule: "A name with a quote or a control character is refused.",
                find: "name.chars().any(unsafe_char)",
                replace: "(false && name.chars().any(unsafe_char))",
            },
            Mutant {
                name: "reserved-alias-let-through",
                rule: "The aliases `excluded`, `old` and `new` are refused.",
                find: "if RESERVED_ALIASES.iter()",
                replace: "if false && RESERVED_ALIASES.iter()",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/walker.rs",
        mutants: &[
            Mutant {
                name: "two-sources-of-one-name",
                rule: "Two sources of one query do not have one name.",
                find: "if level.sources.iter().any(|other| dialect.same(&other.name, &source.name)) {",
                replace: "if false {",
            },
            Mutant {
                name: "attribute-notation-let-through",
                rule: "`source.column` is a column of the source: PostgreSQL would call a function of that name.",
                find: "Some(_) => Err(self.unknown_column(column, shown())),",
                replace: "Some(_) => Ok(()),",
            },
            Mutant {
                name: "unknown-column-let-through",
                rule: "A column without its source is one of a source in sight.",
                find: "Err(self.unknown_column(name, name.to_owned()))",
                replace: "Ok(())",
            },
            Mutant {
                name: "whole-row-let-through",
                rule: "The name of a source is not taken for its whole row.",
                find: "return Err(Refusal::WholeRow { source_name: name.to_owned() });",
                replace: "return Ok(());",
            },
            Mutant {
                name: "column-of-unknown-source",
                rule: "`source.column` names a source that is in sight.",
                find: "None => Err(Refusal::UnknownColumn { column: shown() }),",
                replace: "None => Ok(()),",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/rules.rs",
        mutants: &[
            Mutant {
                name: "tenant-schema-is-public",
                rule: "A table of the tenant's own schema is qualified with that schema.",
                find: "TableRule::TenantSchema => SCHEMA_SENTINEL,",
                replace: r#"TableRule::TenantSchema => "public","#,
            },
            Mutant {
                name: "filter-column-forgotten",
                rule: "A table that a strategy filters is filtered.",
                find: "TableRule::Filter { schema: _, column } => Some(column.as_str()),",
                replace: "TableRule::Filter { schema: _, column } => Some(column.as_str()).filter(|_| false),",
            },
            Mutant {
                name: "shared-tables-writable",
                rule: "A shared table is writable only where it was declared so.",
                find: "TableKind::Shared { writable } => !writable,",
                replace: "TableKind::Shared { writable } => false && !writable,",
            },
            Mutant {
                name: "sqlite-names-not-folded",
                rule: "SQLite compares names without regard to case.",
                find: "Self::Sqlite => name.to_ascii_lowercase(),",
                replace: "Self::Sqlite => name.to_owned(),",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/data_type.rs",
        mutants: &[
            Mutant {
                name: "type-not-qualified",
                rule: "A type of the tenant tables is qualified with their schema.",
                find: "*name = Dialect::Postgres.object_name(&[schema, &folded]);",
                replace: "",
            },
            Mutant {
                name: "unknown-type-let-through",
                rule: "A type that is neither built in nor the tenant's is refused.",
                find: "if is_postgres_type(&folded) { Ok(()) } else { Err(shown()) }",
                replace: "Ok(())",
            },
        ],
    },
];
