//! Which places there are: schemas of the database, or files in a folder.

use std::{collections::BTreeSet, fs, io, path::Path};

use tenancy_core::{Dialect, Error, Result, check::database::DatabaseSubject};

const SCHEMAS: &str = "SELECT nspname::text FROM pg_catalog.pg_namespace \
     WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%' ORDER BY 1";

/// The databases of MariaDB and MySQL but the system's.
const DATABASES: &str = "SELECT CONVERT(schema_name USING utf8mb4) FROM information_schema.schemata \
     WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') \
     ORDER BY 1";

/// The question for the names of all schemas, or of all databases of a server.
pub(crate) fn listing(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => SCHEMAS,
        Dialect::MySql => DATABASES,
    }
}

/// The names of all schemas but the system's, or of all tenants' files.
pub(super) async fn all(subject: &DatabaseSubject<'_>, folder: &Path) -> Result<BTreeSet<String>> {
    match subject.dialect() {
        Dialect::Sqlite => files(folder, ".db"),
        Dialect::Postgres | Dialect::MySql => {
            let rows = subject.rows(listing(subject.dialect()), []).await?;
            rows.iter().map(|row| subject.cell(row, 0)).collect()
        }
    }
}

/// The files of a folder that end so, without the end; none where there is no folder.
pub(crate) fn files(folder: &Path, end: &str) -> Result<BTreeSet<String>> {
    let failed = |error: io::Error| Error::File {
        doing: "reading the folder of the tenants",
        reason: error.to_string(),
    };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = BTreeSet::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        if let Some(name) = name.to_string_lossy().strip_suffix(end) {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

/// What a place is called.
pub(super) fn word(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "schema",
        Dialect::MySql => "database",
        Dialect::Sqlite => "file",
    }
}
