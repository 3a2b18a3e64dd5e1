//! The application on the web: the domain that a request is for says whose it is.

use axum::{
    Json, Router, http::StatusCode, response::IntoResponse, response::Response, routing::get,
};
use sea_orm::{ActiveModelTrait as _, DbErr, EntityTrait as _, Set};
use serde::Deserialize;
use tenancy_core::{
    Tenancy, Tenant, TenantConnection,
    axum::{Problem, TenantLayer},
    resolver::DomainResolver,
};

use crate::entity::{note, plan};

/// All routes, behind the layer that finds the tenant.
pub fn router(tenancy: Tenancy) -> Router {
    let domains = DomainResolver::new(&tenancy);
    Router::new()
        .route("/", get(home))
        .route("/notes", get(notes).post(add_note))
        .route("/plans", get(plans))
        .layer(TenantLayer::new(tenancy, domains))
}

async fn home(tenant: Tenant) -> String {
    format!("Welcome to {}\n", tenant.name)
}

/// The connection is the tenant's: `find` finds its notes, and no other's.
async fn notes(connection: TenantConnection) -> Result<Json<Vec<note::Model>>, Failure> {
    Ok(Json(
        note::Entity::find()
            .order_by_id_asc()
            .all(&connection)
            .await?,
    ))
}

async fn plans(connection: TenantConnection) -> Result<Json<Vec<plan::Model>>, Failure> {
    Ok(Json(plan::Entity::find().all(&connection).await?))
}

#[derive(Deserialize)]
struct NewNote {
    title: String,
}

async fn add_note(
    connection: TenantConnection,
    Json(new): Json<NewNote>,
) -> Result<(StatusCode, Json<note::Model>), Failure> {
    let note = note::ActiveModel {
        title: Set(new.title),
        ..Default::default()
    };
    Ok((StatusCode::CREATED, Json(note.insert(&connection).await?)))
}

/// Why there is no answer: the client is told its part, and nothing of the database.
struct Failure(DbErr);

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        Problem::from(&self.0).into_response()
    }
}
