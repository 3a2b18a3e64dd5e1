//! The command line of the project: everything that `tenancy` does, with the project's migrations.

use std::process::ExitCode;

use notes_app_migration::Project;

fn main() -> ExitCode {
    tenancy_cli::run(Project)
}
