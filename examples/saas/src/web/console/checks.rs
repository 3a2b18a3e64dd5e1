//! What the checks of the live database find now.

use askama::Template;
use axum::extract::State;
use tenancy_core::{Tenancy, check::Findings};

use super::Frame;
use crate::{
    migration, strategy,
    web::{
        app::App,
        page::{Page, PageError},
        visitor::Visitor,
    },
};

#[derive(Debug, Template)]
#[template(path = "console/checks.html")]
pub(in crate::web) struct ChecksPage {
    frame: Frame,
    findings: Findings,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Page<ChecksPage>, PageError> {
    let strategy = strategy::choose(&app.config)?;
    let report = Tenancy::check_database(&app.config, strategy, migration::sets()).await;
    let findings = report.findings;
    Ok(Page::ok(ChecksPage { frame: Frame::new(&app, visitor, "checks"), findings }))
}
