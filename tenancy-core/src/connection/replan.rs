//! Statements whose prepared form has outlived the tables it was prepared for.
//!
//! PostgreSQL refuses to run a prepared statement whose result has changed its type, such as after
//! a migration, and goes on refusing it for as long as the connection lives. A text that differs in
//! white space is another statement to the driver, and is prepared anew.

use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::{DbErr, Statement};

/// How many forms of a text there are before the first is used again; by then the connections that
/// hold its old form have most likely ended, and if not, it is refused once more and the next form
/// is used.
const FORMS: usize = 16;

/// Which form of their texts statements are sent in.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    epoch: AtomicUsize,
}

impl Plans {
    /// Gives a statement its present form; before the first refusal that is the text itself.
    pub(crate) fn form(&self, mut statement: Statement) -> (Statement, usize) {
        let epoch = self.epoch.load(Ordering::Acquire);
        let spaces = epoch % FORMS;
        statement.sql.extend(std::iter::repeat_n(' ', spaces));
        (statement, epoch)
    }

    /// Goes on to the next form, unless another statement has done so since `epoch`.
    pub(crate) fn outlived(&self, epoch: usize) {
        let next = epoch.wrapping_add(1);
        // Whether this or another one wins, the form is a new one.
        let _ = self.epoch.compare_exchange(epoch, next, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// Whether the server refused a prepared statement because its result has changed its type.
#[cfg(feature = "postgres")]
pub(crate) fn is_outlived(error: &DbErr) -> bool {
    use sea_orm::{RuntimeErr, sqlx::postgres::PgDatabaseError};

    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let server = error.as_database_error().and_then(|e| e.try_downcast_ref::<PgDatabaseError>());
    // The code alone (feature_not_supported) says too little; the routine is where the server
    // raises it, whatever language its messages are in.
    server.is_some_and(|e| e.code() == "0A000" && e.routine() == Some("RevalidateCachedQuery"))
}

/// Whether the server refused a prepared statement because its result has changed its type.
#[cfg(not(feature = "postgres"))]
pub(crate) fn is_outlived(_error: &DbErr) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;

    #[test]
    fn a_refused_form_is_left_once() {
        let plans = Plans::default();
        let select = || Statement::from_string(DbBackend::Postgres, "SELECT 1");
        let (first, epoch) = plans.form(select());
        assert_eq!(first.sql, "SELECT 1");
        plans.outlived(epoch);
        plans.outlived(epoch);
        assert_eq!(plans.form(select()).0.sql, "SELECT 1 ");
    }
}
