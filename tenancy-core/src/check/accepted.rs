//! Findings that are accepted: silenced by code, each with a reason.

use serde::Serialize;

use super::{CheckDescription, Finding, Findings, Source, unmatched_silence};
use crate::config::{Silence, Sourced};

/// A finding that is accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Accepted {
    /// What was found.
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// Where it is accepted.
    pub source: Source,
}

/// What remains to be mended, and what is accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judged {
    /// The findings that nobody accepts, with those about the silences themselves.
    pub findings: Findings,
    /// The findings that are accepted.
    pub accepted: Vec<Accepted>,
}

/// Takes out the findings that are silenced, and reports each silence that has none.
///
/// `known` are all checks there are, and `has_run` says which of them were run: of one that was not,
/// such as a check of the database where there is none, a silence cannot be judged.
///
/// # Example
///
/// ```
/// use tenancy_core::{
///     check::{CHECKS, Finding, explain, judge},
///     config::Inspection,
/// };
///
/// # fn show(inspection: &Inspection) {
/// let check = explain("SET007").expect("a check of this crate");
/// let findings = vec![Finding::new(check, "no migration has the number 0003")].into();
/// let judged = judge(findings, &inspection.silences(), CHECKS, |_| true);
/// for accepted in &judged.accepted {
///     println!("accepted, because {}", accepted.reason);
/// }
/// # }
/// ```
#[must_use]
pub fn judge(
    findings: Findings,
    silences: &[Sourced<Silence>],
    known: &[&CheckDescription],
    has_run: impl Fn(&CheckDescription) -> bool,
) -> Judged {
    let mut judged = Judged::default();
    for finding in findings {
        match silences.iter().find(|silence| silence.value.code == finding.code) {
            Some(silence) => judged.accepted.push(Accepted {
                finding,
                reason: silence.value.reason.clone(),
                source: silence.source.clone(),
            }),
            None => judged.findings.push(finding),
        }
    }
    for (at, silence) in silences.iter().enumerate() {
        let (code, source) = (silence.value.code.as_str(), silence.source.clone());
        let is_matched = silences[..at].iter().all(|earlier| earlier.value.code != code)
            && judged.accepted.iter().any(|accepted| accepted.finding.code == code);
        match known.iter().find(|check| check.code == code) {
            None => {
                let codes: Vec<&str> = known.iter().map(|check| check.code).collect();
                judged.findings.push(unmatched_silence::unknown(code, &codes, source));
            }
            Some(check) if !is_matched && has_run(check) => {
                judged.findings.push(unmatched_silence::nothing_found(code, source));
            }
            Some(_) => {}
        }
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{CHECKS, explain};

    fn silence(code: &str, line: usize) -> Sourced<Silence> {
        let silence = Silence { code: code.to_owned(), reason: "being moved".to_owned() };
        Sourced::new(silence, Source::line("tenancy.toml", line))
    }

    fn found(codes: &[&str]) -> Findings {
        let finding =
            |code: &&str| Finding::new(explain(code).unwrap(), format!("{code} is there"));
        codes.iter().map(finding).collect()
    }

    fn codes(findings: &Findings) -> Vec<&str> {
        findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_silenced_finding_is_taken_out_with_its_reason() {
        let silences = [silence("SET007", 3)];
        let judged = judge(found(&["SET003", "SET007"]), &silences, CHECKS, |_| true);
        assert_eq!(codes(&judged.findings), ["SET003"]);
        assert_eq!(judged.accepted[0].reason, "being moved");
        assert_eq!(judged.accepted[0].source, Source::line("tenancy.toml", 3));
    }

    #[test]
    fn a_silence_without_a_finding_is_one() {
        let silences = [silence("SET007", 3)];
        let judged = judge(found(&[]), &silences, CHECKS, |_| true);
        assert_eq!(codes(&judged.findings), ["CFG019"]);
        let judged = judge(found(&[]), &silences, CHECKS, |_| false);
        assert!(judged.findings.is_empty(), "the check has not run");
    }

    #[test]
    fn a_silence_of_no_check_is_reported_with_the_nearest_code() {
        let judged = judge(found(&[]), &[silence("SEX007", 3)], CHECKS, |_| true);
        let hint = judged.findings.iter().next().unwrap().hint.clone().unwrap();
        assert!(hint.contains("`SET007`"), "{hint}");
    }

    #[test]
    fn a_code_that_is_silenced_twice_is_reported_once() {
        let silences = [silence("SET007", 3), silence("SET007", 4)];
        let judged = judge(found(&["SET007"]), &silences, CHECKS, |_| true);
        assert_eq!(codes(&judged.findings), ["CFG019"]);
        let source = judged.findings.iter().next().unwrap().source.clone();
        assert_eq!(source, Some(Source::line("tenancy.toml", 4)));
    }
}
