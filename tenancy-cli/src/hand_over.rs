//! Handing a command to the project's own binary, which has the migrations.

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    process::Command,
};

use tenancy_core::config::Inspection;

use crate::{
    application::Application,
    check::{self, RunCall},
    command::Context,
    error::{Error, Result},
    status::Status,
};

/// Runs the project's own binary with the same arguments, and exits as it does.
///
/// It inherits the streams, so that data stays data. Cargo shows what it compiles to a person, who
/// would wait for nothing otherwise, and to nobody else.
pub(crate) fn run(context: &Context<'_>, command: &'static str) -> Result<Status> {
    if !Path::new("Cargo.toml").is_file() {
        return Err(Error::NeedsProject { command });
    }
    let binary = find(context.app, &context.loader().inspect(), command)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut run = Command::new(cargo);
    run.arg("run");
    if !context.output.shows_progress() {
        run.arg("--quiet");
    }
    run.args(["--package", &binary.package]);
    if let Some(name) = &binary.name {
        run.args(["--bin", name]);
    }
    run.arg("--").args(&context.arguments);
    let status = run.status().map_err(|source| Error::HandOver { command, source })?;
    Ok(match status.code() {
        Some(0) => Status::Done,
        Some(1) => Status::Unsound,
        // Cargo's own failures are neither.
        _ => Status::Refused,
    })
}

/// A binary of a package.
struct Binary {
    package: String,
    name: Option<String>,
}

fn find(app: &dyn Application, inspection: &Inspection, command: &'static str) -> Result<Binary> {
    let calls = check::run_calls(Path::new(""), inspection, &app.known_strategies());
    let configured = inspection.text("migrate.package").map(|package| package.value);
    let mut calls: Vec<RunCall> = match configured {
        Some(package) => {
            let of_it: Vec<RunCall> =
                calls.into_iter().filter(|call| call.package == package).collect();
            if of_it.is_empty() {
                return Ok(Binary { package: package.to_owned(), name: None });
            }
            of_it
        }
        None => calls,
    };
    match (calls.pop(), calls.is_empty()) {
        (None, _) => Err(Error::NoProjectBinary { command }),
        (Some(call), true) => {
            let name = binary_name(&call);
            Ok(Binary { package: call.package, name })
        }
        (Some(last), false) => {
            calls.push(last);
            let packages = calls.iter().map(|call| format!("`{}`", call.file.display()));
            Err(Error::SeveralProjectBinaries { files: packages.collect::<Vec<_>>().join(", ") })
        }
    }
}

/// The name that Cargo gives the binary of a file, unless the manifest says otherwise.
fn binary_name(call: &RunCall) -> Option<String> {
    let parts: Vec<&OsStr> = call.file.strip_prefix(&call.folder).ok()?.iter().collect();
    let text = |part: &OsStr| part.to_str().map(str::to_owned);
    match parts.as_slice() {
        [src, main] if *src == "src" && *main == "main.rs" => Some(call.package.clone()),
        [src, bin, file] if *src == "src" && *bin == "bin" => {
            PathBuf::from(file).file_stem().and_then(text)
        }
        [src, bin, name, main] if *src == "src" && *bin == "bin" && *main == "main.rs" => {
            text(name)
        }
        _ => None,
    }
}

/// What it means that the command could not be handed over.
pub(crate) fn hint(source: &io::Error) -> &'static str {
    if source.kind() == io::ErrorKind::NotFound {
        return "there is no Cargo here; run the project's own binary, the one whose `main` calls \
                `tenancy_cli::run`";
    }
    "run the project's own binary, the one whose `main` calls `tenancy_cli::run`"
}
