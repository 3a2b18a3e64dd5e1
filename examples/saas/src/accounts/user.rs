//! Users: adding them, finding them, and knowing them by their passwords.

use std::collections::HashMap;

use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set, SqlErr, sea_query::Expr,
};
use uuid::Uuid;

use super::{AccountError, Accounts, password};
use crate::{
    entity::{User, user},
    invalid::{Invalid, is_email},
};

/// The shortest password.
const SHORTEST: usize = 10;

/// The longest, so that nobody makes the server hash a book.
const LONGEST: usize = 200;

/// What one says who signs in and is not known.
const UNKNOWN: &str = "There is no account with this address and password.";

/// A user to add.
#[derive(Clone)]
pub(crate) struct NewUser {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password: String,
}

impl NewUser {
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::default();
        invalid.check_text("your_name", &self.name, 120);
        invalid.check_text("email", &self.email, 254);
        if !is_email(self.email.trim()) {
            invalid.add("email", "This is no email address.");
        }
        let length = self.password.chars().count();
        if !(SHORTEST..=LONGEST).contains(&length) {
            let detail = format!("Between {SHORTEST} and {LONGEST} characters, please.");
            invalid.add("password", detail);
        }
        invalid.into_result()
    }
}

fn plain(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Accounts {
    pub(crate) async fn add_user(&self, new: &NewUser) -> Result<user::Model, AccountError> {
        new.check()?;
        let user = user::ActiveModel {
            id: Set(Uuid::now_v7()),
            email: Set(plain(&new.email)),
            name: Set(new.name.trim().to_owned()),
            password_hash: Set(password::hash(&new.password).await?),
            is_operator: Set(false),
            created_at: Set(Utc::now()),
        };
        user.insert(&self.database).await.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                let detail = "There is an account with this address; sign in with it.";
                Invalid::of("email", detail).into()
            }
            _ => error.into(),
        })
    }

    /// The user of an address and a password.
    ///
    /// # Errors
    /// [`AccountError::Invalid`], the same for an address that is unknown and a password that is
    /// wrong.
    pub(crate) async fn known_user(
        &self,
        email: &str,
        password: &str,
    ) -> Result<user::Model, AccountError> {
        let found = self.user_of_email(email).await?;
        let hash = found.as_ref().map(|user| user.password_hash.as_str());
        // What is too long to have been accepted is not hashed either.
        let is_long = password.chars().count() > LONGEST;
        let password = if is_long { "" } else { password };
        match (password::is_right(password, hash).await?, found) {
            (true, Some(user)) => Ok(user),
            _ => Err(Invalid::of("password", UNKNOWN).into()),
        }
    }

    pub(crate) async fn user_of_email(
        &self,
        email: &str,
    ) -> Result<Option<user::Model>, AccountError> {
        let of_email = User::find().filter(user::Column::Email.eq(plain(email)));
        Ok(of_email.one(&self.database).await?)
    }

    /// The users of these ids, by id. Text that is no id belongs to nobody.
    pub(crate) async fn users(
        &self,
        ids: impl Iterator<Item = &str>,
    ) -> Result<HashMap<String, user::Model>, AccountError> {
        let ids: Vec<Uuid> = ids.filter_map(|id| id.parse().ok()).collect();
        let users = User::find().filter(user::Column::Id.is_in(ids)).all(&self.database).await?;
        Ok(users.into_iter().map(|user| (user.id.to_string(), user)).collect())
    }

    /// Opens the console to a user, or closes it.
    pub(crate) async fn set_operator(&self, id: Uuid, is: bool) -> Result<(), AccountError> {
        User::update_many()
            .col_expr(user::Column::IsOperator, Expr::value(is))
            .filter(user::Column::Id.eq(id))
            .exec(&self.database)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_need_an_address_and_a_password_of_some_length() {
        let check = |email: &str, password: &str| {
            let (email, password) = (email.to_owned(), password.to_owned());
            NewUser { name: "Ada".to_owned(), email, password }.check()
        };
        assert_eq!(check("ada@example.com", "ten letters"), Ok(()));
        let invalid = check("ada", "short").unwrap_err();
        assert!(invalid.detail("email").is_some() && invalid.detail("password").is_some());
        assert!(check("ada@example.com", &"x".repeat(201)).is_err());
    }
}
