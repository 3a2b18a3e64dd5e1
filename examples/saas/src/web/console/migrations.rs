//! Migrations: what there is, who lacks it, and runs with their progress.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Redirect,
};
use serde::Deserialize;
use tenancy_core::{Slug, migrate::RunRecord};
use uuid::Uuid;

use super::Frame;
use crate::{
    migrating::{End, Progress},
    web::{
        app::App,
        form::Entered,
        page::{Page, PageError},
        visitor::Visitor,
    },
};

/// How many earlier runs are listed.
const EARLIER: u64 = 10;

#[derive(Debug, Template)]
#[template(path = "console/migrations.html")]
pub(in crate::web) struct MigrationsPage {
    frame: Frame,
    names: Vec<String>,
    tenants: u64,
    behind: u64,
    runs: Vec<RunRecord>,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Page<MigrationsPage>, PageError> {
    let counts = app.tenancy.migration_counts().await?;
    let known = app.tenancy.tenant_set().migrations().iter();
    Ok(Page::ok(MigrationsPage {
        frame: Frame::new(&app, visitor, "migrations"),
        names: known.map(|migration| migration.name.clone()).collect(),
        tenants: counts.tenants,
        behind: counts.behind,
        runs: app.tenancy.migration_runs(EARLIER).await?,
    }))
}

/// Whom to migrate: everybody, or one tenant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct BeginForm {
    tenant: String,
}

pub(super) async fn begin(
    State(app): State<App>,
    _visitor: Visitor,
    Entered(form): Entered<BeginForm>,
) -> Result<Redirect, PageError> {
    let only = match form.tenant.as_str() {
        "" => None,
        slug => Some(slug.parse::<Slug>().map_err(|_| PageError::not_found())?),
    };
    let behind = match only {
        Some(_) => 1,
        None => app.tenancy.migration_counts().await?.behind,
    };
    let id = app.migrating.begin(&app.tenancy, only, behind);
    Ok(Redirect::to(&format!("/migrations/{id}")))
}

#[derive(Debug, Template)]
#[template(path = "console/migration_run.html")]
pub(in crate::web) struct RunPage {
    frame: Frame,
    run: Progress,
}

impl RunPage {
    fn state(&self) -> &'static str {
        if self.run.is_over() { "over" } else { "waiting" }
    }

    fn ended(&self) -> u64 {
        self.run.tenants.len() as u64
    }

    fn failure(&self) -> Option<&str> {
        match &self.run.end {
            Some(End::Failed(reason)) => Some(reason),
            Some(End::Done { .. } | End::Incomplete) | None => None,
        }
    }

    /// How it stands, in a sentence.
    fn summary(&self) -> String {
        let ended = self.ended();
        let shops = if ended == 1 { "1 shop".to_owned() } else { format!("{ended} shops") };
        match &self.run.end {
            None => format!("{ended} of {} shops are done.", self.run.behind.max(ended)),
            Some(End::Done { shared }) if shared.is_empty() => {
                format!("Done: {shops} brought forward.")
            }
            Some(End::Done { shared }) => {
                format!("Done: {} once for all, {shops} one by one.", shared.join(", "))
            }
            Some(End::Incomplete) => "It has ended, and not every shop is done.".to_owned(),
            Some(End::Failed(_)) => "It could not be done.".to_owned(),
        }
    }
}

pub(super) async fn progress(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Page<RunPage>, PageError> {
    let id: Uuid = id.parse().map_err(|_| PageError::not_found())?;
    let run = app.migrating.find(id).ok_or_else(PageError::not_found)?;
    Ok(Page::ok(RunPage { frame: Frame::new(&app, visitor, "migrations"), run }))
}
