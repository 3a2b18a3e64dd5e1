//! `saas operator …`: who may work in the console is said here, by whoever reaches the database.

use std::io::{self, BufRead, Write};

use tenancy_core::Tenancy;

use crate::{
    accounts::{AccountError, Accounts, NewUser},
    args::OperatorCommand,
    failure::Failure,
};

pub(crate) async fn run(tenancy: &Tenancy, command: &OperatorCommand) -> Result<(), Failure> {
    let accounts = Accounts::open(tenancy).await?;
    match command {
        OperatorCommand::Add { email, name } => {
            let known = accounts.user_of_email(email).await.map_err(Failure::Account)?;
            let user = match known {
                Some(user) => user,
                None => add(&accounts, email, name).await.map_err(Failure::Account)?,
            };
            accounts.set_operator(user.id, true).await.map_err(Failure::Account)?;
            say(&format!("{} may work in the console", user.email))
        }
        OperatorCommand::Remove { email } => {
            let known = accounts.user_of_email(email).await.map_err(Failure::Account)?;
            let user = known.ok_or(Failure::NoAccount)?;
            accounts.set_operator(user.id, false).await.map_err(Failure::Account)?;
            say(&format!("{} may no longer work in the console", user.email))
        }
    }
}

async fn add(
    accounts: &Accounts,
    email: &str,
    name: &str,
) -> Result<crate::entity::user::Model, AccountError> {
    let mut password = String::new();
    // Without a line the password is too short, which is said.
    let _ = io::stdin().lock().read_line(&mut password);
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    accounts.add_user(&NewUser { name: name.to_owned(), email: email.to_owned(), password }).await
}

fn say(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}").map_err(Failure::Serve)
}
