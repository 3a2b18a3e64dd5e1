//! Mutants of runs of migrations: what a run takes as known.

use super::{Group, Mutant};

pub(super) const GROUPS: &[Group] = &[
    Group {
        file: "tenancy-core/src/migrate/run.rs",
        mutants: &[Mutant {
            name: "shared-tables-of-the-run-not-read",
            rule: "What a process knows of shared tables is read again after its own run has made some.",
            find: "            known = None;\n",
            replace: "",
        }],
    },
    Group {
        file: "tenancy-core/src/tenancy/tables.rs",
        mutants: &[Mutant {
            name: "shared-tables-of-another-generation",
            rule: "What a process knows of shared tables is used while the database has those.",
            find: "self.known().filter(|known| known.generation == generation);",
            replace: "self.known().filter(|known| known.generation <= generation);",
        }],
    },
    Group {
        file: "tenancy-core/src/migrate/run/once.rs",
        mutants: &[
            Mutant {
                name: "what-others-must-mend-forgotten",
                rule: "A policy of others that is in the way keeps tenants from being served after a run.",
                find: "self.learn_security(unsecured);",
                replace: "self.learn_security(unsecured.filter(|_| false));",
            },
            Mutant {
                name: "heads-of-a-newer-release-overwritten",
                rule: "What a newer release has brought a tenant to is not taken back by an older one's run.",
                find: "Present::AmongOrNone(&names)",
                replace: "Present::Any",
            },
        ],
    },
];
