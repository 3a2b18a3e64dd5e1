//! `tenancy run`: a program for each of some tenants, which the environment tells it.

use std::{
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
};

use tenancy_core::Tenant;

use super::{Context, each};
use crate::{
    args::RunArgs,
    error::{Error, Result},
    output::{Answer, Answered, EachAnswer, Ran},
    status::Status,
};

pub(crate) async fn run(context: &Context<'_>, args: &RunArgs) -> Result<(Answer, Status)> {
    let tenancy = context.tenancy().await?;
    let tenants = each::tenants(&tenancy, &args.each).await?;
    let progress = context.output.progress_of("running", tenants.len());
    let pending = Mutex::new(tenants.into_iter().enumerate());
    let answers = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..args.each.jobs {
            scope.spawn(|| {
                loop {
                    let next = pending.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((at, tenant)) = next else { break };
                    let answer = one(&tenant, args);
                    progress.step(&tenant.slug);
                    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                    answers.push((at, answer));
                }
            });
        }
    });
    progress.finish();
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(at, _)| *at);
    let answers: Vec<EachAnswer> = answers.into_iter().map(|(_, answer)| answer).collect();
    let status = each::status(&answers);
    Ok((Answer::Each(answers), status))
}

fn one(tenant: &Tenant, args: &RunArgs) -> EachAnswer {
    EachAnswer::new(tenant, program(tenant, args))
}

fn program(tenant: &Tenant, args: &RunArgs) -> Result<Answered> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Error::NobodyMatches);
    };
    let ended = Command::new(program)
        .args(arguments)
        .env("TENANCY_TENANT", tenant.slug.as_str())
        .env("TENANCY_TENANT_ID", tenant.id.to_string())
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::Program { program: program.display().to_string(), source })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Answered::Ran(Ran {
        exit: ended.status.code(),
        stdout: text(&ended.stdout),
        stderr: text(&ended.stderr),
    }))
}
