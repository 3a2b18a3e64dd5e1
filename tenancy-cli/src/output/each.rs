//! `EachAnswer`: what a tenant's database or program answered.

use serde::Serialize;
use serde_json::{Map, Value};
use tenancy_core::{Slug, Tenant};

use crate::error::Result;

/// How it went with a tenant.
#[derive(Debug)]
pub(crate) struct EachAnswer {
    pub(crate) slug: Slug,
    pub(crate) answer: Result<Answered>,
}

/// What a tenant's database or program answered.
#[derive(Debug)]
pub(crate) enum Answered {
    Rows(Rows),
    /// How many rows were changed.
    Changed(u64),
    Ran(Ran),
}

/// The rows of an answer.
#[derive(Debug)]
pub(crate) struct Rows {
    /// In the order of the statement; empty where there is no row.
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Map<String, Value>>,
}

/// How a program ended.
#[derive(Debug, Serialize)]
pub(crate) struct Ran {
    /// The exit code; none of a program that a signal ended.
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl EachAnswer {
    pub(crate) fn new(tenant: &Tenant, answer: Result<Answered>) -> Self {
        Self { slug: tenant.slug.clone(), answer }
    }

    pub(crate) fn has_failed(&self) -> bool {
        match &self.answer {
            Ok(Answered::Ran(ran)) => ran.exit != Some(0),
            Ok(Answered::Rows(_) | Answered::Changed(_)) => false,
            Err(_) => true,
        }
    }
}
