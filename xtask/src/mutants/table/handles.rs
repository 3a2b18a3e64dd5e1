//! Mutants of the handles: for which tenant they speak, and for how long.

use super::{Group, Mutant};

pub(super) const GROUPS: &[Group] = &[
    Group {
        file: "tenancy-core/src/scope.rs",
        mutants: &[
            Mutant {
                name: "values-not-counted",
                rule: "There is a value for each placeholder, so that the tenant's is the last.",
                find: "if given != scoped.placeholders {",
                replace: "if false {",
            },
            Mutant {
                name: "dialect-not-compared",
                rule: "A statement for another database is refused.",
                find: "if Dialect::try_from(*db_backend).ok() != Some(self.rules.dialect) {",
                replace: "if false {",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/connection/state.rs",
        mutants: &[
            Mutant {
                name: "generation-not-checked",
                rule: "A handle that is older than its tenant's place is refused.",
                find: "if self.generation.load(Ordering::Acquire) != tenant.generation {",
                replace: "if false {",
            },
            Mutant {
                name: "status-not-checked",
                rule: "The handle of a tenant out of service is refused.",
                find: "Some(status) if status.is_served() => Ok(()),",
                replace: "Some(status) if status.is_served() || true => Ok(()),",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/connection/binding.rs",
        mutants: &[
            Mutant {
                name: "statement-of-a-stale-handle",
                rule: "Each statement asks whether its tenant is still served.",
                find: "        self.check_served()?;\n        let scoper = self.handles.tables.scoper()?;\n        let (refusal",
                replace: "        let scoper = self.handles.tables.scoper()?;\n        let (refusal",
            },
            Mutant {
                name: "text-of-a-stale-handle",
                rule: "Each text without values asks whether its tenant is still served.",
                find: "        self.check_served()?;\n        let scoper = self.handles.tables.scoper()?;\n        let refusal",
                replace: "        let scoper = self.handles.tables.scoper()?;\n        let refusal",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/connection/deliver.rs",
        mutants: &[
            Mutant {
                name: "statement-not-scoped",
                rule: "Each statement is scoped before it is sent.",
                find: "let scoped = $bound.binding.scoped($statement, $outside).await?;",
                replace: "let scoped = $statement;",
            },
            Mutant {
                name: "outlived-form-kept",
                rule: "A prepared form that the server has outlived is left.",
                find: "plans.outlived(epoch);\n                let again",
                replace: "let again",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/connection.rs",
        mutants: &[
            Mutant {
                name: "transaction-of-a-stale-handle",
                rule: "Beginning a transaction asks whether its tenant is still served.",
                find: "                self.binding.check_served()?;\n                if $outside {",
                replace: "                if $outside {",
            },
            Mutant {
                name: "text-not-scoped",
                rule: "Each text without values is scoped before it is sent.",
                find: "let sql = self.binding.scoped_text(sql, $outside).await?;",
                replace: "let sql = sql.to_owned();",
            },
            Mutant {
                name: "failed-callback-committed",
                rule: "What a failed callback did is rolled back.",
                find: "transaction.rollback().await.map_err(TransactionError::Connection)?;",
                replace: "transaction.commit().await.map_err(TransactionError::Connection)?;",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/changes.rs",
        mutants: &[
            Mutant {
                name: "open-handles-not-told",
                rule: "Handles that are open learn of a change of their tenant's status.",
                find: "            state.update(tenant);",
                replace: "            let _ = TenantState::update;",
            },
            Mutant {
                name: "late-handles-not-told",
                rule: "A handle that is opened while a change is told is told too.",
                find: "live.retain(|id, _| !told.contains_key(id));",
                replace: "live.retain(|id, _| false && !told.contains_key(id));",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/connection/state.rs",
        mutants: &[Mutant {
            name: "state-verified-without-handles",
            rule: "A state that no handle relies on is told nothing, and not taken for verified.",
            find: "if handles < 2 * HANDLE { 0 } else { handles - HANDLE }",
            replace: "handles - HANDLE",
        }],
    },
    Group {
        file: "tenancy-core/src/databases/sessions.rs",
        mutants: &[
            Mutant {
                name: "failed-session-at-hand",
                rule: "A session that has failed goes back to its pool, which asks whether it is in step.",
                find: "if sent.is_ok() {",
                replace: "if sent.is_ok() || sent.is_err() {",
            },
            Mutant {
                name: "open-transaction-given-back",
                rule: "A session with an open transaction is nobody else's.",
                find: "if self.in_transaction && Handle::try_current().is_ok() {",
                replace: "if self.in_transaction && Handle::try_current().is_err() {",
            },
            Mutant {
                name: "whoever-waits-passed-over",
                rule: "Who waits in the pool comes before who is next.",
                find: "self.waiting.load(Ordering::SeqCst) > 0;",
                replace: "self.waiting.load(Ordering::SeqCst) > usize::MAX - 1;",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/databases/sessions/transaction.rs",
        mutants: &[
            Mutant {
                name: "transaction-left-open",
                rule: "A transaction that nobody ends is rolled back, on the connection that it is on.",
                find: "drop(runtime.spawn(roll_back(shared)));",
                replace: "let _ = (runtime, roll_back(shared));",
            },
            Mutant {
                name: "stale-failure-taken-for-the-answer",
                rule: "What was cut off is read to its end before a transaction ends.",
                find: "while !self.is_in_step {",
                replace: "while !self.is_in_step && false {",
            },
            Mutant {
                name: "lost-savepoint-committed",
                rule: "What a savepoint was lost in is not committed.",
                find: "shared.is_lost.store(true, Ordering::SeqCst);",
                replace: "shared.is_lost.store(false, Ordering::SeqCst);",
            },
            Mutant {
                name: "setting-not-told",
                rule: "What tells the database whose rows they are goes with the beginning.",
                find: "if !then.is_empty() {",
                replace: "if !then.is_empty() && false {",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/connection/held.rs",
        mutants: &[Mutant {
            name: "savepoint-outlives-its-holder",
            rule: "A savepoint that nobody holds is rolled back before anything else gets its turn.",
            find: "drop(transaction.rollback().await);",
            replace: "drop(transaction.commit().await);",
        }],
    },
    Group {
        file: "tenancy-core/src/changes/triggers.rs",
        mutants: &[
            Mutant {
                name: "change-of-many-not-told",
                rule: "A statement that changes many tenants is told of.",
                find: "PERFORM pg_notify('tenancy_registry', 'all'); ELSE \\",
                replace: "NULL; ELSE \\",
            },
            Mutant {
                name: "tables-that-hold-back-believed",
                rule: "A registry that does not tell of everything is not relied on to tell.",
                find: "& 60 = 60) telling",
                replace: "& 60 > 0) telling",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/tenancy.rs",
        mutants: &[
            Mutant {
                name: "tenant-behind-served",
                rule: "A tenant that lacks migrations is not served.",
                find: "self.check_head(tenant)?;",
                replace: "let _ = Self::check_head;",
            },
            Mutant {
                name: "handle-of-what-is-remembered",
                rule: "A handle is of the tenant as it was asked for, however old that is.",
                find: "if *found == *tenant {",
                replace: "if found.id == tenant.id {",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/tenancy/tables.rs",
        mutants: &[
            Mutant {
                name: "tenant-column-not-reserved-by-others",
                rule: "A strategy without a tenant column reserves its name too.",
                find: "let scoper = scoper.with_reserved_column(&self.tenant_column);",
                replace: "let _ = &self.tenant_column;",
            },
            Mutant {
                name: "looks-not-rare",
                rule: "Unknown names make the database work at long intervals only.",
                find: "if self.last.is_some_and(is_early) {",
                replace: "if false && self.last.is_some_and(is_early) {",
            },
            Mutant {
                name: "tables-not-read-again",
                rule: "An unknown table makes the tables be read again.",
                find: "            Ok(_) => self.load().await,",
                replace: "            Ok(_) => return,",
            },
            Mutant {
                name: "look-within-a-transaction",
                rule: "A transaction does not wait for another connection.",
                find: "        if outside_transaction {",
                replace: "        if outside_transaction || true {",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/declared.rs",
        mutants: &[
            Mutant {
                name: "declared-writes-reach-others",
                rule: "What a tenant does to a shared row does not reach rows of others.",
                find: "        | ReferentialAction::SetDefault(_) => true,",
                replace: "        | ReferentialAction::SetDefault(_) => false,",
            },
            Mutant {
                name: "every-shared-table-declared",
                rule: "Only shared tables that are declared are written to.",
                find: "        for name in &self.writable_tables {",
                replace: "        let all: Vec<String> = shared.tables().map(|t| t.name.clone()).collect();\n        for name in &all {",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/introspect.rs",
        mutants: &[Mutant {
            name: "table-on-both-sides",
            rule: "A table is either shared or the tenants'.",
            find: "ever_shared.iter().find(|table| tenant.knows(&table.name))",
            replace: "ever_shared.iter().find(|table| false && tenant.knows(&table.name))",
        }],
    },
];
