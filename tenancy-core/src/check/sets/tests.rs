//! Each finding names its migrations and where they stand.

use super::*;
use crate::check::{Finding, Severity};

fn migration(set: SetName, name: &str) -> MigrationRef {
    MigrationRef::new(set, name, Source::line(format!("{set}/{name}.rs"), 3))
}

fn pair(second: SetName) -> [MigrationRef; 2] {
    [migration(SetName::Tenant, "m0004_a"), migration(second, "m0004_b")]
}

#[test]
fn both_owners_of_a_table_are_named_with_their_places() {
    let finding = duplicate_table::finding("note", &pair(SetName::Shared)).unwrap();
    assert_eq!(
        finding.to_string(),
        "error[SET003]: the table `note` is created by the tenant migration `m0004_a` and by the \
         shared migration `m0004_b`\n  --> shared/m0004_b.rs:3\n  and tenant/m0004_a.rs:3\n  \
         hint: a table is shared or a tenant's: keep the creation in one set, and remove the other"
    );
    assert_eq!(duplicate_table::finding("note", &pair(SetName::Shared)[..1]), None);
}

#[test]
fn three_owners_are_one_finding() {
    let owners = ["m1", "m2", "m3"].map(|name| migration(SetName::Tenant, name));
    let finding = duplicate_table::finding("note", &owners).unwrap();
    assert_eq!(finding.related.len(), 2);
    assert!(
        finding
            .message
            .ends_with("`m1`, by the tenant migration `m2` and by the tenant migration `m3`")
    );
}

#[test]
fn a_number_may_not_be_there_twice_in_a_set() {
    let severity = |set| duplicate_number::finding("0004", &pair(set)).unwrap().severity;
    assert_eq!(severity(SetName::Tenant), Severity::Error);
    assert_eq!(severity(SetName::Shared), Severity::Warning);
    assert_eq!(duplicate_number::finding("0004", &[]), None);
}

#[test]
fn tables_of_the_framework_are_known_by_name_and_prefix() {
    for table in ["tenants_domain", "TENANTS_anything", "seaql_migrations"] {
        assert!(framework_table::is_one(table), "{table}");
    }
    for table in ["tenant", "tenants", "note"] {
        assert!(!framework_table::is_one(table), "{table}");
    }
}

#[test]
fn a_recorded_migration_is_its_own_place() {
    let recorded = MigrationRef::recorded(SetName::Tenant, "m0005_merge");
    let finding = hollow_merge::finding(&recorded, "note", &pair(SetName::Tenant));
    assert_eq!(finding.source, Some(Source::Migration("m0005_merge".to_owned())));
    assert!(finding.to_string().contains("\n  --> migration `m0005_merge`\n"));
}

#[test]
fn every_finding_has_a_hint_and_a_place() {
    let [a, b] = pair(SetName::Tenant);
    let findings: Vec<Finding> = [
        duplicate_migration::finding(&[a.clone(), a.clone()]),
        framework_table::finding("tenants_domain", std::slice::from_ref(&a)),
        Some(hollow_merge::empty(&a)),
        Some(migration_order::finding(&a, &b)),
        Some(number_gap::finding("0003", &a, &b)),
        Some(destructive_step::finding(&a, "the table `note`")),
        Some(shared_references_tenant::finding(&a, "note", &b)),
        Some(unregistered_migration::finding(&a, &Source::file("tenant.rs"))),
        Some(missing_migration::finding(&a)),
        Some(unreadable_migration::finding(SetName::Tenant, "it is not UTF-8", a.source.clone())),
        Some(undetermined_migration::finding(&a, "the table's name is computed")),
        Some(tenant_column::finding(&a, "note", "tenant_id")),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert_eq!(findings.len(), 12);
    for finding in findings {
        assert!(finding.hint.is_some() && finding.source.is_some(), "{finding}");
    }
}
