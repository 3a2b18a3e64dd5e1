//! `tenancy config`: every value with its source, and no secret.

use super::Context;
use crate::{args::ConfigCommand, error::Result, output::Answer};

pub(crate) fn run(context: &Context<'_>, command: &ConfigCommand) -> Result<Answer> {
    match command {
        ConfigCommand::Show => {
            let inspection = context.loader().inspect();
            let findings = inspection.findings().len();
            Ok(Answer::Values { values: inspection.values().to_vec(), findings })
        }
    }
}
