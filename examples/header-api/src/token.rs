//! Tokens of clients: each issued for one tenant, kept as a digest in a table that is present once.

#![expect(unreachable_pub, reason = "SeaORM's macros write `pub`")]
#![expect(elided_lifetimes_in_paths, reason = "the trait is written so")]

use sea_orm::{Set, entity::prelude::*};
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::Table,
    schema::{string_len, timestamp_with_time_zone},
};
use sha2::{Digest, Sha256};
use tenancy_core::{CentralConnection, Result, Tenancy, Tenant};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// The id of the tenant that it was issued for.
    pub issued_for: String,
    pub issued_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// The tokens, reached past the tenants: they say which tenant a request is for.
#[derive(Debug, Clone)]
pub(crate) struct Tokens(CentralConnection);

impl Tokens {
    pub(crate) async fn open(tenancy: &Tenancy) -> Result<Self> {
        Ok(Self(tenancy.central("tokens, which name the tenant of a request").await?))
    }

    /// Issues a token of a tenant. It is handed out here and nowhere else.
    pub(crate) async fn issue(&self, tenant: &Tenant) -> std::result::Result<String, String> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        let token = hexadecimal(&bytes);
        let row = ActiveModel {
            digest: Set(digest(&token)),
            issued_for: Set(tenant.id.to_string()),
            issued_at: Set(chrono::Utc::now()),
        };
        row.insert(&self.0).await.map_err(|error| error.to_string())?;
        Ok(token)
    }

    /// The id of the tenant that a token was issued for.
    pub(crate) async fn tenant_of(
        &self,
        token: &str,
    ) -> std::result::Result<Option<String>, DbErr> {
        let found = Entity::find_by_id(digest(token)).one(&self.0).await?;
        Ok(found.map(|token| token.issued_for))
    }
}

fn digest(token: &str) -> String {
    hexadecimal(&Sha256::digest(token.as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Creates the tokens.
pub(crate) struct CreateTokens;

impl MigrationName for CreateTokens {
    fn name(&self) -> &str {
        "m20260101_000001_create_tokens"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTokens {
    async fn up(&self, manager: &SchemaManager) -> std::result::Result<(), DbErr> {
        let mut token = Table::create();
        token
            .table("token")
            .col(string_len("digest", 64).primary_key())
            .col(string_len("issued_for", 36))
            .col(timestamp_with_time_zone("issued_at"));
        manager.create_table(token).await
    }

    async fn down(&self, manager: &SchemaManager) -> std::result::Result<(), DbErr> {
        manager.drop_table(Table::drop().table("token").take()).await
    }
}
