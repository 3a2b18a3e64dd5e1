//! Finds the entities of an application.

use proc_macro2::Span;
use syn::{
    Attribute, Field, Fields, ItemStruct,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use crate::check::{
    Subject,
    source::{RustFile, attribute, words},
};

/// An entity: the struct that holds a row.
pub(super) struct Entity<'a> {
    pub(super) file: &'a RustFile,
    /// The table, or the name of the struct where none is given.
    pub(super) table: String,
    pub(super) schema: Option<Span>,
    pub(super) columns: Vec<(String, Span)>,
    pub(super) span: Span,
}

/// Lists the entities, file by file.
pub(super) fn entities<'a>(subject: &Subject<'a>) -> Vec<Entity<'a>> {
    let mut entities = Vec::new();
    for file in &subject.sources.files {
        let mut reader = Reader { file, entities: Vec::new() };
        reader.visit_file(&file.syntax);
        entities.extend(reader.entities);
    }
    entities
}

struct Reader<'a> {
    file: &'a RustFile,
    entities: Vec<Entity<'a>>,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        let table = attribute(&item.attrs, "sea_orm", "table_name");
        if table.is_some() || derives_model(&item.attrs) {
            let schema = item.attrs.iter().find(|attribute| names_schema(attribute));
            self.entities.push(Entity {
                file: self.file,
                table: table.unwrap_or_else(|| self.file.module()),
                schema: schema.map(|attribute| attribute.span()),
                columns: columns(&item.fields),
                span: item.ident.span(),
            });
        }
        visit::visit_item_struct(self, item);
    }
}

fn derives_model(attributes: &[Attribute]) -> bool {
    let derived = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derived.flat_map(words).any(|(word, _)| word == "DeriveEntityModel" || word == "DeriveModel")
}

fn names_schema(attribute: &Attribute) -> bool {
    attribute.path().is_ident("sea_orm")
        && words(attribute).iter().any(|(word, _)| word == "schema_name")
}

fn columns(fields: &Fields) -> Vec<(String, Span)> {
    let name = |field: &Field| {
        let ident = field.ident.as_ref()?;
        let renamed = attribute(&field.attrs, "sea_orm", "column_name");
        Some((renamed.unwrap_or_else(|| ident.to_string()), ident.span()))
    };
    fields.iter().filter_map(name).collect()
}
