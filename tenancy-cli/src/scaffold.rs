//! The files of a new application: templates that are valid themselves, with their words replaced.

mod name;

use std::path::{Path, PathBuf};

pub(crate) use name::PackageName;

/// A strategy that an application can be made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    SharedSchema,
    SchemaPerTenant,
}

impl Strategy {
    pub(crate) const ALL: [Self; 2] = [Self::SharedSchema, Self::SchemaPerTenant];

    /// The name that the configuration gives it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SharedSchema => "shared-schema",
            Self::SchemaPerTenant => "schema-per-tenant",
        }
    }

    fn type_name(self) -> &'static str {
        match self {
            Self::SharedSchema => "SharedSchema",
            Self::SchemaPerTenant => "SchemaPerTenant",
        }
    }
}

/// Where the application takes the framework from.
#[derive(Debug, Clone)]
pub(crate) enum Framework {
    /// The registry of crates.
    Version(&'static str),
    /// A folder with its sources.
    Folder(PathBuf),
}

impl Framework {
    /// What stands in a manifest to find one of its crates.
    fn requirement(&self, package: &str) -> String {
        match self {
            Self::Version(version) => format!("version = \"{version}\""),
            Self::Folder(folder) => format!("path = {}", quoted(&folder.join(package))),
        }
    }
}

/// A path as a string of TOML, which is written like one of JSON.
fn quoted(path: &Path) -> String {
    serde_json::Value::String(path.display().to_string()).to_string()
}

/// A database that an application can begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Database {
    /// Files beside the application
    Sqlite,
    /// A server
    Postgres,
    /// A server, also one of MariaDB
    #[value(alias = "mariadb")]
    Mysql,
}

/// A file of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// What is to be made.
#[derive(Debug)]
pub(crate) struct Scaffold {
    pub(crate) name: PackageName,
    pub(crate) strategy: Strategy,
    pub(crate) database: Database,
    pub(crate) framework: Framework,
}

/// The files of an application: where each goes, and its text.
const APPLICATION: &[(&str, &str)] = &[
    ("Cargo.toml", MANIFEST),
    ("README.md", include_str!("../templates/application/README.md")),
    (".gitignore", include_str!("../templates/application/gitignore.template")),
    ("tests/two_tenants.rs", include_str!("../templates/application/tests/two_tenants.rs")),
    ("src/main.rs", include_str!("../templates/application/src/main.rs")),
    ("src/lib.rs", include_str!("../templates/application/src/lib.rs")),
    ("src/web.rs", include_str!("../templates/application/src/web.rs")),
    ("src/entity.rs", include_str!("../templates/application/src/entity.rs")),
    ("src/entity/note.rs", include_str!("../templates/application/src/entity/note.rs")),
    ("src/entity/plan.rs", include_str!("../templates/application/src/entity/plan.rs")),
    ("migration/Cargo.toml", MIGRATION_MANIFEST),
    ("migration/src/shared.rs", include_str!("../templates/application/migration/src/shared.rs")),
    ("migration/src/tenant.rs", include_str!("../templates/application/migration/src/tenant.rs")),
    (
        "migration/src/shared/m20260101_000001_create_plan.rs",
        include_str!(
            "../templates/application/migration/src/shared/m20260101_000001_create_plan.rs"
        ),
    ),
    (
        "migration/src/tenant/m20260101_000002_create_note.rs",
        include_str!(
            "../templates/application/migration/src/tenant/m20260101_000002_create_note.rs"
        ),
    ),
];

const MANIFEST: &str = include_str!("../templates/application/Cargo.toml.template");
const MIGRATION_MANIFEST: &str =
    include_str!("../templates/application/migration/Cargo.toml.template");

/// What every application needs, a new one and one that is there.
const EVERYWHERE: &[(&str, &str)] = &[
    ("tenancy.toml", include_str!("../templates/application/tenancy.toml")),
    ("clippy.toml", include_str!("../templates/application/clippy.toml")),
    ("migration/src/lib.rs", include_str!("../templates/application/migration/src/lib.rs")),
    ("migration/src/main.rs", include_str!("../templates/application/migration/src/main.rs")),
];

/// SQLite makes files, and no folders.
const FOLDER: (&str, &str) = ("data/.gitkeep", "");

/// Lists that hold no migration yet, for an application that is there.
const LISTS: &[(&str, &str)] = &[
    ("migration/src/shared.rs", include_str!("../templates/lists/shared.rs")),
    ("migration/src/tenant.rs", include_str!("../templates/lists/tenant.rs")),
];

impl Scaffold {
    /// The files of a new application.
    pub(crate) fn application(&self) -> Vec<NewFile> {
        let files = APPLICATION.iter().chain(EVERYWHERE).chain(self.folder());
        files.map(|(path, text)| self.file(path, text)).collect()
    }

