//! `docs/reference/command-line.md`, from the help of the command and of each one below it.

use std::fmt::Write as _;

use tempfile::tempdir;

use crate::program::tenancy;

const HEAD: &str = "\
# Command line

What `tenancy` and the command of a project (`tenancy_cli::run`) take. The stand-alone command hands \
what needs the migrations to the project's own, with the same arguments and streams.

Data is written to the standard output, everything else to the standard error. Exit codes: 0 done; 1 done, \
and the answer is not good (findings that are errors, tenants that failed); 2 not done. A disk that is \
full, a file that others hold and one that is damaged have codes of their own (COR151 to COR155): they end \
a command with 1 where they stopped the work for some tenant, and with 2 where they stopped the command. \
This page is made from `--help`: `SNAPSHOTS=overwrite cargo test -p tenancy-cli reference` writes it again.

";

#[test]
fn the_page_is_what_the_help_says() {
    let mut page = HEAD.to_owned();
    describe(&mut page, &[]);
    super::is_page("command-line.md", &format!("{}\n", page.trim_end()));
}

/// The help of a command, then of those below it.
fn describe(page: &mut String, command: &[&str]) {
    let folder = tempdir().unwrap();
    let args: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
    let help = tenancy(folder.path(), &[], &args).succeeded().stdout;
    let name = ["tenancy"].iter().chain(command).copied().collect::<Vec<_>>().join(" ");
    // Options of all commands are said once.
    let help = if command.is_empty() { help } else { without_global_options(&help) };
    let text: Vec<&str> = help.lines().map(str::trim_end).collect();
    writeln!(page, "## {name}\n\n```text\n{}\n```\n", text.join("\n").trim_end()).unwrap();
    for below in commands(&help) {
        let command: Vec<&str> = command.iter().copied().chain([below]).collect();
        describe(page, &command);
    }
}

fn without_global_options(help: &str) -> String {
    let (before, after) = help.split_once("\nGlobal options:\n").unwrap_or((help, ""));
    let after = after.lines().skip_while(|line| line.is_empty() || line.starts_with(' '));
    let after: Vec<&str> = after.collect();
    format!("{before}\n{}\n", after.join("\n"))
}

/// The names in the list of commands.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let list = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help")
}
