//! Sign-up: a shop that somebody asks for is made while they look on.
//!
//! What was asked for stands in a table, so that the page of progress does not depend on which
//! process makes the shop, and what a crash has cut off can be gone on with.

use std::time::Duration;

use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, Set, sea_query::Expr,
};
use serde_json::json;
use tenancy_core::{
    CentralConnection, Error, Role, Slug, Tenancy, TenantStatus, registry::NewTenant,
};
use uuid::Uuid;

use crate::{
    entity::{Currency, SignUp, currency, sign_up},
    invalid::Invalid,
    web::Sites,
};

/// After this time without an end a shop may be asked for again: whoever made it is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// The colours of shops, one of which a new shop gets.
const ACCENTS: [&str; 4] = ["teal", "plum", "indigo", "rust"];

/// How far a shop is that somebody has asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It is being made.
    Waiting,
    /// It is there.
    Made,
    /// It could not be made.
    Failed,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Made => "made",
            Self::Failed => "failed",
        }
    }
}

impl sign_up::Model {
    pub(crate) fn is(&self, state: State) -> bool {
        self.state == state.as_str()
    }

    /// Whether it may be tried again.
    pub(crate) fn is_open_again(&self) -> bool {
        self.is(State::Failed) || (self.is(State::Waiting) && self.changed_at <= given_up())
    }
}

fn given_up() -> chrono::DateTime<Utc> {
    Utc::now() - chrono::Duration::from_std(PATIENCE).unwrap_or_default()
}

/// A shop to ask for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) currency: String,
}

/// Why a shop cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignUpError {
    /// What came in cannot be used; each field says why.
    #[error("the input cannot be used")]
    Invalid(#[from] Invalid),
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// The registry could not be asked.
    #[error(transparent)]
    Tenancy(#[from] Error),
}

/// The shops that were asked for. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SignUps {
    tenancy: Tenancy,
    database: CentralConnection,
    sites: Sites,
}

impl SignUps {
    pub(crate) async fn open(tenancy: &Tenancy, sites: Sites) -> tenancy_core::Result<Self> {
        let database = tenancy.central("shops that people ask for").await?;
        Ok(Self { tenancy: tenancy.clone(), database, sites })
    }

    /// The currencies that a shop may have.
    pub(crate) async fn currencies(&self) -> Result<Vec<currency::Model>, DbErr> {
        Currency::find().all(&self.database).await
    }

    /// Checks what is wanted; the slug of the shop that it would be.
    pub(crate) async fn check(&self, wanted: &Wanted) -> Result<Slug, SignUpError> {
        let mut invalid = Invalid::default();
        invalid.check_text("shop_name", &wanted.name, 120);
        let slug = self.check_slug(&wanted.slug, &mut invalid).await?;
        if Currency::find_by_id(&wanted.currency).one(&self.database).await?.is_none() {
            invalid.add("currency", "Choose a currency.");
        }
        match slug {
            Some(slug) => Ok(invalid.into_result().map(|()| slug)?),
            None => Err(invalid.into()),
        }
    }

