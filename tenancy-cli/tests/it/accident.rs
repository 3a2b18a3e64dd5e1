//! The accident that the framework grew from: an application with both approaches half in.
//!
//! `fixtures/accident` has two migrations 0004 that both create `tenants_domain`, a merge that mends
//! nothing, the options of one strategy and the code of the other, and what is left of another
//! framework.

mod applied;
// They are read by checks that name their lines.
#[rustfmt::skip]
#[expect(
    unreachable_pub,
    elided_lifetimes_in_paths,
    reason = "an application declares its migrations so"
)]
mod fixture;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use snapbox::{Assert, data::Data};
use tempfile::TempDir;

use crate::{
    program::{Ended, tenancy},
    sarif,
};

const URL: (&str, &str) = ("DATABASE_URL", "postgres://app:s3cret@db.example.com/notes");

/// A copy of the fixture that can be changed.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/accident");
        copy_folder(&fixture, copy.0.path());
        copy
    }

    fn check(&self, args: &[&str]) -> Ended {
        tenancy(self.0.path(), &[URL], &[&["check"], args].concat())
    }

    /// How many findings there are of each code.
    fn found(&self) -> BTreeMap<String, usize> {
        let ended = self.check(&["--format", "json"]);
        let mut found = BTreeMap::new();
        for line in ended.stdout.lines() {
            let finding: serde_json::Value = serde_json::from_str(line).unwrap();
            *found.entry(finding["code"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        found
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(self.path(file), text.replace(from, to)).unwrap();
    }

    fn without_lines(&self, file: &str, words: &[&str]) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        let kept = text.lines().filter(|line| !words.iter().any(|word| line.contains(word)));
        let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
        assert_ne!(kept, text, "{file} has none of {words:?}");
        fs::write(self.path(file), kept).unwrap();
    }

    fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).unwrap();
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[track_caller]
fn is(ended: &str, snapshot: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(snapshot);
    let expected = Data::read_from(&path, Some(snapbox::data::DataFormat::Text));
    Assert::new().action_env("SNAPSHOTS").normalize_paths(false).eq(ended.to_owned(), expected);
}

#[test]
fn every_part_of_it_is_reported_for_people() {
    let ended = Copy::new().check(&[]);
    is(&ended.to_string(), "accident.txt");
}

#[test]
fn every_part_of_it_is_an_object_for_programs() {
    let ended = Copy::new().check(&["--format", "json"]);
    is(&ended.to_string(), "accident.jsonl");
}

#[test]
fn every_part_of_it_is_shown_by_code_scanning() {
    let ended = Copy::new().check(&["--format", "sarif"]);
    assert_eq!(ended.code, 1, "{ended}");
    let mut log: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    sarif::is_valid(&log);
    // The rules are the reference page once more.
    log["runs"][0]["tool"].take();
    let results = serde_json::to_string_pretty(&log).unwrap();
    is(&results, "accident.sarif.json");
}

#[test]
fn every_part_of_it_is_reported_once() {
    let found = Copy::new().found();
    let once = [
        "APP004", "APP005", "APP007", "APP008", "APP009", "APP011", "APP012", "APP013", "CFG010",
        "LFT001", "SET002", "SET003", "SET004", "SET005", "SET014",
    ];
    let expected: BTreeMap<String, usize> =
        once.into_iter().map(|code| (code.to_owned(), 1)).collect();
    assert_eq!(found, expected);
}

#[test]
fn both_owners_of_the_table_are_named() {
    let ended = Copy::new().check(&["--format", "json"]);
    let line = ended.stdout.lines().find(|line| line.contains("\"SET003\"")).unwrap();
    let finding: serde_json::Value = serde_json::from_str(line).unwrap();
    for owner in ["m0004_client_domain", "m0004_add_schema_name_and_domain_model"] {
        assert!(finding["message"].as_str().unwrap().contains(owner), "{line}");
    }
    assert_eq!(
        finding["source"]["text"], "src/migration/shared/m0004_client_domain.rs:29",
        "{line}"
    );
    let other = "src/migration/shared/m0004_add_schema_name_and_domain_model.rs:25";
    assert_eq!(finding["related"][0]["text"], other, "{line}");
}

/// Does what the hint of a finding says.
struct Mend {
    codes: &'static [&'static str],
    by: fn(&Copy),
}

