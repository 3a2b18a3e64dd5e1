//! `tenancy check --format sarif`: what code scanning needs of it.

use std::fs;

use serde_json::Value;
use snapbox::str;
use tempfile::tempdir;

use crate::program::tenancy;

const VARIABLES: [(&str, &str); 2] = [
    ("DATABASE_URL", "postgres://app:s3cret@db.example.com/notes"),
    ("TENANCY_STRATEGY", "schema-per-tenant"),
];

fn log(file: &str) -> Value {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("tenancy.toml"), file).unwrap();
    let ended = tenancy(folder.path(), &VARIABLES, &["check", "--format", "sarif"]);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// What the format and code scanning demand of every result.
#[track_caller]
pub(crate) fn is_valid(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(run["tool"]["driver"]["name"], "tenancy");
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{rule}");
        }
        let level = &rule["defaultConfiguration"]["level"];
        assert!(level == "error" || level == "warning", "{rule}");
    }
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"], "{result}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty(), "{result}");
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.is_empty() && !uri.starts_with('/') && !uri.contains('\\'), "{result}");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1, "{result}");
    }
}

#[test]
fn findings_without_a_file_stand_where_they_could_be_written() {
    let log = log("strategy = \"shared-schema\"\n");
    is_valid(&log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "CFG009");
    assert_eq!(result["level"], "error");
    assert!(result["message"]["text"].as_str().unwrap().contains("\nHint: name the strategy"));
    let place = &result["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "tenancy.toml");
    let name = &place["logicalLocations"][0]["fullyQualifiedName"];
    assert_eq!(name, "environment variable `TENANCY_STRATEGY`");
    let related = &result["relatedLocations"][0];
    assert_eq!(related["message"]["text"], "tenancy.toml:1");
}

#[test]
fn accepted_findings_are_suppressed_with_their_reason() {
    let silence = "[checks]\nsilence = [{ code = \"APP001\", reason = \"deployed here\" }]\n";
    let log = log(silence);
    is_valid(&log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "APP001");
    assert_eq!(result["suppressions"][0]["justification"], "deployed here");
    assert_eq!(result["suppressions"][0]["kind"], "external");
}

#[test]
fn only_findings_are_sarif() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &[], &["explain", "--format", "sarif"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI109]: only `check` has findings that SARIF can hold
  hint: use `--format json`, or `tenancy check --format sarif`

"#]]);
}
