//! `tenancy explain`: what a check finds, why it is wrong, and how to fix it.

use tenancy_core::config::StrategyKeys;

use crate::{
    check,
    error::{Error, Result},
    output::Answer,
};

pub(crate) fn run(known: &[StrategyKeys], code: Option<&str>) -> Result<Answer> {
    let all = check::all(known);
    let Some(code) = code else { return Ok(Answer::Checks(all)) };
    let check = all.into_iter().find(|check| check.code.eq_ignore_ascii_case(code));
    let check = check.ok_or_else(|| Error::UnknownCode { code: code.to_owned() })?;
    Ok(Answer::Explanation(check))
}
