//! `tenancy new` and `tenancy init`: the sources of an application. Nothing is overwritten.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::Context;
use crate::{
    args::{HowArgs, NewArgs},
    check,
    error::SourcesError,
    output::{Answer, Written},
    scaffold::{
        Database, Framework, NewFile, PackageName, Scaffold, Strategy, create_mysql_database,
    },
};

/// Makes an application in a folder of its name.
pub(crate) fn new(context: &Context<'_>, args: &NewArgs) -> Result<Answer, SourcesError> {
    let scaffold = scaffold(context, &args.name, &args.how)?;
    let folder = PathBuf::from(&args.name);
    if folder.symlink_metadata().is_ok() {
        return Err(SourcesError::FolderExists { folder });
    }
    let added = write_all(&folder, scaffold.application())?.added;
    let mut next = vec![format!("cd {}", args.name)];
    match scaffold.database {
        Database::Sqlite => {}
        Database::Postgres => next.push(format!("createdb {}", args.name.replace('-', "_"))),
        Database::Mysql => next.push(create_mysql_database(&scaffold.name)),
    }
    next.extend([
        "tenancy migrate up".to_owned(),
        "tenancy tenant create acme --domain acme.localhost".to_owned(),
        "cargo run".to_owned(),
    ]);
    Ok(Answer::Written(Written { added, left: Vec::new(), next }))
}

/// Adds to the application in the working directory what it does not have.
pub(crate) fn init(context: &Context<'_>, how: &HowArgs) -> Result<Answer, SourcesError> {
    let name = package_name(Path::new("Cargo.toml"))?;
    let scaffold = scaffold(context, &name, how)?;
    let inspection = context.loader().inspect();
    let calls = check::run_calls(Path::new(""), &inspection, &context.app.known_strategies());
    let folder = if Path::new("migration").exists() { "tenancy-migration" } else { "migration" };
    let mut files = scaffold.addition(folder);
    if !calls.is_empty() {
        // It has a command of its own, and with it the migrations.
        files.retain(|file| !file.path.starts_with(folder));
    }
    let Outcome { added, mut left } = write_all(Path::new(""), files)?;
    if !calls.is_empty() {
        left.extend(calls.into_iter().map(|call| call.file));
        let next = vec!["see what is left: `tenancy check`".to_owned()];
        return Ok(Answer::Written(Written { added, left, next }));
    }
    let mut next = vec![
        format!("Cargo.toml: make `{folder}` a member of the workspace, and add the dependencies\n{}",
            indented(&scaffold.dependencies(folder))),
        format!("{folder}/src/tenant.rs and shared.rs: register the migrations, or write new ones \
                 with `tenancy migration new`"),
        "where the application starts: open its database by `Tenancy::connect`, and by nothing else"
            .to_owned(),
        "its router: add `TenantLayer`, and take a `TenantConnection` in its handlers".to_owned(),
        "see what is left: `tenancy check`".to_owned(),
    ];
    if left.contains(&PathBuf::from("clippy.toml")) {
        next.push(
            "clippy.toml: forbid `sea_orm::Database::connect` in `disallowed-methods`".to_owned(),
        );
    }
    Ok(Answer::Written(Written { added, left, next }))
}

fn indented(lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

fn scaffold(context: &Context<'_>, name: &str, how: &HowArgs) -> Result<Scaffold, SourcesError> {
    let name = PackageName::parse(name)
        .map_err(|reason| SourcesError::ApplicationName { name: name.to_owned(), reason })?;
    let given = context.global.strategy.as_deref();
    let strategy = Strategy::ALL.into_iter().find(|known| Some(known.as_str()) == given);
    let strategy =
        strategy.ok_or_else(|| SourcesError::StrategyOfNew { given: given.map(str::to_owned) })?;
    let framework = match &how.framework_path {
        None => Framework::Version(env!("CARGO_PKG_VERSION")),
        Some(folder) => Framework::Folder(
            folder
                .canonicalize()
                .map_err(|source| SourcesError::File { path: folder.clone(), source })?,
        ),
    };
    Ok(Scaffold { name, strategy, database: how.database, framework })
}

/// The name of the package that a manifest is of.
fn package_name(manifest: &Path) -> Result<String, SourcesError> {
    let text = fs::read_to_string(manifest).map_err(|_| SourcesError::NoApplication)?;
    let document = toml_edit::Document::parse(text).map_err(|_| SourcesError::NoApplication)?;
    let package = document.get("package").and_then(toml_edit::Item::as_table_like);
    let name = package.and_then(|package| package.get("name")).and_then(toml_edit::Item::as_str);
    name.map(str::to_owned).ok_or(SourcesError::NoApplication)
}

/// What was written, and what was there.
#[derive(Debug, Default)]
struct Outcome {
    added: Vec<PathBuf>,
    left: Vec<PathBuf>,
}

fn write_all(folder: &Path, files: Vec<NewFile>) -> Result<Outcome, SourcesError> {
    let mut files = files;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut outcome = Outcome::default();
    for NewFile { path, text } in files {
        let path = folder.join(path);
        let written = write(&path, &text);
        match written {
            Ok(()) => outcome.added.push(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => outcome.left.push(path),
            Err(source) => return Err(SourcesError::File { path, source }),
        }
    }
    Ok(outcome)
}

/// Writes a file that is not there.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}
