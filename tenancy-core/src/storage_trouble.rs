//! What is wrong where the rows lie: [`StorageTrouble`], read from what SeaORM returns.

use sea_orm::DbErr;

use crate::{error::Error, migrate::retry};

/// What is wrong with the storage of a database, as against with a statement: the same statement
/// succeeds when that has been mended.
///
/// ```
/// use sea_orm::DbErr;
/// use tenancy_core::StorageTrouble;
///
/// # fn told(error: &DbErr) -> &'static str {
/// match StorageTrouble::of(error) {
///     Some(StorageTrouble::Busy) => "somebody else is writing; try again",
///     Some(trouble) => trouble.hint(),
///     None => "the statement itself is at fault",
/// }
/// # }
/// # assert!(told(&DbErr::Custom(String::new())).contains("itself"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StorageTrouble {
    /// There is no room for more (SQLite's `SQLITE_FULL`, PostgreSQL's `disk_full`).
    #[error("there is no room for more")]
    Full,
    /// Others hold what is needed, and did so for as long as was waited (`SQLITE_BUSY` and
    /// `SQLITE_LOCKED`; `lock_not_available`; MySQL's lock wait timeout).
    #[error("others hold what is needed")]
    Busy,
    /// The file, its folder or its file system takes no writes (`SQLITE_READONLY`).
    #[error("nothing can be written there")]
    ReadOnly,
    /// The operating system failed to read or write (`SQLITE_IOERR`; `io_error`).
    #[error("the operating system fails to read or write")]
    Failing,
    /// What lies there is damaged, or is no database (`SQLITE_CORRUPT` and `SQLITE_NOTADB`;
    /// `data_corrupted` and `index_corrupted`).
    #[error("what lies there is damaged")]
    Corrupt,
}

/// `SQLITE_IOERR_SHMSIZE`.
const IOERR_SHMSIZE: u32 = 4874;

impl StorageTrouble {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Full, Self::Busy, Self::ReadOnly, Self::Failing, Self::Corrupt];

    /// What an error that came through SeaORM says about the storage; `None` of one that says nothing
    /// about it.
    #[must_use]
    pub fn of(error: &DbErr) -> Option<Self> {
        match Error::from_db_err(error) {
            Some(ours) => Self::of_error(ours),
            None => match retry::number(error) {
                Some(number) => Self::of_number(number),
                None => Self::of_code(&retry::code(error)?),
            },
        }
    }

    /// The same of an error of the framework's.
    #[must_use]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only these carry what the database said, and a new one that does is told by its code"
    )]
    pub fn of_error(error: &Error) -> Option<Self> {
        match error {
            Error::Database { source, .. }
            | Error::MigrationFailed { source, .. }
            | Error::SeedFailed { source, .. }
            | Error::HookFailed { source, .. } => Self::of(source),
            _ => None,
        }
    }

    /// SQLite's codes are numbers, whose lowest byte is the one that was not extended
    /// (<https://www.sqlite.org/rescode.html>); PostgreSQL's have five characters
    /// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    fn of_code(code: &str) -> Option<Self> {
        if code.len() == 5 {
            return match code {
                "53100" => Some(Self::Full),
                "55P03" => Some(Self::Busy),
                "58030" => Some(Self::Failing),
                "XX001" | "XX002" => Some(Self::Corrupt),
                _ => None,
            };
        }
        let code = code.parse::<u32>().ok()?;
        // A full disk as a file is met that was closed: the index of its log could not be begun.
        if code == IOERR_SHMSIZE {
            return Some(Self::Full);
        }
        match code & 0xff {
            5 | 6 => Some(Self::Busy),
            8 => Some(Self::ReadOnly),
            10 => Some(Self::Failing),
            11 | 26 => Some(Self::Corrupt),
            13 => Some(Self::Full),
            _ => None,
        }
    }

    /// Numbers of MariaDB and MySQL
    /// (<https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>).
    fn of_number(number: u16) -> Option<Self> {
        match number {
            1021 | 1114 => Some(Self::Full),
            1205 => Some(Self::Busy),
            1024 | 1026 => Some(Self::Failing),
            1034 | 1712 => Some(Self::Corrupt),
            _ => None,
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Full => "COR151",
            Self::Busy => "COR152",
            Self::ReadOnly => "COR153",
            Self::Failing => "COR154",
            Self::Corrupt => "COR155",
        }
    }

    /// What to do about it, in a line.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Full => {
                "make room on the disk, and do it again; what was being written is not there"
            }
            Self::Busy => {
                "somebody else is writing: try again, find who holds it, or wait longer \
                 (`database.busy_timeout_ms` on SQLite)"
            }
            Self::ReadOnly => {
                "let the application's user write to the file, to those beside it and to their folder"
            }
            Self::Failing => "see what the operating system says of the disk",
            Self::Corrupt => {
                "put a backup in its place (`tenancy tenant backup --help`), and keep what is damaged"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_told_apart_with_their_extensions() {
        for (code, trouble) in [
            ("13", Some(StorageTrouble::Full)),
            ("4874", Some(StorageTrouble::Full)), // SQLITE_IOERR_SHMSIZE
            ("53100", Some(StorageTrouble::Full)),
            ("5", Some(StorageTrouble::Busy)),
            ("6", Some(StorageTrouble::Busy)),
            ("261", Some(StorageTrouble::Busy)), // SQLITE_BUSY_RECOVERY
            ("517", Some(StorageTrouble::Busy)), // SQLITE_BUSY_SNAPSHOT
            ("55P03", Some(StorageTrouble::Busy)),
            ("8", Some(StorageTrouble::ReadOnly)),
            ("1032", Some(StorageTrouble::ReadOnly)), // SQLITE_READONLY_DBMOVED
            ("10", Some(StorageTrouble::Failing)),
            ("8458", Some(StorageTrouble::Failing)), // SQLITE_IOERR_CORRUPTFS
            ("58030", Some(StorageTrouble::Failing)),
            ("11", Some(StorageTrouble::Corrupt)),
            ("26", Some(StorageTrouble::Corrupt)),
            ("XX001", Some(StorageTrouble::Corrupt)),
            ("2067", None), // SQLITE_CONSTRAINT_UNIQUE
            ("1", None),
            ("23505", None),
            ("HY000", None),
            ("", None),
        ] {
            assert_eq!(StorageTrouble::of_code(code), trouble, "{code}");
        }
    }

    #[test]
    fn numbers_of_mysql_are_told_apart() {
        for (number, trouble) in [
            (1114, Some(StorageTrouble::Full)),    // ER_RECORD_FILE_FULL
            (1021, Some(StorageTrouble::Full)),    // ER_DISK_FULL
            (1205, Some(StorageTrouble::Busy)),    // ER_LOCK_WAIT_TIMEOUT
            (1026, Some(StorageTrouble::Failing)), // ER_ERROR_ON_WRITE
            (1712, Some(StorageTrouble::Corrupt)), // ER_INDEX_CORRUPT
            (1062, None),                          // ER_DUP_ENTRY
            (13, None),
        ] {
            assert_eq!(StorageTrouble::of_number(number), trouble, "{number}");
        }
    }

    #[test]
    fn each_has_a_code_of_its_own() {
        let codes: BTreeSet<&str> = StorageTrouble::ALL.iter().map(|of| of.code()).collect();
        assert_eq!(codes.len(), StorageTrouble::ALL.len());
        let errors = include_str!("error.rs");
        assert!(codes.iter().all(|code| !errors.contains(code)));
    }
}
