//! Tests over the table of checks.

use super::*;

#[test]
fn codes_are_unique_and_ascending() {
    for pair in CHECKS.windows(2) {
        assert!(pair[0].code < pair[1].code, "{} before {}", pair[0].code, pair[1].code);
        let same = CHECKS.iter().filter(|check| check.name == pair[0].name).count();
        assert_eq!(same, 1, "{}", pair[0].name);
    }
}

#[test]
fn codes_and_names_have_their_form() {
    for check in CHECKS {
        let (room, number) = check.code.split_at(3);
        assert!(room.chars().all(|c| c.is_ascii_uppercase()), "{}", check.code);
        assert!(number.len() == 3 && number.parse::<u16>().is_ok(), "{}", check.code);
        let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(check.name.chars().all(kebab), "{}", check.name);
    }
}

#[test]
fn every_explanation_has_three_sections_with_text() {
    for check in CHECKS {
        let mut rest = check.explain;
        for section in ["## What it finds\n\n", "## Why it is wrong\n\n", "## How to fix it\n\n"] {
            let Some((before, after)) = rest.split_once(section) else {
                panic!("{} has no {section}", check.code)
            };
            assert!(rest == check.explain || before.trim().len() > 5, "{} {section}", check.code);
            rest = after;
        }
        assert!(rest.trim().len() > 20, "{}", check.code);
    }
}

#[test]
fn a_change_of_the_table_is_seen_in_review() {
    let table: Vec<_> = CHECKS.iter().map(|c| (c.code, c.name, c.severity)).collect();
    let (error, warning) = (Severity::Error, Severity::Warning);
    assert_eq!(
        table,
        [
            ("CFG001", "unreadable-file", error),
            ("CFG002", "invalid-toml", error),
            ("CFG003", "mixed-strategies", error),
            ("CFG004", "unknown-key", error),
            ("CFG005", "unknown-variable", error),
            ("CFG006", "wrong-type", error),
            ("CFG007", "missing-strategy", error),
            ("CFG008", "unknown-strategy", error),
            ("CFG009", "conflicting-strategies", error),
            ("CFG010", "foreign-option", error),
            ("CFG011", "strategy-in-code", error),
            ("CFG012", "missing-database-url", error),
            ("CFG013", "invalid-database-url", error),
            ("CFG014", "conflicting-database-urls", error),
            ("CFG015", "impossible-value", error),
            ("CFG016", "unsupported-engine", error),
            ("CFG017", "invalid-silence", error),
            ("CFG018", "mixed-databases", error),
            ("CFG019", "unmatched-silence", warning),
            ("DBS001", "check-not-run", error),
            ("DBS002", "unowned-table", warning),
            ("DBS003", "table-on-both-sides", error),
            ("DBS004", "other-marker", error),
            ("DBS005", "framework-leftover", warning),
            ("DBS006", "trigger-or-rule", warning),
            ("DBS007", "writable-parent", error),
            ("DBS008", "pool-size", error),
            ("DBS009", "transaction-pooler", error),
            ("DBS010", "foreign-registry-table", error),
            ("DBS011", "outside-ledger", error),
            ("DBS012", "search-path", error),
            ("SET001", "duplicate-migration", error),
            ("SET002", "duplicate-number", error),
            ("SET003", "duplicate-table", error),
            ("SET004", "framework-table", error),
            ("SET005", "hollow-merge", error),
            ("SET006", "migration-order", error),
            ("SET007", "number-gap", warning),
            ("SET008", "destructive-step", error),
            ("SET009", "shared-references-tenant", error),
            ("SET010", "unregistered-migration", error),
            ("SET011", "missing-migration", error),
            ("SET012", "unreadable-migration", error),
            ("SET013", "undetermined-migration", warning),
            ("SET014", "tenant-column", error),
        ]
    );
}

#[test]
fn every_check_of_the_database_that_runs_is_described() {
    for check in database::checks() {
        let code = check.description().code;
        assert!(CHECKS.iter().any(|described| described.code == code), "{code}");
    }
}

#[test]
fn every_check_of_the_database_has_a_case() {
    let cases = [
        include_str!("../testing/checking.rs"),
        include_str!("../testing/extensions.rs"),
        include_str!("database/transaction_pooler/tests.rs"),
    ];
    for check in CHECKS.iter().filter(|check| check.kind == CheckKind::Database) {
        assert!(check.code.starts_with("DBS"), "{} has another room", check.code);
        assert!(cases.concat().contains(check.code), "{} has no case", check.code);
    }
}

#[test]
fn every_check_of_the_configuration_has_a_case() {
    let cases = [include_str!("../config/tests/findings.rs"), include_str!("accepted.rs")].concat();
    for check in CHECKS.iter().filter(|check| check.code.starts_with("CFG")) {
        assert!(cases.contains(check.code), "{} has no case", check.code);
    }
}