/// What the hints say, in the order in which the findings are listed.
const MENDS: &[Mend] = &[
    Mend {
        // "remove it, or choose the strategy it belongs to"
        codes: &["CFG010", "APP005"],
        by: |copy| copy.replace("tenancy.toml", "\"schema-per-tenant\"", "\"shared-schema\""),
    },
    Mend {
        // The other crate is the one that is excluded now: "remove it, or configure …"
        codes: &["APP004"],
        by: |copy| copy.without_lines("Cargo.toml", &["tenancy-schema-per-tenant"]),
    },
    Mend {
        // "use `tenancy.connection(&tenant)` …"
        codes: &["APP007"],
        by: |copy| {
            copy.without_lines("src/main.rs", &["Database"]);
            copy.replace("src/main.rs", "serve(tenancy, database)", "serve(tenancy)");
        },
    },
    Mend {
        // "run them by `tenancy.migrate` …"
        codes: &["APP008"],
        by: |copy| {
            let by_hand = "Migrator::up(&database, None).await?;";
            copy.without_lines("src/main.rs", &["use sea_orm_migration", "migration::Migrator"]);
            copy.replace("src/main.rs", by_hand, "");
        },
    },
    Mend {
        // "remove it: statements are qualified …"
        codes: &["APP009"],
        by: |copy| copy.without_lines("src/middleware.rs", &["SET search_path"]),
    },
    Mend {
        // "remove `schema_name` …"
        codes: &["APP011"],
        by: |copy| copy.replace("src/entity/client.rs", "schema_name = \"public\", ", ""),
    },
    Mend {
        // "remove the field …"
        codes: &["APP012"],
        by: |copy| copy.without_lines("src/entity/note.rs", &["tenant_id"]),
    },
    Mend {
        // "use `tenancy.registry()`, and remove the entity"
        codes: &["APP013"],
        by: |copy| {
            copy.remove("src/entity/domain.rs");
            copy.without_lines("src/entity.rs", &["domain"]);
        },
    },
    Mend {
        // "give the one that is applied nowhere yet the next free number"
        codes: &["SET002"],
        by: |copy| {
            let (from, to) = ("m0004_add_schema_name_and", "m0007_add_schema_name_and");
            let folder = "src/migration/shared";
            let path = |name: &str| copy.path(&format!("{folder}/{name}_domain_model.rs"));
            fs::rename(path(from), path(to)).unwrap();
            let list = format!("{folder}.rs");
            let line = |name: &str| format!("        Box::new({name}_domain_model::Migration),\n");
            copy.replace(&list, &line(from), "");
            let merge = "        Box::new(m0005_merge::Migration),\n";
            copy.replace(&list, merge, &format!("{merge}{}", line(to)));
            copy.replace(&list, from, to);
        },
    },
    Mend {
        // "remove all of them: the framework creates this table itself", which leaves the column
        codes: &["SET003", "SET004"],
        by: |copy| {
            copy.remove("src/migration/shared/m0004_client_domain.rs");
            copy.without_lines("src/migration/shared.rs", &["m0004_client_domain"]);
            let model = "src/migration/shared/m0007_add_schema_name_and_domain_model.rs";
            let text = fs::read_to_string(copy.path(model)).unwrap();
            let (before, rest) =
                text.split_once("        manager\n            .get_connection()").unwrap();
            let (_, after) = rest.split_once(".await?;\n        Ok(())").unwrap();
            fs::write(copy.path(model), format!("{before}        Ok(()){after}")).unwrap();
        },
    },
    Mend {
        // "remove it: a set is a list, and has no branches to be joined"
        codes: &["SET005"],
        by: |copy| {
            copy.remove("src/migration/shared/m0005_merge.rs");
            copy.without_lines("src/migration/shared.rs", &["m0005_merge"]);
        },
    },
    Mend {
        // "number the later ones on if they are applied nowhere"
        codes: &["SET007"],
        by: |copy| {
            for (set, from, to) in [
                ("tenant", "m0006_create_note", "m0004_create_note"),
                ("shared", "m0007_add_schema_name_and_domain_model", "m0005_add_schema_name"),
            ] {
                let path = |name: &str| copy.path(&format!("src/migration/{set}/{name}.rs"));
                fs::rename(path(from), path(to)).unwrap();
                copy.replace(&format!("src/migration/{set}.rs"), from, to);
            }
        },
    },
    Mend {
        // "remove the column: the strategy adds it where it is needed"
        codes: &["SET014"],
        by: |copy| {
            copy.without_lines("src/migration/tenant/m0004_create_note.rs", &["TenantId"]);
        },
    },
    Mend {
        // "remove these settings …"
        codes: &["LFT001"],
        by: |copy| copy.remove("legacy/settings.py"),
    },
];

#[test]
fn following_the_hints_leads_to_a_clean_check() {
    let copy = Copy::new();
    for mend in MENDS {
        let before = copy.found();
        for code in mend.codes {
            assert!(before.contains_key(*code), "{code} is not found: {before:?}");
        }
        (mend.by)(&copy);
        let after = copy.found();
        for code in mend.codes {
            assert!(!after.contains_key(*code), "{code} stays: {}", copy.check(&[]));
        }
    }
    let ended = copy.check(&[]);
    assert_eq!(ended.to_string(), "exit 0\n--- stdout\n--- stderr\nnothing found\n");
}