    /// The files for an application that is there, its migrations in `folder`.
    pub(crate) fn addition(&self, folder: &str) -> Vec<NewFile> {
        let manifest = on_its_own(MIGRATION_MANIFEST);
        let files = EVERYWHERE.iter().chain(LISTS).chain(self.folder());
        let files = files.map(|(path, text)| self.file(path, text));
        let manifest = self.file("migration/Cargo.toml", &manifest);
        let moved = |file: NewFile| match file.path.strip_prefix("migration") {
            Ok(rest) => NewFile { path: Path::new(folder).join(rest), ..file },
            Err(_) => file,
        };
        files.chain([manifest]).map(moved).collect()
    }

    fn folder(&self) -> Option<&'static (&'static str, &'static str)> {
        (self.database == Database::Sqlite).then_some(&FOLDER)
    }

    /// The lines that the manifest of an application needs, in which migrations lie in `folder`.
    pub(crate) fn dependencies(&self, folder: &str) -> String {
        let migration = format!("{}-migration = {{ path = \"{folder}\" }}\n", self.name);
        let core = definition("tenancy-core").unwrap_or_default();
        migration + &self.replaced(core)
    }

    fn file(&self, path: &str, text: &str) -> NewFile {
        NewFile { path: path.into(), text: self.replaced(text) }
    }

    /// The text of a template with everything replaced that is said for this application.
    fn replaced(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let database = self.database_texts();
        for (word, of) in [
            ("DATABASE_URL_HERE", database.url),
            ("DATABASE_HINT", database.hint),
            ("TEST_HINT", database.test_hint),
            ("TestBackend::Sqlite", database.backend.to_owned()),
            ("SharedSchema", self.strategy.type_name().to_owned()),
            ("shared-schema", self.strategy.as_str().to_owned()),
            ("tenancy_shared_schema", format!("tenancy_{}", underscored(self.strategy.as_str()))),
        ] {
            text = text.replace(word, &of);
        }
        for package in
            ["tenancy-cli", "tenancy-core", &format!("tenancy-{}", self.strategy.as_str())]
        {
            let found = self.framework.requirement(package);
            text = text
                .replace(&format!("{package} = {{ FRAMEWORK"), &format!("{package} = {{ {found}"));
        }
        // Last, because a name may contain any of the words.
        text.replace("notes-app", self.name.as_str())
            .replace("notes_app", &underscored(self.name.as_str()))
    }

    fn database_texts(&self) -> DatabaseTexts {
        let name = underscored(self.name.as_str());
        match self.database {
            Database::Sqlite => DatabaseTexts {
                url: format!("sqlite://data/{name}.db?mode=rwc"),
                backend: "TestBackend::Sqlite",
                hint: "The data lies in files, in `data/`.".to_owned(),
                test_hint: "A test makes a database for itself, and removes it.".to_owned(),
            },
            Database::Postgres => DatabaseTexts {
                url: format!("postgres://localhost/{name}"),
                backend: "TestBackend::Postgres",
                hint: format!(
                    "The data lies on a PostgreSQL server, in a database that has to be there: \
                     `createdb {name}`. `tenancy.toml` or the variable `DATABASE_URL` says where."
                ),
                test_hint: test_hint_of_server("TENANCY_TEST_POSTGRES_URL"),
            },
            Database::Mysql => DatabaseTexts {
                url: format!("mysql://root@localhost/{name}"),
                backend: "TestBackend::MariaDb",
                hint: format!(
                    "The data lies on a MariaDB or MySQL server, in a database that has to be there: \
                     `{}`. `tenancy.toml` or the variable `DATABASE_URL` says where.{}",
                    create_mysql_database(&self.name),
                    match self.strategy {
                        Strategy::SharedSchema => "",
                        Strategy::SchemaPerTenant =>
                            " Each tenant gets a database beside it, so the user must be allowed to \
                             create and drop databases.",
                    }
                ),
                test_hint: test_hint_of_server("TENANCY_TEST_MYSQL_URL"),
            },
        }
    }
}

fn test_hint_of_server(variable: &str) -> String {
    format!(
        "A test makes a database for itself, and removes it. It needs a server on which it may: \
         `{variable}` names one. Without the variable the test says that it was left out."
    )
}

/// The command that makes the database of an application on a server of MariaDB or MySQL, which may
/// make databases that do not hold every text unless it is told.
pub(crate) fn create_mysql_database(application: &PackageName) -> String {
    let name = underscored(application.as_str());
    format!("mysql -e 'CREATE DATABASE {name} CHARACTER SET utf8mb4'")
}

/// What differs between databases.
struct DatabaseTexts {
    url: String,
    backend: &'static str,
    hint: String,
    test_hint: String,
}

fn underscored(name: &str) -> String {
    name.replace('-', "_")
}

/// The line of the application's manifest that defines a dependency.
fn definition(package: &str) -> Option<&'static str> {
    MANIFEST.lines().find(|line| line.strip_prefix(package).is_some_and(|l| l.starts_with(" = ")))
}

/// A manifest that inherits nothing: every dependency as the application's manifest defines it.
fn on_its_own(manifest: &str) -> String {
    let lines = manifest.lines().map(|line| {
        let inherited = line.strip_suffix(".workspace = true");
        inherited.and_then(definition).unwrap_or(line)
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests;
