//! Does what the arguments say: one file a topic. Nothing here prints, and nothing here decides
//! what the core does not.

mod check;
mod config;
mod db;
mod domain;
mod each;
mod exec;
mod explain;
mod invite;
mod man;
mod member;
mod migrate;
mod migration;
mod project;
mod run;
mod scope;
mod tenant;

use std::{ffi::OsString, panic::Location, sync::Arc};

use clap::CommandFactory as _;
use tenancy_core::{
    Slug, Tenancy, TenancyStrategy, Tenant,
    config::{Config, ConfigLoader, Environment},
};

use crate::{
    application::Application,
    args::{Args, Command, Format, Global},
    error::{Error, Result},
    hand_over,
    output::{Answer, Output},
    status::Status,
};

/// What every command works with.
pub(crate) struct Context<'a> {
    pub(crate) app: &'a dyn Application,
    /// The name that the program was called by.
    pub(crate) program: String,
    /// The arguments behind it, for the project's own binary.
    pub(crate) arguments: Vec<OsString>,
    /// Where the application calls this crate.
    pub(crate) place: &'static Location<'static>,
    pub(crate) global: Global,
    pub(crate) environment: Environment,
    pub(crate) output: Output,
}

impl Context<'_> {
    pub(crate) fn run(mut self, command: Command) -> Status {
        if self.global.format == Format::Sarif && !matches!(command, Command::Check(_)) {
            return self.output.error(&Error::NotSarif);
        }
        let answered = match self.answer(command) {
            Err(Error::NeedsProject { command }) => match hand_over::run(&self, command) {
                Ok(status) => return status,
                Err(error) => Err(error),
            },
            answered => answered,
        };
        let answered = answered.and_then(|(answer, status)| {
            self.output.answer(&answer).map_err(|source| Error::Output { source })?;
            Ok(status)
        });
        answered.unwrap_or_else(|error| self.output.error(&error))
    }

    fn answer(&mut self, command: Command) -> Result<(Answer, Status)> {
        match command {
            Command::New(args) => done(project::new(self, &args).map_err(Error::from)),
            Command::Init(how) => done(project::init(self, &how).map_err(Error::from)),
            Command::Migration(command) => {
                done(migration::run(self, &command).map_err(Error::from))
            }
            Command::Exec(args) => block_on(exec::run(self, args))?,
            Command::Run(args) => block_on(run::run(self, &args))?,
            Command::Man { folder } => done(man::run(&folder).map_err(Error::from)),
            Command::Check(args) => check::run(self, args),
            Command::Explain { code } => {
                done(explain::run(&self.app.known_strategies(), code.as_deref()))
            }
            Command::Scope { sql, tenant } => block_on(scope::run(self, &sql, &tenant))?,
            Command::Config(command) => done(config::run(self, &command)),
            Command::Migrate(command) => block_on(migrate::run(self, command))?,
            Command::Tenant(command) => done(block_on(tenant::run(self, command))?),
            Command::Domain(command) => done(block_on(domain::run(self, command))?),
            Command::Member(command) => done(block_on(member::run(self, command))?),
            Command::Invite(command) => done(block_on(invite::run(self, command))?),
            Command::Db(command) => done(block_on(db::run(self, command))?),
            Command::Completions { shell } => done(Ok(completions(shell, &self.program))),
        }
    }

    pub(crate) fn loader(&self) -> ConfigLoader {
        let mut loader = ConfigLoader::new().environment(self.environment.clone());
        for keys in self.app.known_strategies() {
            loader = loader.known_strategy(keys);
        }
        if let Some(path) = &self.global.config {
            loader = loader.file_named_by(path, tenancy_core::check::Source::flag("--config"));
        }
        if let Some(strategy) = &self.global.strategy {
            loader = loader.flag("--strategy", "strategy", strategy);
        }
        if let Some(url) = &self.global.database_url {
            loader = loader.flag("--database-url", "database.url", url);
        }
        loader
    }

    fn config(&self) -> Result<Config> {
        Ok(self.loader().load().map_err(tenancy_core::Error::from)?)
    }

    /// The application's strategy, which must be the configured one.
    fn strategy(&self, config: &Config) -> tenancy_core::Result<Arc<dyn TenancyStrategy>> {
        let strategy = self.app.strategy(config)?;
        match config.check_strategy(strategy.name(), self.place) {
            Some(finding) => Err(tenancy_core::Error::Configuration(finding.into())),
            None => Ok(strategy),
        }
    }

    /// Connects to a database, whether or not it has a registry.
    async fn connect(&self, config: &Config) -> Result<Tenancy> {
        let strategy = self.strategy(config)?;
        Ok(Tenancy::connect(config, strategy, self.app.migrations()).await?)
    }

    /// Connects to a database that has a registry.
    async fn tenancy(&self) -> Result<Tenancy> {
        let tenancy = self.connect(&self.config()?).await?;
        if tenancy.is_initialised() {
            return Ok(tenancy);
        }
        Err(tenancy_core::Error::NotInitialised.into())
    }

    /// Connects, and finds a tenant. The slug is judged before anything is connected to.
    async fn tenant(&self, slug: &str) -> Result<(Tenancy, Tenant)> {
        let slug: Slug = slug.parse()?;
        let tenancy = self.tenancy().await?;
        let tenant = tenancy.registry().tenant(&slug).await?;
        Ok((tenancy, tenant))
    }

    /// Refuses a command that needs migrations where there is no project to have any.
    fn need_project(&self, command: &'static str) -> Result<()> {
        if self.app.has_project() { Ok(()) } else { Err(Error::NeedsProject { command }) }
    }
}

fn done(answer: Result<Answer>) -> Result<(Answer, Status)> {
    answer.map(|answer| (answer, Status::Done))
}

/// Waits for a command on a runtime of its own.
fn block_on<F: Future>(command: F) -> Result<F::Output> {
    if tokio::runtime::Handle::try_current().is_ok() {
        return Err(Error::InsideRuntime);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Runtime { source })?;
    Ok(runtime.block_on(command))
}

fn completions(shell: clap_complete::Shell, program: &str) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), program, &mut script);
    Answer::Text(script)
}
