//! Findings in SARIF 2.1.0, as code scanning takes them.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
};

use serde_json::{Value, json};
use tenancy_core::{
    check::{CheckDescription, Finding, Judged, Severity, Source},
    config::StrategyKeys,
};

use super::Answer;
use crate::{check, terminal::Stream};

/// Code scanning drops what has no file: the place of a variable or a flag is where it could as well
/// be written.
const USUAL_FILE: &str = "tenancy.toml";

/// Writes findings; other answers are refused before they are made.
pub(super) fn answer(
    stdout: &mut Stream,
    answer: &Answer,
    known: &[StrategyKeys],
) -> io::Result<()> {
    let Answer::Findings(judged) = answer else { return Ok(()) };
    serde_json::to_writer_pretty(&mut stdout.writer, &log(judged, known))?;
    writeln!(stdout.writer)
}

fn log(judged: &Judged, known: &[StrategyKeys]) -> Value {
    let rules = check::all(known);
    let index = |code: &str| rules.iter().position(|rule| rule.code == code);
    let open = judged.findings.iter().map(|finding| result(finding, index(finding.code)));
    let accepted = judged.accepted.iter().map(|accepted| {
        let mut result = result(&accepted.finding, index(accepted.finding.code));
        result["suppressions"] = json!([{
            "kind": "external",
            "justification": accepted.reason,
            "location": location(Some(&accepted.source)),
        }]);
        result
    });
    let results: Vec<Value> = open.chain(accepted).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tenancy",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().copied().map(rule).collect::<Vec<Value>>(),
            }},
            "originalUriBaseIds": { "SRCROOT": {
                "description": { "text": "the folder that was checked" },
            }},
            "results": results,
        }],
    })
}

fn rule(check: &CheckDescription) -> Value {
    let finds = check.explain.split("## ").nth(1).and_then(|section| section.split_once("\n\n"));
    let finds = finds.map_or(check.name, |(_, text)| text.trim());
    json!({
        "id": check.code,
        "name": check.name,
        "shortDescription": { "text": check.name.replace('-', " ") },
        "fullDescription": { "text": finds },
        "help": { "text": check.explain.trim_end(), "markdown": check.explain.trim_end() },
        "defaultConfiguration": { "level": level(check.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(finding: &Finding, rule: Option<usize>) -> Value {
    let text = match &finding.hint {
        Some(hint) => format!("{}\nHint: {hint}", finding.message),
        None => finding.message.clone(),
    };
    let related = (1..).zip(&finding.related).map(|(id, source)| {
        let mut related = location(Some(source));
        related["id"] = json!(id);
        related["message"] = json!({ "text": source.to_string() });
        related
    });
    let mut result = json!({
        "ruleId": finding.code,
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [location(finding.source.as_ref())],
        "relatedLocations": related.collect::<Vec<Value>>(),
    });
    if let Some(rule) = rule {
        result["ruleIndex"] = json!(rule);
    }
    result
}

fn location(source: Option<&Source>) -> Value {
    let (path, line) = match source {
        Some(Source::File { path, line }) => (path.as_path(), *line),
        Some(Source::Code(place)) => (Path::new(place.file()), usize::try_from(place.line()).ok()),
        _ => {
            let physical = physical(Path::new(USUAL_FILE), None);
            let Some(source) = source else { return json!({ "physicalLocation": physical }) };
            let name = json!([{ "fullyQualifiedName": source.to_string() }]);
            return json!({ "physicalLocation": physical, "logicalLocations": name });
        }
    };
    json!({ "physicalLocation": physical(path, line) })
}

fn physical(path: &Path, line: Option<usize>) -> Value {
    let uri = uri(path);
    let artifact = if path.is_absolute() {
        json!({ "uri": format!("file://{uri}") })
    } else {
        json!({ "uri": uri, "uriBaseId": "SRCROOT" })
    };
    json!({ "artifactLocation": artifact, "region": { "startLine": line.unwrap_or(1) } })
}

/// A path with `/` between its parts, and everything escaped that a URI may not hold.
fn uri(path: &Path) -> String {
    let mut uri = String::new();
    for byte in path.to_string_lossy().replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri(Path::new("a b/ü.rs")), "a%20b/%C3%BC.rs");
        let absolute = physical(Path::new("/etc/tenancy.toml"), Some(3));
        assert_eq!(absolute["artifactLocation"]["uri"], "file:///etc/tenancy.toml");
        assert_eq!(absolute["region"]["startLine"], 3);
    }

    #[test]
    fn what_has_no_file_has_a_place_all_the_same() {
        let place = location(Some(&Source::env("TENANCY_STRATEGY")));
        assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], USUAL_FILE);
        let name = &place["logicalLocations"][0]["fullyQualifiedName"];
        assert_eq!(name, "environment variable `TENANCY_STRATEGY`");
    }
}
