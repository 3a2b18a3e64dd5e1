//! The tutorial of the book, gone through as it stands: every command, with what it answers.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    os::unix::fs::symlink,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use snapbox::{Assert, Data};

use super::{Application, framework, tenancy};
use crate::book::{self, Block};

/// The address that the tutorial serves at; the session serves at a free one.
const ADDRESS: &str = "127.0.0.1:3000";

#[test]
fn the_tutorial_under_shared_schema() {
    go_through("shared-schema");
}

#[test]
fn the_tutorial_under_schema_per_tenant() {
    go_through("schema-per-tenant");
}

fn go_through(strategy: &'static str) {
    if Command::new("curl").arg("--version").output().is_err() {
        let required = std::env::var_os("TENANCY_TEST_REQUIRE").unwrap_or_default();
        let is_required = required.to_string_lossy().contains("browser");
        assert!(!is_required, "curl is demanded and is not there");
        return println!("left out: there is no curl");
    }
    let application = Application {
        folder: tempfile::tempdir().unwrap(),
        // Another name for each, so that both can be built at the same time.
        name: format!("tutorial-{strategy}"),
        variables: Vec::new(),
    };
    application.share_what_is_built();
    let programs = application.folder.path().join("bin");
    fs::create_dir(&programs).unwrap();
    symlink(tenancy(), programs.join("tenancy")).unwrap();
    let mut session = Session {
        folder: application.folder.path().to_owned(),
        programs,
        application: &application,
        strategy,
        served: None,
        differences: Vec::new(),
    };
    let blocks = book::page("tutorial.md");
    let blocks: Vec<&Block> = blocks.iter().filter(|block| block.label == "console").collect();
    assert!(blocks.len() > 5, "only {} blocks were found", blocks.len());
    for block in blocks {
        for (command, answer) in commands(&block.text) {
            session.does(&command, &answer, block);
        }
    }
    assert!(session.differences.is_empty(), "{}", session.differences.join("\n"));
}

/// Each command of a block, with the lines that answer it.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((_, answer))) => {
                answer.push_str(line);
                answer.push('\n');
            }
            (None, None) => panic!("an answer without a command: {line}"),
        }
    }
    commands
}

/// A person at a terminal.
struct Session<'a> {
    /// Where they are.
    folder: PathBuf,
    programs: PathBuf,
    application: &'a Application,
    strategy: &'static str,
    /// What runs in the background, and where it listens.
    served: Option<(Child, String)>,
    /// Answers that are others than the page says.
    differences: Vec<String>,
}

impl Session<'_> {
    fn does(&mut self, command: &str, answer: &str, block: &Block) {
        if let Some(folder) = command.strip_prefix("cd ") {
            self.folder = self.folder.join(self.with_names(folder));
        } else if let Some(program) = command.strip_suffix(" &") {
            let answered = self.serves(program);
            assert_eq!(answered, answer, "{block}: {command}");
        } else if command == "kill %1" {
            self.stops();
        } else {
            let output = self.shell(&format!("exec 2>&1\n{command}")).output().unwrap();
            let answered = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success(), "{block}: {command}\n{answered}");
            // A terminal shows no difference where the last line is not ended.
            let expected = Data::text(self.with_names(answer).trim_end());
            let answered = Data::text(answered.trim_end());
            let title = format!("{block}: {command}");
            let compared = Assert::new().normalize_paths(false);
            if let Err(difference) = compared.try_eq(Some(&title), answered, expected) {
                self.differences.push(difference.to_string());
            }
            if command.starts_with("tenancy new ") {
                // The versions that are built already.
                let lock = self.folder.join(&self.application.name).join("Cargo.lock");
                fs::copy(framework().join("Cargo.lock"), lock).unwrap();
            }
        }
    }

    /// What stands in the page for this session: names, the strategy, the address.
    fn with_names(&self, text: &str) -> String {
        let name = self.application.name.as_str();
        if text == "notes" {
            return name.to_owned();
        }
        let new = format!("new {name} --strategy {}", self.strategy);
        let text = text.replace("new notes --strategy shared-schema", &new);
        let text = text.replace("notes/", &format!("{name}/"));
        match &self.served {
            Some((_, address)) => text.replace(ADDRESS, address),
            None => text,
        }
    }

    fn shell(&self, command: &str) -> Command {
        let mut shell = self.application.command(&self.folder, "sh");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&path));
        shell
            .args(["-c", &self.with_names(command)])
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("TENANCY", framework());
        shell
    }

    /// Starts a program, and returns the first line that it says.
    fn serves(&mut self, program: &str) -> String {
        let log = self.application.folder.path().join("stderr");
        let mut child = self
            .shell(&format!("exec {program}"))
            .env("LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim_end().strip_prefix("listening on ") else {
            panic!("{line}{}", fs::read_to_string(&log).unwrap_or_default());
        };
        self.served = Some((child, address.to_owned()));
        line.replace(address, ADDRESS)
    }

    fn stops(&mut self) {
        if let Some((mut child, _)) = self.served.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.stops();
    }
}
