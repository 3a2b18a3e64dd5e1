//! Mutants of the strategies: how tables are laid out, and which rule each gets.

use super::{Group, Mutant};

pub(super) const GROUPS: &[Group] = &[
    Group {
        file: "tenancy-shared-schema/src/layout.rs",
        mutants: &[
            Mutant {
                name: "unique-key-not-led",
                rule: "A unique key is led by the tenant column.",
                find: "            key.columns = self.led(&key.columns);\n        }",
                replace: "            let _ = key;\n        }",
            },
            Mutant {
                name: "foreign-key-not-led",
                rule: "A foreign key between tenant tables holds the tenant column on both sides.",
                find: r"        key.columns = self.led(&key.columns);
        key.referenced_columns = self.led(&key.referenced_columns);
",
                replace: "",
            },
            Mutant {
                name: "primary-key-not-led",
                rule: "A primary key is led by the tenant column.",
                find: "(Dialect::Postgres | Dialect::Sqlite | Dialect::MySql, _) => table.primary_key = led,",
                replace: "(Dialect::Postgres | Dialect::Sqlite | Dialect::MySql, _) => {}",
            },
            Mutant {
                name: "index-not-led",
                rule: "An index is led by the tenant column.",
                find: "index.parts.insert(0, lead);",
                replace: "drop(lead);",
            },
            Mutant {
                name: "tenant-column-refers-to-nobody",
                rule: "The tenant column refers to the registry.",
                find: "table.foreign_keys.push(self.tenant_key(&table.name));",
                replace: "",
            },
            Mutant {
                name: "tenant-column-nullable",
                rule: "The tenant column is never null.",
                find: "nullable: false,",
                replace: "nullable: true,",
            },
            Mutant {
                name: "tenant-column-set-to-null",
                rule: "ON DELETE SET NULL leaves the tenant column alone.",
                find: "Dialect::Postgres => Ok(Some(action(columns.to_vec()))),",
                replace: "Dialect::Postgres => Ok(Some(action([columns, &[]].concat().split_off(columns.len())))),",
            },
        ],
    },
    Group {
        file: "tenancy-shared-schema/src/strategy.rs",
        mutants: &[Mutant {
            name: "tenant-tables-not-filtered",
            rule: "A tenant table is filtered by the tenant column.",
            find: "TableKind::Tenant => TableRule::Filter { schema, column: self.column.clone() },",
            replace: "TableKind::Tenant => TableRule::Schema(schema),",
        }],
    },
    Group {
        file: "tenancy-schema-per-tenant/src/strategy.rs",
        mutants: &[
            Mutant {
                name: "tenant-tables-in-the-shared-schema",
                rule: "A tenant table is the one in the tenant's schema.",
                find: "(TableKind::Tenant, Dialect::Postgres | Dialect::MySql) => TableRule::TenantSchema,",
                replace: "(TableKind::Tenant, Dialect::Postgres | Dialect::MySql) => TableRule::Schema(dialect.shared_schema()),",
            },
            Mutant {
                name: "shared-tables-in-the-tenants-file",
                rule: "On SQLite a shared table is the one in the file that all tenants share.",
                find: "TableRule::Schema(shared_schema_of_files())",
                replace: "TableRule::Schema(dialect.shared_schema())",
            },
        ],
    },
];
