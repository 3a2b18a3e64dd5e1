//! Tests over the table of all checks.

use super::*;

/// The strategies of this workspace. A third one has to keep to the same.
const KNOWN: &[StrategyKeys] =
    &[tenancy_shared_schema::SharedSchema::KEYS, tenancy_schema_per_tenant::SchemaPerTenant::KEYS];

#[test]
fn codes_and_names_are_unique() {
    let all = all(KNOWN);
    for pair in all.windows(2) {
        assert!(pair[0].code < pair[1].code, "{} before {}", pair[0].code, pair[1].code);
    }
    for check in &all {
        let same = all.iter().filter(|other| other.name == check.name).count();
        assert_eq!(same, 1, "{}", check.name);
    }
}

#[test]
fn every_explanation_has_its_sections() {
    for check in all(KNOWN) {
        for section in
            ["## What it finds\n\n", "\n\n## Why it is wrong\n\n", "\n\n## How to fix it\n\n"]
        {
            assert_eq!(check.explain.matches(section).count(), 1, "{} {section}", check.code);
        }
    }
}
