//! What a command has to say: `Answer`, and `Output`, the only place that prints.

mod each;
mod human;
mod json;
mod progress;
mod sarif;
mod written;

use std::{
    fmt,
    io::{self, BufRead as _, BufReader, Write as _},
    sync::{Mutex, PoisonError},
};

use serde::Serialize;
use tenancy_core::{
    Invitation, InvitationToken, Member, PhysicalName, Refusal, Slug, Tenant,
    check::{CheckDescription, Judged},
    config::{ConfigValue, StrategyKeys},
    migrate::{
        Adoption, EntityDrift, MigrationPlan, MigrationReport, MigrationStatus, RunRecord,
        Verification,
    },
    provision::Duplicate,
    registry::Domain,
    seed::SeedReport,
};

use crate::{
    args::{Color, Format},
    error::{Error, Result},
    status::Status,
    terminal::{Stream, Terminal},
};
pub(crate) use each::{Answered, EachAnswer, Ran, Rows};
pub(crate) use human::moment;
pub(crate) use progress::Progress;
pub(crate) use written::Written;

/// What a command has to say.
#[derive(Debug)]
pub(crate) enum Answer {
    Findings(Box<Judged>),
    Checks(Vec<&'static CheckDescription>),
    Explanation(&'static CheckDescription),
    Values { values: Vec<ConfigValue>, findings: usize },
    Report(Box<RunReport>),
    MigrationStatus(MigrationStatus),
    MigrationPlan(MigrationPlan),
    MigrationRuns(Vec<RunRecord>),
    Verification(Verification),
    EntityDrift(Vec<EntityDrift>),
    Seeds(SeedReport),
    Tenants(Vec<Tenant>),
    Tenant(Box<TenantPage>),
    Adopted(Box<Adoption>),
    Duplicated { from: Slug, duplicate: Box<Duplicate> },
    Orphans(Vec<PhysicalName>),
    Changed { note: String, tenant: Box<Tenant> },
    Domains(Vec<Domain>),
    Members(Vec<Member>),
    Invitations(Vec<Invitation>),
    Invited { slug: Slug, invitation: Box<Invitation>, token: InvitationToken },
    Scoped { slug: Slug, statement: ScopedStatement },
    Refused { slug: Slug, refusal: Refusal },
    Each(Vec<EachAnswer>),
    Written(Written),
    Done { note: String },
    Text(Vec<u8>),
}

/// A tenant with what belongs to it.
#[derive(Debug, Serialize)]
pub(crate) struct TenantPage {
    #[serde(flatten)]
    pub(crate) tenant: Tenant,
    pub(crate) domains: Vec<Domain>,
    pub(crate) members: Vec<Member>,
}

/// A statement as it would be sent for a tenant.
#[derive(Debug, Serialize)]
pub(crate) struct ScopedStatement {
    pub(crate) sql: String,
    /// Where the tenant's id is bound, if it is.
    pub(crate) tenant_placeholder: Option<String>,
}

/// What a migration run did, and how many tenants it did it to.
#[derive(Debug)]
pub(crate) struct RunReport {
    pub(crate) report: MigrationReport,
    pub(crate) summary: Summary,
}

/// How many tenants ended how.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Summary {
    pub(crate) migrated: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    pub(crate) up_to_date: u64,
    pub(crate) rolled_back: u64,
    pub(crate) ahead: u64,
    /// The tenants that lack migrations after the run, whether or not it was for them.
    pub(crate) behind: u64,
}

/// The streams, and how they are written to.
pub(crate) struct Output {
    stdin: Box<dyn io::Read + Send>,
    stdout: Stream,
    stderr: Mutex<Stream>,
    shows_progress: bool,
    asks: bool,
    format: Format,
    known: Vec<StrategyKeys>,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Output {
    pub(crate) fn new(terminal: Terminal) -> Self {
        let Terminal { stdin, stdout, stderr, shows_progress, asks } = terminal;
        Self {
            stdin,
            stdout,
            stderr: Mutex::new(stderr),
            shows_progress,
            asks,
            format: Format::Human,
            known: Vec::new(),
        }
    }

    /// Knows the strategies whose options may be shown where a finding is about them.
    pub(crate) fn with_strategies(self, known: Vec<StrategyKeys>) -> Self {
        Self { known, ..self }
    }

    pub(crate) fn with_format(mut self, format: Format, color: Color) -> Self {
        self.format = format;
        let stderr = self.stderr.get_mut().unwrap_or_else(PoisonError::into_inner);
        for stream in [&mut self.stdout, stderr] {
            stream.takes_color = match color {
                Color::Auto => stream.takes_color,
                Color::Always => true,
                Color::Never => false,
            };
        }
        self
    }

    /// Writes the answer: data to the standard output, remarks to the standard error.
    pub(crate) fn answer(&mut self, answer: &Answer) -> io::Result<()> {
        let stderr = self.stderr.get_mut().unwrap_or_else(PoisonError::into_inner);
        let stdout = &mut self.stdout;
        let written = match self.format {
            Format::Human => human::answer(stdout, stderr, answer, &self.known),
            Format::Json => json::answer(stdout, stderr, answer),
            Format::Sarif => sarif::answer(stdout, answer, &self.known),
        };
        written.and_then(|()| stdout.writer.flush()).or_else(unless_nobody_reads)
    }

    /// Writes why a command could not be done.
    pub(crate) fn error(&mut self, error: &Error) -> Status {
        let stderr = self.stderr.get_mut().unwrap_or_else(PoisonError::into_inner);
        // There is nowhere left to say that the standard error cannot be written.
        let _ = match self.format {
            Format::Human | Format::Sarif => human::error(stderr, error, &self.known),
            Format::Json => json::error(stderr, error),
        };
        Status::Refused
    }

    /// Writes what is wrong with the arguments, or the help that they ask for.
    pub(crate) fn usage(&mut self, usage: &clap::Error) -> Status {
        let stderr = self.stderr.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (stream, status) = if usage.use_stderr() {
            (stderr, Status::Refused)
        } else {
            (&mut self.stdout, Status::Done)
        };
        let text = usage.render();
        // There is nowhere else to say it.
        let _ = if stream.takes_color {
            write!(stream.writer, "{}", text.ansi())
        } else {
            write!(stream.writer, "{text}")
        };
        status
    }

    /// Shows the tenants of a run as they end; `behind` is how many it begins with.
    pub(crate) fn progress(&self, behind: u64) -> Progress<'_> {
        let bar = self.shows_progress.then_some(behind);
        match self.format {
            Format::Human => Progress::shown(&self.stderr, bar),
            Format::Json | Format::Sarif => Progress::silent(&self.stderr),
        }
    }

