//! Two tenants in two databases, each with a note that the other does not see.
//!
//! ```sh
//! cargo run -p database-per-tenant -- --database-url postgres://postgres@localhost/registry
//! ```

mod note;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use clap::Parser;
use database_per_tenant::DatabasePerTenant;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use tenancy_core::{
    Error, MigrateOptions, MigrationSets, Result, Slug, Tenancy, Tenant, config::ConfigLoader,
    registry::NewTenant,
};

/// Two tenants in two databases, each with a note that the other does not see.
#[derive(Debug, Parser)]
struct Args {
    /// The registry's database; its role makes those of the tenants.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Nobody is left to be told when this cannot be written.
    match run(&Args::parse()).await {
        Ok(lines) => {
            let _ = io::stdout().write_all(lines.as_bytes());
            ExitCode::SUCCESS
        }
        Err(reason) => {
            let _ = io::stderr().write_all(format!("{reason}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> std::result::Result<String, String> {
    let loader = ConfigLoader::new().known_strategy(DatabasePerTenant::KEYS);
    let config = loader
        .flag("--strategy (its default)", "strategy", DatabasePerTenant::KEYS.name)
        .flag("--database-url", "database.url", &args.database_url)
        .load()
        .map_err(|findings| findings.to_string())?;
    let told = |error: Error| error.with_sources();
    let strategy = Arc::new(DatabasePerTenant::from_config(&config).map_err(told)?);
    let sets =
        MigrationSets { tenant: vec![Box::new(note::CreateNotes)], ..MigrationSets::default() };
    let tenancy = Tenancy::connect(&config, strategy, sets).await.map_err(told)?;
    tenancy.migrate(&MigrateOptions::default(), |_| {}).await.map_err(told)?;
    let mut lines = String::new();
    for slug in ["acme", "globex"] {
        let tenant = tenant(&tenancy, slug).await.map_err(told)?;
        lines.push_str(&visit(&tenancy, &tenant).await.map_err(told)?);
    }
    Ok(lines)
}

/// The tenant of a slug, created unless it is there.
async fn tenant(tenancy: &Tenancy, slug: &str) -> Result<Tenant> {
    let slug: Slug = slug.parse()?;
    if let Some(tenant) = tenancy.registry().find_by_slug(&slug).await? {
        return Ok(tenant);
    }
    let domain = format!("{slug}.invalid").parse()?;
    let name = slug.to_string();
    tenancy.create_tenant(&NewTenant::new(slug, &name).with_domain(domain)).await
}

/// Writes a note as the tenant, and tells what it sees then.
async fn visit(tenancy: &Tenancy, tenant: &Tenant) -> Result<String> {
    let doing = |source| Error::Database { doing: "writing and reading notes", source };
    let connection = tenancy.connection(tenant).await?;
    let text = Set(format!("written by {}", tenant.slug));
    let note = note::ActiveModel { text, ..Default::default() };
    note.insert(&connection).await.map_err(doing)?;
    let notes = note::Entity::find().all(&connection).await.map_err(doing)?;
    let texts: Vec<String> = notes.into_iter().map(|note| note.text).collect();
    Ok(format!("{} in `{}`: {}\n", tenant.slug, tenant.physical_name, texts.join(", ")))
}
