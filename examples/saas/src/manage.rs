//! The framework's command line for this shop: `saas tenancy …`.

use std::{env, ffi::OsString, process::ExitCode, sync::Arc};

use sea_orm::{Schema, SchemaBuilder};
use tenancy_cli::{Application, Terminal};
use tenancy_core::{
    MigrationSets, Result, TenancyStrategy,
    config::{Config, Environment, StrategyKeys, environment_variable},
};

use crate::{args::Args, configuration::Defaults, entity, migration, strategy};

/// The shop, as the command line sees it.
struct Shop;

impl Application for Shop {
    fn known_strategies(&self) -> Vec<StrategyKeys> {
        strategy::KNOWN.into()
    }

    fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
        strategy::choose(config)
    }

    fn migrations(&self) -> MigrationSets {
        migration::sets()
    }

    fn entities(&self, helper: Schema) -> Option<SchemaBuilder> {
        let shop = helper.builder().register(entity::Customer).register(entity::Product);
        Some(shop.register(entity::Order).register(entity::OrderItem))
    }
}

/// Runs the command line. `--strategy` and `--config` may stand before `tenancy` or behind it.
pub(crate) fn run(args: &Args, arguments: &[String]) -> ExitCode {
    let behind = |flag| value_of(arguments, flag);
    let mut line = vec!["saas tenancy".to_owned()];
    if let (Some(strategy), None) = (&args.strategy, behind("--strategy")) {
        line.extend(["--strategy".to_owned(), strategy.clone()]);
    }
    if let (Some(file), None) = (&args.config, behind("--config")) {
        line.extend(["--config".to_owned(), file.to_string_lossy().into_owned()]);
    }
    line.extend_from_slice(arguments);

    let args = Args {
        strategy: behind("--strategy").map(str::to_owned).or_else(|| args.strategy.clone()),
        config: behind("--config").map(Into::into).or_else(|| args.config.clone()),
        ..args.clone()
    };
    let defaults = Defaults::of(&args);
    // Without the folder the command says better what it could not do.
    let _ = defaults.create_folder(&args);
    tenancy_cli::run_with(&Shop, line, environment(&defaults), Terminal::process()).into()
}

/// The environment of the process, with the shop's choices where it says nothing.
fn environment(defaults: &Defaults) -> Environment {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    let own = [
        ("strategy", defaults.strategy),
        ("database.url", defaults.database_url.as_deref()),
        ("schema-per-tenant.directory", defaults.directory.as_deref()),
    ];
    let own = own
        .into_iter()
        .filter_map(|(key, value)| Some((environment_variable(key), value?.to_owned())));
    let process = env::vars_os().map(|(name, value)| (text(name), text(value)));
    let ours = |name: &str| name == "DATABASE_URL" || name.starts_with("TENANCY_");
    process.filter(|(name, _)| ours(name)).chain(own).collect()
}

/// The value of a flag, as `--flag value` or `--flag=value`.
fn value_of<'a>(arguments: &'a [String], flag: &str) -> Option<&'a str> {
    let (at, rest) = arguments
        .iter()
        .enumerate()
        .find_map(|(at, argument)| Some((at, argument.strip_prefix(flag)?)))?;
    match rest.strip_prefix('=') {
        Some(value) => Some(value),
        None if rest.is_empty() => arguments.get(at + 1).map(String::as_str),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_found_in_both_spellings() {
        for (line, value) in [
            ("migrate status --strategy a", Some("a")),
            ("--strategy=a check", Some("a")),
            ("check --strategy", None),
            ("check --strategyx a", None),
            ("check", None),
        ] {
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(value_of(&arguments, "--strategy"), value, "{line}");
        }
    }
}
