//! LFT002 `apartment`: apartment is still set up.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject, leftovers::find_words};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "LFT002",
        name: "apartment",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

`Apartment.configure` and the gems `apartment` and `ros-apartment`, in Ruby files and the `Gemfile` of the
application's folder.

## Why it is wrong

While it is there, a deployment of the Rails half creates and migrates schemas of its own for tenants that
this framework does not know of.

## How to fix it

Remove the initializer and the gem. To keep its tenants, create each one by `tenancy tenant create`: it has
no registry of its own, so the list is what its `tenant_names` returns. Its schemas hold a copy of every
table, also of those that are read from `public`.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let all = subject.sources.settings.iter();
    let ruby = all.filter(|file| file.path.extension().is_none_or(|kind| kind != "py"));
    ruby.filter_map(|file| {
        let finding = find_words(
            &CHECK.description,
            file,
            "apartment",
            &[
                ("Apartment.configure", |line| line.contains("Apartment.configure")),
                ("gem", is_gem),
                ("elevator", |line| line.contains("Apartment::Elevators")),
            ],
        )?;
        Some(finding.with_hint(
            "remove it; to keep its tenants, create each by `tenancy tenant create` first",
        ))
    })
    .collect()
}

fn is_gem(line: &str) -> bool {
    let Some(name) = line.trim_start().strip_prefix("gem ") else { return false };
    let name = name.trim_start().trim_start_matches(['\'', '"']);
    ["apartment", "ros-apartment"]
        .iter()
        .any(|gem| name.strip_prefix(gem).is_some_and(|rest| rest.starts_with(['\'', '"'])))
}
