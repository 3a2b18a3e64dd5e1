//! `tenancy explain`: what a check finds, why it is wrong, and how to fix it.

use tenancy_core::check::{CHECKS, explain};

use crate::{
    error::{Error, Result},
    output::Answer,
};

pub(crate) fn run(code: Option<&str>) -> Result<Answer> {
    let Some(code) = code else { return Ok(Answer::Checks(CHECKS)) };
    let check = explain(code).ok_or_else(|| Error::UnknownCode { code: code.to_owned() })?;
    Ok(Answer::Explanation(check))
}
