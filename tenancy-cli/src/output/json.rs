//! Answers for programs: an object a line, under the field names of the types.

use std::{
    error::Error as StdError,
    io::{self, Write as _},
};

use serde::Serialize;
use serde_json::{Value, json};
use tenancy_core::migrate::{MigrationStatus, Outcome, TenantOutcome};

use super::{Answer, Answered, EachAnswer, RunReport};
use crate::{error::Error, terminal::Stream};

/// Writes an answer.
pub(super) fn answer(stdout: &mut Stream, stderr: &mut Stream, answer: &Answer) -> io::Result<()> {
    match answer {
        Answer::Findings(judged) => lines(stdout, &judged.findings),
        Answer::Checks(checks) => lines(stdout, checks),
        Answer::Explanation(check) => line(stdout, check),
        Answer::Values { values, findings: _ } => lines(stdout, values),
        Answer::Report(report) => line(stdout, &report_value(report)),
        Answer::MigrationPlan(plan) => line(stdout, plan),
        Answer::Seeds(report) => line(stdout, report),
        Answer::EntityDrift(drift) => lines(stdout, drift),
        Answer::Verification(verification) => line(stdout, verification),
        Answer::MigrationRuns(runs) => lines(stdout, runs),
        Answer::MigrationStatus(status) => line(stdout, &status_value(status)),
        Answer::Tenants(tenants) => lines(stdout, tenants),
        Answer::Tenant(page) => line(stdout, page),
        Answer::Adopted(adoption) => line(stdout, adoption),
        Answer::Duplicated { from: _, duplicate } => line(stdout, duplicate),
        Answer::Orphans(places) => {
            lines(stdout, places.iter().map(|place| json!({ "place": place.as_str() })))
        }
        Answer::Changed { note: _, tenant } => line(stdout, tenant),
        Answer::Domains(domains) => lines(stdout, domains),
        Answer::Members(members) => lines(stdout, members),
        Answer::Invitations(invitations) => lines(stdout, invitations),
        Answer::Invited { slug: _, invitation, token } => {
            line(stdout, &json!({ "invitation": invitation, "token": token.reveal() }))
        }
        Answer::Scoped { slug, statement } => {
            line(stdout, &json!({ "tenant": slug, "statement": statement }))
        }
        Answer::Refused { slug, refusal } => {
            let refusal = error_value(refusal.code(), refusal, refusal.hint());
            line(stdout, &json!({ "tenant": slug, "refusal": refusal }))
        }
        Answer::Each(answers) => lines(stdout, answers.iter().map(each_value)),
        Answer::Written(written) => line(stdout, written),
        Answer::Done { note } => line(stderr, &json!({ "note": note })),
        Answer::Text(text) => stdout.writer.write_all(text),
    }
}

/// Writes why a command could not be done.
pub(super) fn error(stderr: &mut Stream, error: &Error) -> io::Result<()> {
    if let Error::Core(
        tenancy_core::Error::Configuration(findings)
        | tenancy_core::Error::UnsoundDatabase(findings),
    ) = error
    {
        return lines(stderr, findings);
    }
    line(stderr, &json!({ "error": error_value(error.code(), error, error.hint()) }))
}

fn line(stream: &mut Stream, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut stream.writer, value)?;
    writeln!(stream.writer)
}

fn lines<T: Serialize>(stream: &mut Stream, values: impl IntoIterator<Item = T>) -> io::Result<()> {
    values.into_iter().try_for_each(|value| line(stream, &value))
}

fn error_value(code: &str, error: &dyn StdError, hint: Option<&str>) -> Value {
    let sources: Vec<String> = super::human::sources(error);
    json!({ "code": code, "message": error.to_string(), "sources": sources, "hint": hint })
}

fn each_value(of: &EachAnswer) -> Value {
    let mut value = match &of.answer {
        Ok(Answered::Rows(rows)) => json!({ "rows": rows.rows }),
        Ok(Answered::Changed(rows)) => json!({ "changed": rows }),
        Ok(Answered::Ran(ran)) => json!(ran),
        Err(error) => json!({ "error": error_value(error.code(), error, error.hint()) }),
    };
    value["tenant"] = of.slug.as_str().into();
    value
}

fn report_value(run: &RunReport) -> Value {
    let tenants: Vec<Value> = run.report.tenants.iter().map(outcome_value).collect();
    json!({
        "run": run.report.run,
        "ahead": run.report.ahead,
        "shared": run.report.shared,
        "tenants": tenants,
        "summary": run.summary,
    })
}

fn outcome_value(of: &TenantOutcome) -> Value {
    let tenant = &of.tenant;
    match &of.outcome {
        Outcome::Failed { error } => {
            let error = error_value(error.code(), error, error.hint());
            json!({ "tenant": tenant, "result": "failed", "error": error })
        }
        Outcome::Migrated { applied } => {
            json!({ "tenant": tenant, "result": "migrated", "applied": applied })
        }
        Outcome::UpToDate => json!({ "tenant": tenant, "result": "up-to-date" }),
        Outcome::RolledBack { taken_back } => {
            json!({ "tenant": tenant, "result": "rolled-back", "taken_back": taken_back })
        }
        Outcome::Ahead { head } => json!({ "tenant": tenant, "result": "ahead", "head": head }),
        Outcome::Skipped => json!({ "tenant": tenant, "result": "skipped" }),
    }
}

fn status_value(status: &MigrationStatus) -> Value {
    let shared: Vec<Value> = status
        .shared
        .iter()
        .map(|(migration, applied)| json!({ "migration": migration, "applied": applied }))
        .collect();
    json!({ "shared": shared, "tenant": status.tenant, "tenants": status.tenants })
}