    async fn check_slug(
        &self,
        slug: &str,
        invalid: &mut Invalid,
    ) -> Result<Option<Slug>, SignUpError> {
        let slug: Slug = match slug.trim().parse() {
            Ok(slug) => slug,
            Err(Error::InvalidName { reason, .. }) => {
                invalid.add("slug", format!("This cannot be an address: {reason}."));
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let registry = self.tenancy.registry();
        if Sites::is_taken(&slug) {
            invalid.add("slug", "This address is reserved.");
        } else if registry.find_by_slug(&slug).await?.is_some()
            || registry.find_by_domain(&self.sites.domain(&slug)?).await?.is_some()
        {
            invalid.add("slug", "This address is taken.");
        }
        Ok(Some(slug))
    }

    /// Asks for a shop, and begins to make it.
    pub(crate) async fn ask(&self, user: Uuid, wanted: &Wanted) -> Result<Uuid, SignUpError> {
        let slug = self.check(wanted).await?;
        let row = sign_up::ActiveModel {
            id: Set(Uuid::now_v7()),
            user_id: Set(user),
            slug: Set(slug.to_string()),
            name: Set(wanted.name.trim().to_owned()),
            currency: Set(wanted.currency.clone()),
            state: Set(State::Waiting.as_str().to_owned()),
            reason: Set(None),
            changed_at: Set(Utc::now()),
        };
        let row = row.insert(&self.database).await?;
        let id = row.id;
        self.begin(row);
        Ok(id)
    }

    /// What a user has asked for.
    pub(crate) async fn find(&self, id: Uuid, user: Uuid) -> Result<Option<sign_up::Model>, DbErr> {
        let own = SignUp::find_by_id(id).filter(sign_up::Column::UserId.eq(user));
        own.one(&self.database).await
    }

    /// Tries again what has failed or was cut off. Of those who do at once, one begins.
    pub(crate) async fn again(&self, row: sign_up::Model) -> Result<(), DbErr> {
        let cut_off = Condition::all()
            .add(sign_up::Column::State.eq(State::Waiting.as_str()))
            .add(sign_up::Column::ChangedAt.lte(given_up()));
        let open =
            Condition::any().add(sign_up::Column::State.eq(State::Failed.as_str())).add(cut_off);
        let taken = self.note(row.id, State::Waiting, None, open).await?;
        if taken == 1 {
            self.begin(row);
        }
        Ok(())
    }

    async fn note(
        &self,
        id: Uuid,
        state: State,
        reason: Option<String>,
        condition: Condition,
    ) -> Result<u64, DbErr> {
        let noted = SignUp::update_many()
            .col_expr(sign_up::Column::State, Expr::value(state.as_str()))
            .col_expr(sign_up::Column::Reason, Expr::value(reason))
            .col_expr(sign_up::Column::ChangedAt, Expr::value(Utc::now()))
            .filter(sign_up::Column::Id.eq(id))
            .filter(condition)
            .exec(&self.database)
            .await?;
        Ok(noted.rows_affected)
    }

    fn begin(&self, row: sign_up::Model) {
        let this = self.clone();
        tokio::spawn(async move {
            let id = row.id;
            let (state, reason) = match this.make(&row).await {
                Ok(()) => (State::Made, None),
                Err(error) => {
                    tracing::warn!(
                        code = error.code(),
                        slug = row.slug,
                        "{}",
                        error.with_sources()
                    );
                    (State::Failed, Some(told(&error)))
                }
            };
            if let Err(error) = this.note(id, state, reason, Condition::all()).await {
                tracing::error!(%error, "what became of a sign-up could not be noted");
            }
        });
    }

    /// Makes the shop, or goes on with one of the same person that was cut off.
    async fn make(&self, row: &sign_up::Model) -> tenancy_core::Result<()> {
        let slug: Slug = row.slug.parse()?;
        let owner = row.user_id.to_string();
        if let Some(tenant) = self.tenancy.registry().find_by_slug(&slug).await? {
            let member = self.tenancy.registry().find_member(tenant.id, &owner).await?;
            if member.is_none_or(|member| member.role != Role::Owner) {
                return Err(Error::Taken { what: "slug", name: row.slug.clone() });
            }
            return match tenant.status {
                TenantStatus::Provisioning => self.tenancy.finish_tenant(&slug).await.map(drop),
                TenantStatus::Active
                | TenantStatus::Suspended
                | TenantStatus::Archived
                | TenantStatus::Deleted => Ok(()),
            };
        }
        let accent = ACCENTS[row.slug.bytes().map(usize::from).sum::<usize>() % ACCENTS.len()];
        let new = NewTenant::new(slug.clone(), &row.name)
            .with_domain(self.sites.domain(&slug)?)
            .with_owner(owner)
            .with_settings(json!({ "currency": row.currency, "accent": accent }));
        self.tenancy.create_tenant(&new).await.map(drop)
    }
}

/// What the person who waits is told.
fn told(error: &Error) -> String {
    if matches!(error, Error::Taken { .. }) {
        return "Somebody else was faster: this address is taken now.".to_owned();
    }
    "Something went wrong on our side. Nothing of the shop is left, so that it can be tried again."
        .to_owned()
}
