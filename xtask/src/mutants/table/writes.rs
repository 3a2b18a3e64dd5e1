//! Mutants of what is written: rows, conflicts, targets.

use super::{Group, Mutant};

pub(super) const GROUPS: &[Group] = &[
    Group {
        file: "tenancy-core/src/scope/insert.rs",
        mutants: &[
            Mutant {
                name: "insert-without-the-tenant",
                rule: "Each inserted row gets the tenant.",
                find: "self.add_tenant_to_rows(scoped, columns, source)?;",
                replace: "",
            },
            Mutant {
                name: "insert-source-not-walked",
                rule: "The query that INSERT takes its rows from is walked.",
                find: "self.query(query, Place::InsertSource)?;",
                replace: "let _ = query;",
            },
            Mutant {
                name: "second-half-of-a-union-without-the-tenant",
                rule: "Each part of a UNION that INSERT takes its rows from gets the tenant.",
                find: "self.add_tenant_to_body(right)?;",
                replace: "",
            },
            Mutant {
                name: "insert-by-position-not-named",
                rule: "INSERT without a list of columns is given one.",
                find: "if columns.is_empty() {",
                replace: "if false {",
            },
            Mutant {
                name: "conflict-not-filtered",
                rule: "DO UPDATE changes the tenant's own row only.",
                find: "may be another tenant's.\n        if let Some(column) = table.filter_column() {",
                replace: r"may be another tenant's.
        if let Some(column) = table.filter_column().filter(|_| false) {",
            },
            Mutant {
                name: "duplicate-not-guarded",
                rule: "ON DUPLICATE KEY UPDATE changes the tenant's own row only.",
                find: "for Assignment { target, value } in assignments {",
                replace: "for Assignment { target, value } in assignments.iter_mut().take(0) {",
            },
            Mutant {
                name: "conflict-target-not-extended",
                rule: "A conflict target gains the tenant column, as the key has it.",
                find: "if !is_rowid {",
                replace: "if false {",
            },
            Mutant {
                name: "conflict-target-is-no-key",
                rule: "A conflict target is a key of the table.",
                find: "if !is_key {",
                replace: "if false {",
            },
            Mutant {
                name: "rowid-extended",
                rule: "On SQLite a generated id conflicts without the tenant column.",
                find: "let is_rowid = dialect == Dialect::Sqlite\n",
                replace: "let is_rowid = false\n",
            },
            Mutant {
                name: "written-column-not-checked",
                rule: "A column that is written is one of the table.",
                find: r#"Err(Refusal::UnknownColumn { column: format!("{}.{}", table.table.name, name.value) })"#,
                replace: "Ok(())",
            },
            Mutant {
                name: "returning-star-not-written-out",
                rule: "RETURNING * of INSERT is written out without the tenant column.",
                find: "let placed = if table.filter_column().is_some() { Placed::Predicate } else { Placed::Inside };",
                replace: "let placed = Placed::Inside;",
            },
            Mutant {
                name: "or-replace-let-through",
                rule: "OR REPLACE is refused: it deletes the row in conflict.",
                find: "Some(SqliteOnConflict::Replace | SqliteOnConflict::Rollback) => Err(Refusal::Replace),",
                replace: "Some(SqliteOnConflict::Replace | SqliteOnConflict::Rollback) => Ok(()),",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/update.rs",
        mutants: &[
            Mutant {
                name: "update-not-filtered",
                rule: "UPDATE changes the tenant's rows only.",
                find: "let mut predicates: Vec<_> = predicate.into_iter().collect();",
                replace: "let mut predicates: Vec<_> = predicate.into_iter().take(0).collect();",
            },
            Mutant {
                name: "update-from-not-filtered",
                rule: "The other tables of UPDATE .. FROM are filtered.",
                find: "predicates.extend(self.sources(from)?)",
                replace: "drop(self.sources(from)?)",
            },
            Mutant {
                name: "joined-update-not-filtered",
                rule: "All tables of an UPDATE of a join are filtered.",
                find: "let predicates = self.sources(std::slice::from_mut(table))?;",
                replace: "let predicates = self.sources(std::slice::from_mut(table))?.into_iter().take(0).collect();",
            },
            Mutant {
                name: "joined-update-of-any-table",
                rule: "UPDATE of a join changes tables that the tenant may write to.",
                find: "written.try_for_each(writable)",
                replace: "written.try_for_each(|_| Ok(()))",
            },
            Mutant {
                name: "assigned-value-not-walked",
                rule: "What a column is set to is walked.",
                find: "if is_default(value) { Ok(()) } else { self.expression(value) }",
                replace: "Ok(())",
            },
            Mutant {
                name: "update-or-replace-let-through",
                rule: "UPDATE OR REPLACE is refused.",
                find: "conflict_clause(*or, false)?;",
                replace: "let _ = (or, conflict_clause);",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/delete.rs",
        mutants: &[
            Mutant {
                name: "delete-not-filtered",
                rule: "DELETE removes the tenant's rows only.",
                find: "let mut predicates: Vec<_> = predicate.into_iter().collect();",
                replace: "let mut predicates: Vec<_> = predicate.into_iter().take(0).collect();",
            },
            Mutant {
                name: "joined-delete-not-filtered",
                rule: "All tables of DELETE from a join are filtered.",
                find: "let predicates = self.sources(from)?;",
                replace: "let predicates = self.sources(from)?.into_iter().take(0).collect();",
            },
            Mutant {
                name: "joined-delete-of-any-table",
                rule: "DELETE from a join removes rows of tables that the tenant may write to.",
                find: "Some(source) => writable(source)?,",
                replace: "Some(_) => {}",
            },
            Mutant {
                name: "delete-using-not-filtered",
                rule: "The other tables of DELETE .. USING are filtered.",
                find: "predicates.extend(self.sources(using)?);",
                replace: "self.sources(using)?;",
            },
        ],
    },
];
