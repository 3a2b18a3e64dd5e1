//! Tables of SeaORM entities.

use sea_orm::{EntityTrait, Schema, SchemaBuilder};

use super::TenantSchema;
use crate::{
    error::Result,
    migrate::{change::SchemaChange, entity, step::Step},
};

/// # Entity first
impl TenantSchema {
    /// Creates the table of an entity, with its enum types and indexes. A type that the migration has
    /// created before is not created again.
    ///
    /// A migration is what the entity was when it was written: keep a copy of the entity in the
    /// migration's module, since a change of it afterwards would change what the migration does.
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`](crate::Error::UnsupportedDefinition) for what cannot be laid
    /// out, such as an entity with a schema.
    pub fn create_entity<E: EntityTrait>(&mut self, entity: E) -> Result<()> {
        self.create_entities(|helper| helper.builder().register(entity))
    }

    /// Creates the tables of entities, each after those that it refers to. `entities` is given
    /// SeaORM's helper for the database, and collects them with it: one by one, or with SeaORM's
    /// feature `entity-registry` those of a module tree, by
    /// `EntityRegistry::build_schema(helper, "my_app::entity::tenant::*")`.
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`](crate::Error::UnsupportedDefinition) for no entity at all,
    /// and as [`create_entity`](Self::create_entity).
    pub fn create_entities(&mut self, entities: impl Fn(Schema) -> SchemaBuilder) -> Result<()> {
        for change in entity::changes(&entities, self.dialect)? {
            let is_there = matches!(&change, SchemaChange::CreateType(_))
                && self
                    .steps
                    .iter()
                    .any(|step| matches!(step, Step::Schema(there) if *there == change));
            if !is_there {
                self.change(change);
            }
        }
        Ok(())
    }
}
