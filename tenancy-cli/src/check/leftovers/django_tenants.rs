//! LFT001 `django-tenants`: django-tenants is still set up.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject, leftovers::find_words, source::TextFile};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "LFT001",
        name: "django-tenants",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

Settings of django-tenants in Python files of the application's folder: its database engine
(`django_tenants.postgresql_backend`), its router, middleware and applications, `SHARED_APPS`,
`TENANT_APPS`, `TENANT_MODEL`, `TENANT_DOMAIN_MODEL`.

## Why it is wrong

While they are there, `manage.py migrate` creates tables and schemas for tenants of its own, beside those
of this framework: two registries over one database. That was the accident this framework grew from.

## How to fix it

Remove the settings, and the application `django_tenants` with them. To keep its tenants, create each one
by `tenancy tenant create` with its domains. Its schemas stay as they are until then; its ledger
`django_migrations` lists every application in every schema and says nothing about tables.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let python = subject.sources.settings.iter();
    let python = python.filter(|file| file.path.extension().is_some_and(|kind| kind == "py"));
    python.filter_map(in_file).collect()
}

fn in_file(file: &TextFile) -> Option<Finding> {
    if !file.text.contains("django_tenants") && !file.text.contains("TENANT_") {
        return None;
    }
    let finding = find_words(
        &CHECK.description,
        file,
        "django-tenants",
        &[
            ("ENGINE", |line| line.contains("django_tenants.postgresql_backend")),
            ("DATABASE_ROUTERS", |line| line.contains("TenantSyncRouter")),
            ("MIDDLEWARE", |line| line.contains("django_tenants.middleware")),
            ("INSTALLED_APPS", |line| {
                let line = line.trim().trim_end_matches(',');
                line == "\"django_tenants\"" || line == "'django_tenants'"
            }),
            ("SHARED_APPS", |line| sets(line, "SHARED_APPS")),
            ("TENANT_APPS", |line| sets(line, "TENANT_APPS")),
            ("TENANT_MODEL", |line| sets(line, "TENANT_MODEL")),
            ("TENANT_DOMAIN_MODEL", |line| sets(line, "TENANT_DOMAIN_MODEL")),
            ("TenantMixin", |line| line.contains("(TenantMixin")),
            ("DomainMixin", |line| line.contains("(DomainMixin")),
        ],
    )?;
    Some(finding.with_hint(
        "remove these settings; to keep its tenants, create each by `tenancy tenant create` first",
    ))
}

fn sets(line: &str, name: &str) -> bool {
    let Some(behind) = line.trim_start().strip_prefix(name) else { return false };
    let behind = behind.trim_start();
    behind.starts_with('=') || behind.starts_with(':') || behind.starts_with("+=")
}
