//! Checks of a live database that only this strategy has: `SPT001` and on.

mod displaced_file;
mod extension;
mod function_path;
mod lock_limit;
mod missing_place;
mod name_case;
mod orphan_place;
pub(crate) mod place;
mod search_path;
mod tenant_column;

use std::path::Path;

use tenancy_core::check::{CheckDescription, database::DatabaseCheck};

/// What they are called.
pub(crate) const CHECKS: &[&CheckDescription] = &[
    &missing_place::CHECK,
    &orphan_place::CHECK,
    &name_case::CHECK,
    &extension::CHECK,
    &search_path::CHECK,
    &lock_limit::CHECK,
    &function_path::CHECK,
    &tenant_column::CHECK,
    &displaced_file::CHECK,
];

/// All of them, in the order of their codes. On SQLite tenants lie in the folder.
pub(crate) fn all(folder: &Path) -> Vec<Box<dyn DatabaseCheck>> {
    vec![
        Box::new(missing_place::MissingPlace { folder: folder.to_owned() }),
        Box::new(orphan_place::OrphanPlace { folder: folder.to_owned() }),
        Box::new(name_case::NameCase { folder: folder.to_owned() }),
        Box::new(extension::ExtensionInPlace),
        Box::new(search_path::ShadowingSearchPath),
        Box::new(lock_limit::LockLimit),
        Box::new(function_path::FunctionWithoutPath),
        Box::new(tenant_column::TenantColumnLeft),
        Box::new(displaced_file::DisplacedFile { folder: folder.to_owned() }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_described_and_has_a_case() {
        let cases = include_str!("../tests/it/checking.rs");
        let run: Vec<&str> =
            all(Path::new("tenants")).iter().map(|check| check.description().code).collect();
        let described: Vec<&str> = CHECKS.iter().map(|check| check.code).collect();
        assert_eq!(run, described);
        for code in run {
            assert!(cases.contains(code), "{code} has no case");
        }
    }
}
