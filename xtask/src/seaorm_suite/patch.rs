//! What is changed in SeaORM's tests before they are compiled for a tenant, and why.

use crate::failure::Failure;

/// A change of one file.
#[derive(Debug)]
pub(super) struct Patch {
    /// The file, below the folder of the tests.
    file: &'static str,
    /// What stands there, at least once.
    find: &'static str,
    /// What stands there afterwards.
    replace: &'static str,
    /// Why it cannot stay as it is.
    why: &'static str,
}

/// A feature of SeaORM that tests are conditional on and that is off for a tenant.
pub(super) const FEATURES_OFF: [&str; 1] = ["schema-sync"];

const OWN_SCHEMA: &str = "an entity does not name a schema: the strategy says where its table lies";

const SCHEMA_ATTRIBUTE: &str =
    "#[cfg_attr(feature = \"sqlx-postgres\", sea_orm(schema_name = \"public\"))]\n";

const fn own_schema(file: &'static str) -> Patch {
    Patch { file, find: SCHEMA_ATTRIBUTE, replace: "", why: OWN_SCHEMA }
}

/// All changes.
pub(super) const PATCHES: [Patch; 10] = [
    Patch {
        file: "common/setup/mod.rs",
        find: "Database::connect(options).await.unwrap()",
        replace: "sea_orm::open(options).await",
        why: "the database of a test gets two tenants, and the connection is the first one's",
    },
    Patch {
        file: "common/setup/mod.rs",
        find: "        tear_down(&self.base_url",
        replace: "        self.db.finish().await;\n        tear_down(&self.base_url",
        why: "the rows of the other tenant are looked at before they are gone",
    },
    own_schema("common/features/active_enum.rs"),
    own_schema("common/features/active_enum_child.rs"),
    own_schema("common/features/active_enum_vec.rs"),
    own_schema("common/features/custom_active_model.rs"),
    Patch {
        file: "common/features/schema.rs",
        find: "(\"public\", ActiveEnum).into_table_ref()",
        replace: "ActiveEnum.into_table_ref()",
        why: OWN_SCHEMA,
    },
    Patch {
        file: "connection_tests.rs",
        find: "#[cfg(feature = \"sqlx-postgres\")]\npub async fn connection_ping_closed_postgres",
        replace: "#[cfg(any())]\npub async fn connection_ping_closed_postgres",
        why: "a tenant's connection does not hand out the pool",
    },
    Patch {
        file: "active_enum_tests.rs",
        find: "\"public\".",
        replace: "",
        why: "the statements are compared as text, with the schema that the entity does not name",
    },
    Patch {
        file: "schema_sync_tests.rs",
        find: "#[sea_orm_macros::test]",
        replace: "#[cfg(feature = \"schema-sync\")]\n#[sea_orm_macros::test]",
        why: "without the feature these tests are empty and would pass",
    },
];

/// A file's text with its changes made.
pub(super) fn apply(file: &str, text: String) -> Result<String, Failure> {
    PATCHES.iter().filter(|patch| patch.file == file).try_fold(text, |text, patch| {
        if text.contains(patch.find) {
            Ok(text.replace(patch.find, patch.replace))
        } else {
            let why = patch.why;
            Err(Failure::Setup(format!("`{file}` is not as it was; it was changed because {why}")))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn a_patch_that_does_not_fit_is_an_error() {
        let text = "use sea_orm::Database;".to_owned();
        assert!(apply("common/setup/mod.rs", text.clone()).is_err());
        assert_eq!(apply("crud_tests.rs", text.clone()).unwrap(), text);
    }
}
