//! APP003 `undetermined-code`: what the code does cannot be told from its source.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{
    Check, Subject,
    app::{
        choice::{self, Decision},
        own_connection,
    },
    source::RustFile,
};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP003",
        name: "undetermined-code",
        severity: Severity::Warning,
        kind: CheckKind::Static,
        explain: "\
## What it finds

Code that concerns tenancy and cannot be followed without being compiled: a strategy that a condition
of unknown origin decides, a program that constructs none where it can be seen, a macro that holds more
than expressions, a file that is included, a folder beside the sources that cannot be read.

## Why it is wrong

It need not be wrong. But what the other checks look for may stand there unseen, and their silence would
read as if it did not.

## How to fix it

Write it so that it can be followed: choose the strategy by `config.strategy()` in one place, and call
functions outside of macros. Else look at the place, and silence this code with what was seen.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = strategy(subject).into_iter().collect();
    for file in &subject.sources.files {
        findings.extend(in_macros(subject, file));
    }
    findings.extend(subject.sources.unseen.iter().map(|unseen| {
        cannot_tell("whether another framework is set up there", &unseen.reason)
            .at(unseen.source())
            .with_hint("make it readable, or silence this code if it holds no settings")
    }));
    findings
}

fn cannot_tell(what: &str, because: &str) -> Finding {
    Finding::new(&CHECK.description, format!("cannot tell {what}, because {because}"))
}

/// Reports that the look at the sources itself has failed.
pub(in crate::check) fn not_looked_at() -> Finding {
    let mut finding = cannot_tell("what the code does", "the check itself has failed on it")
        .with_hint("report it with the message above; until then nothing is known of the sources");
    finding.severity = Severity::Error;
    finding
}

/// Whether it can be told which strategy the program runs.
fn strategy(subject: &Subject<'_>) -> Option<Finding> {
    let what = "which strategy the code runs";
    let all = choice::constructions(subject);
    let configured = subject.strategy()?.value;
    if all.is_empty() {
        let connect = subject.sources.files.iter().find_map(|file| {
            let is_connect =
                |path: &[String]| path.ends_with(&["Tenancy".into(), "connect".into()]);
            let (_, line) = file.facts.paths.iter().find(|(path, _)| is_connect(path))?;
            Some(file.line(*line))
        })?;
        let because = "none is constructed where it can be seen";
        return Some(cannot_tell(what, because).at(connect).with_hint(
            "construct it beside `Tenancy::connect`; a start with another one is refused anyway",
        ));
    }
    let unclear = all.iter().find(|construction| match &construction.decision {
        Decision::Unclear => choice::is_mixed(&all) || construction.strategy.name != configured,
        Decision::Other(_) => !choice::is_mixed(&all) && construction.strategy.name != configured,
        Decision::Always | Decision::Configuration => false,
    })?;
    let because = "the condition does not show where it comes from";
    let hint = "decide by `config.strategy()` in the function that constructs the strategy";
    Some(cannot_tell(what, because).at(unclear.source.clone()).with_hint(hint))
}

fn in_macros(subject: &Subject<'_>, file: &RustFile) -> Vec<Finding> {
    let strategies = subject.strategies();
    let mut findings = Vec::new();
    for closed in &file.facts.closed {
        let mentions = |owner: &str| {
            let call = format!("{owner}::");
            closed.words.split(&call).skip(1).any(|behind| behind.starts_with(char::is_lowercase))
        };
        let strategy = strategies.iter().map(|s| s.type_name.as_str()).find(|name| mentions(name));
        let opener = own_connection::OPENERS.iter().map(|(owner, _)| *owner).find(|o| mentions(o));
        let because = match (closed.name.as_str(), strategy.or(opener)) {
            ("include", _) => "it comes from a file that is included".to_owned(),
            ("format" | "stringify" | "macro_rules", None) | (_, None) => continue,
            (_, Some(name)) => {
                format!("the macro `{}!` is not opened: it names `{name}`", closed.name)
            }
        };
        findings.push(
            cannot_tell("what this does", &because)
                .at(file.line(closed.line))
                .with_hint("call the function outside of the macro, or silence this code"),
        );
    }
    findings
}
