//! Lists as people write them.

use super::*;

fn registered(text: &str) -> String {
    register(text, SetName::Tenant, "m2_b").unwrap()
}

#[test]
fn a_list_of_one_line_becomes_one_of_several() {
    let text = "//! Tables.\n\nmod m1_a;\n\nfn all() -> Vec<Box<dyn TenantMigration>> {\n    \
                vec![Box::new(m1_a::Migration)]\n}\n";
    assert_eq!(
        registered(text),
        "//! Tables.\n\nmod m1_a;\nmod m2_b;\n\nfn all() -> Vec<Box<dyn TenantMigration>> {\n    \
         vec![\n        Box::new(m1_a::Migration),\n        Box::new(m2_b::Migration),\n    ]\n}\n"
    );
}

#[test]
fn remarks_and_blanks_stay() {
    let text = "pub(crate) mod m1_a; // é\n\nimpl X {\n  fn all()->Vec<Box<dyn tenancy_core::TenantMigration>> { vec![\n      \
                // first\n      Box::new( m1_a::Migration ) // so\n   ] }\n}\n";
    assert_eq!(
        registered(text),
        "pub(crate) mod m1_a;\npub(crate) mod m2_b; // é\n\nimpl X {\n  fn all()->Vec<Box<dyn tenancy_core::TenantMigration>> { vec![\n      \
         // first\n      Box::new( m1_a::Migration ), // so\n      Box::new(m2_b::Migration),\n   ] }\n}\n"
    );
}

#[test]
fn an_empty_list_is_filled() {
    let text = "//! Tables.\n\nuse tenancy_core::TenantMigration;\n\n\
                fn all() -> Vec<Box<dyn TenantMigration>> {\n    vec![]\n}\n";
    assert_eq!(
        registered(text),
        "//! Tables.\n\nmod m2_b;\n\nuse tenancy_core::TenantMigration;\n\n\
         fn all() -> Vec<Box<dyn TenantMigration>> {\n    vec![Box::new(m2_b::Migration)]\n}\n"
    );
}

#[test]
fn a_list_that_cannot_be_understood_is_left_alone() {
    let fails = |text: &str, with: Unregistrable| {
        assert_eq!(register(text, SetName::Tenant, "m2_b"), Err(with), "{text}");
    };
    fails("", Unregistrable::NoList);
    fails("fn", Unregistrable::Unreadable);
    fails("fn all() -> Vec<Box<dyn MigrationTrait>> { vec![] }", Unregistrable::NoList);
    fails("fn all() -> Vec<Box<dyn TenantMigration>> { other() }", Unregistrable::NoList);
    fails("fn a() -> Vec<dyn TenantMigration> { vec![vec![]; 2] }", Unregistrable::NoList);
    fails(
        "fn a() -> Vec<dyn TenantMigration> { vec![] }\nfn b() -> Vec<dyn TenantMigration> { vec![] }",
        Unregistrable::SeveralLists,
    );
    fails(
        "mod tenant;\nfn a() -> Vec<dyn TenantMigration> { vec![Box::new(other::m1_a::Migration)] }",
        Unregistrable::ForeignModules,
    );
}
