//! What the command line needs to know of an application: `trait Application`.

use std::sync::Arc;

use sea_orm::{Schema, SchemaBuilder};
use tenancy_core::{
    MigrationSets, Result, TenancyStrategy,
    config::{Config, StrategyKeys},
};

/// An application that has a command line: its strategies and its migrations.
///
/// # Example
///
/// An application that runs under one strategy, here `shared-schema`. One that offers the choice
/// lists both in [`known_strategies`](Self::known_strategies), and makes the one that
/// `config.strategy()` names.
///
/// ```
/// use std::sync::Arc;
/// use tenancy_cli::Application;
/// use tenancy_core::{
///     MigrationSets, Result, TenancyStrategy,
///     config::{Config, StrategyKeys},
/// };
/// use tenancy_shared_schema::SharedSchema;
///
/// struct Notes;
///
/// impl Application for Notes {
///     fn known_strategies(&self) -> Vec<StrategyKeys> {
///         vec![SharedSchema::KEYS]
///     }
///
///     fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
///         Ok(Arc::new(SharedSchema::from_config(config)?))
///     }
///
///     fn migrations(&self) -> MigrationSets {
///         MigrationSets::default() // those of the project
///     }
/// }
/// ```
pub trait Application {
    /// The strategies that may be configured, with their options.
    fn known_strategies(&self) -> Vec<StrategyKeys>;

    /// Makes the strategy that the configuration names.
    ///
    /// # Errors
    /// When the configuration names one that the application does not run.
    fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>>;

    /// The migrations of the project.
    fn migrations(&self) -> MigrationSets;

    /// The entities of the tables that tenants have, for `migrate drift`: registered with the
    /// builder of the helper that is given, one by one or from SeaORM's entity registry.
    ///
    /// ```
    /// # use sea_orm::{Schema, SchemaBuilder};
    /// # mod note {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "note")]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #     }
    /// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    /// #     pub enum Relation {}
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// fn entities(helper: Schema) -> Option<SchemaBuilder> {
    ///     Some(helper.builder().register(note::Entity))
    /// }
    /// ```
    fn entities(&self, _helper: Schema) -> Option<SchemaBuilder> {
        None
    }

    /// Whether [`migrations`](Self::migrations) are those of a project.
    ///
    /// A command that belongs to no project has none, which is something else than a project that
    /// has written none yet: commands that need them are refused then.
    fn has_project(&self) -> bool {
        true
    }
}