    /// How far a command is that answers for each of so many tenants.
    pub(crate) fn progress_of(&self, doing: &'static str, tenants: usize) -> Progress<'_> {
        let tenants = u64::try_from(tenants).unwrap_or(u64::MAX);
        Progress::bar_only(&self.stderr, doing, self.shows_progress.then_some(tenants))
    }

    /// Whether a person watches what goes on.
    pub(crate) fn shows_progress(&self) -> bool {
        self.shows_progress
    }

    /// Says what will happen, to people.
    pub(crate) fn announce(&mut self, what: &str) -> Result<()> {
        let stderr = self.stderr.get_mut().unwrap_or_else(PoisonError::into_inner);
        match self.format {
            Format::Human => human::note(stderr, what).map_err(|source| Error::Output { source }),
            Format::Json | Format::Sarif => Ok(()),
        }
    }

    /// Asks the person before the terminal, and reads the answer.
    pub(crate) fn ask(&mut self, question: &str) -> Result<String> {
        if !self.asks {
            return Err(Error::NotAsked);
        }
        let stderr = self.stderr.get_mut().unwrap_or_else(PoisonError::into_inner);
        human::question(stderr, question).map_err(|source| Error::Output { source })?;
        self.read_line()
    }

    /// Reads a line of the standard input.
    pub(crate) fn read_line(&mut self) -> Result<String> {
        let mut line = String::new();
        BufReader::new(&mut self.stdin)
            .read_line(&mut line)
            .map_err(|source| Error::Input { source })?;
        Ok(line.trim().to_owned())
    }
}

/// A reader that has seen enough, such as `head`, is no failure.
fn unless_nobody_reads(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}
