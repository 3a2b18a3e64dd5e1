//! Reads the part of an application's own figment that concerns tenancy.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use figment::value::Value;
use figment::{Figment, Metadata};

use super::file::{self, Parsed};
use super::layer::Layer;
use crate::check::{Findings, Source, unreadable_file};

/// Reads what stands under `key`; an application that has no such key says nothing.
pub(crate) fn layer(figment: &Figment, key: &str) -> Result<Layer, Findings> {
    let value = match figment.find_value(key) {
        Ok(value) => value,
        Err(error) if error.missing() => return Ok(Layer::default()),
        Err(error) => {
            let file = error.metadata.as_ref().and_then(file_of).map(Source::file);
            return Err(unreadable_file::application(key, file).into());
        }
    };
    let Value::Dict(_, tree) = value else {
        return Err(unreadable_file::application(key, None).into());
    };
    let mut files = Files::default();
    Ok(Layer::collect(&tree, &mut |path, value| {
        files.locate(figment.get_metadata(value.tag()), &format!("{key}.{path}"))
    }))
}

fn file_of(metadata: &Metadata) -> Option<&Path> {
    metadata.source.as_ref()?.file_path()
}

/// The application's files, each parsed once to find lines; one that is no TOML has none.
#[derive(Default)]
struct Files(BTreeMap<PathBuf, Option<Parsed>>);

impl Files {
    fn locate(&mut self, metadata: Option<&Metadata>, path: &str) -> Source {
        let Some(metadata) = metadata else {
            return provider("the application's configuration", path);
        };
        if let Some(place) = metadata.source.as_ref().and_then(figment::Source::code_location) {
            return Source::Code(place);
        }
        let Some(file) = file_of(metadata) else { return provider(&metadata.name, path) };
        let parsed = self.0.entry(file.to_owned()).or_insert_with(|| {
            let text = fs::read_to_string(file).ok()?;
            file::parse(&text).ok()
        });
        parsed.as_ref().map_or_else(|| Source::file(file), |parsed| parsed.source(file, path))
    }
}

fn provider(name: &str, key: &str) -> Source {
    Source::Provider { name: name.to_owned(), key: key.to_owned() }
}
