//! Migrations written in a line or two, for tests.

use sea_orm_migration::MigrationName;

use crate::{Error, Result, TenantMigration, TenantSchema};

/// What a migration writes down.
pub type Writes = fn(&mut TenantSchema) -> Result<()>;

/// A tenant migration made of a name and functions.
///
/// ```
/// use tenancy_core::testing::Written;
///
/// let migration = Written::new("m20260401_000001_add_phone", |schema| {
///     schema.sql("ALTER TABLE customer ADD COLUMN phone text")
/// })
/// .with_down(|schema| {
///     schema.drop_column("customer", "phone");
///     Ok(())
/// });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Written {
    name: &'static str,
    up: Writes,
    down: Option<Writes>,
    in_transaction: bool,
}

impl Written {
    /// A migration that nothing takes back.
    #[must_use]
    pub fn new(name: &'static str, up: Writes) -> Self {
        Self { name, up, down: None, in_transaction: true }
    }

    /// The same migration with what takes it back.
    #[must_use]
    pub fn with_down(self, down: Writes) -> Self {
        Self { down: Some(down), ..self }
    }

    /// The same migration outside any transaction.
    #[must_use]
    pub fn outside_transaction(self) -> Self {
        Self { in_transaction: false, ..self }
    }
}

impl MigrationName for Written {
    fn name(&self) -> &str {
        self.name
    }
}

impl TenantMigration for Written {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        (self.up)(schema)
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        match self.down {
            Some(down) => down(schema),
            None => Err(Error::Irreversible { migration: self.name.to_owned() }),
        }
    }

    fn in_transaction(&self) -> bool {
        self.in_transaction
    }
}
