//! `tenancy db`: the database itself.

use tenancy_core::roles::Roles;

use super::Context;
use crate::{args::DbCommand, error::Result, output::Answer};

pub(crate) async fn run(context: &Context<'_>, command: DbCommand) -> Result<Answer> {
    match command {
        DbCommand::Roles { what } => {
            let config = context.config()?;
            let strategy = context.app.strategy(&config)?;
            let roles = Roles::read(&config, strategy.as_ref()).await?;
            if what.apply {
                roles.apply().await?;
                let count = roles.statements().len();
                let note = format!("the roles have their rights ({count} statements)");
                return Ok(Answer::Done { note });
            }
            let script: String =
                roles.statements().iter().map(|statement| format!("{statement};\n")).collect();
            Ok(Answer::Text(script.into_bytes()))
        }
    }
}
