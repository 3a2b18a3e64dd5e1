//! `Names`: what tables and columns are called, as far as the sources say it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, Expr, Fields, Item, Lit};

use super::RustFile;

/// What tables and columns are called, as far as the sources say it.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// What `DeriveIden` makes of an enum or a struct, by its name.
    identifiers: BTreeMap<String, Vec<Identifiers>>,
    /// The tables of entities, by the name of the module.
    entities: BTreeMap<String, Vec<String>>,
    /// Texts that have a name.
    constants: BTreeMap<String, Vec<(PathBuf, String)>>,
}

#[derive(Debug)]
struct Identifiers {
    file: PathBuf,
    table: String,
    variants: BTreeMap<String, String>,
}

/// A name, or why it cannot be told.
pub(crate) type Named = Result<String, String>;

impl Names {
    pub(super) fn of(files: &[RustFile]) -> Self {
        let mut names = Self::default();
        for file in files {
            names.read(&file.path, &file.module(), &file.syntax.items);
        }
        names
    }

    fn read(&mut self, path: &Path, module: &str, items: &[Item]) {
        for item in items {
            match item {
                Item::Enum(item) if derives_iden(&item.attrs) => {
                    self.read_enum(path, item);
                }
                Item::Struct(item) if derives_iden(&item.attrs) => {
                    let table = renamed(&item.attrs).unwrap_or_else(|| snake(&item.ident));
                    let variants = BTreeMap::new();
                    self.add(&item.ident, Identifiers { file: path.to_owned(), table, variants });
                }
                Item::Struct(item) => {
                    let table = attribute(&item.attrs, "sea_orm", "table_name");
                    if let (Some(table), Fields::Named(_)) = (table, &item.fields) {
                        self.entities.entry(module.to_owned()).or_default().push(table);
                    }
                }
                Item::Const(item) => self.read_constant(path, &item.ident, &item.expr),
                Item::Static(item) => self.read_constant(path, &item.ident, &item.expr),
                Item::Mod(item) => {
                    if let Some((_, items)) = &item.content {
                        self.read(path, &item.ident.to_string(), items);
                    }
                }
                _ => {}
            }
        }
    }

    fn read_enum(&mut self, path: &Path, item: &syn::ItemEnum) {
        // SeaORM's derive does not read its attribute on an enum; SeaQuery's reads its own.
        let own = item.attrs.iter().filter(|attribute| !attribute.path().is_ident("sea_orm"));
        let own: Vec<Attribute> = own.cloned().collect();
        let mut table = renamed(&own).unwrap_or_else(|| snake(&item.ident));
        let mut variants = BTreeMap::new();
        for variant in &item.variants {
            let name = renamed(&variant.attrs);
            if variant.ident == "Table" {
                table = name.unwrap_or(table);
            } else {
                let name = name.unwrap_or_else(|| snake(&variant.ident));
                variants.insert(variant.ident.to_string(), name);
            }
        }
        self.add(&item.ident, Identifiers { file: path.to_owned(), table, variants });
    }

    fn add(&mut self, ident: &syn::Ident, identifiers: Identifiers) {
        self.identifiers.entry(ident.to_string()).or_default().push(identifiers);
    }

    fn read_constant(&mut self, path: &Path, ident: &syn::Ident, value: &Expr) {
        if let Some(text) = literal(value) {
            let constants = self.constants.entry(ident.to_string()).or_default();
            constants.push((path.to_owned(), text));
        }
    }

    /// The text that a constant holds, if there is only one of the name.
    pub(crate) fn constant(&self, file: &RustFile, name: &str) -> Option<&str> {
        let all = self.constants.get(name)?;
        let own = all.iter().find(|(path, _)| *path == file.path);
        let only = match all.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        own.or(only).map(|(_, text)| text.as_str())
    }

    /// What an expression calls a table, a column or a type; `variables` are those whose value is
    /// known.
    pub(crate) fn resolve(
        &self,
        file: &RustFile,
        variables: &BTreeMap<String, String>,
        expression: &Expr,
    ) -> Named {
        let resolve = |inner: &Expr| self.resolve(file, variables, inner);
        let unknown = || Err("its name is computed".to_owned());
        match expression {
            Expr::Lit(_) => literal(expression).map_or_else(unknown, Ok),
            Expr::Reference(inner) => resolve(&inner.expr),
            Expr::Paren(inner) => resolve(&inner.expr),
            Expr::Group(inner) => resolve(&inner.expr),
            Expr::Tuple(tuple) => tuple.elems.last().map_or_else(unknown, resolve),
            Expr::MethodCall(call) if call.args.is_empty() => resolve(&call.receiver),
            Expr::Call(call) => match (call.func.as_ref(), call.args.first()) {
                (Expr::Path(function), Some(name)) if makes_alias(&function.path) => resolve(name),
                _ => unknown(),
            },
            Expr::Path(path) => {
                let variable = path.path.get_ident().and_then(|v| variables.get(&v.to_string()));
                variable.cloned().map_or_else(|| self.resolve_path(file, &path.path), Ok)
            }
            _ => unknown(),
        }
    }

    fn resolve_path(&self, file: &RustFile, path: &syn::Path) -> Named {
        let full = file.resolve(path);
        let Some((last, before)) = full.split_last() else { return Err(String::new()) };
        if last == "Entity" {
            return self.entity(file, before.last());
        }
        if let Some(owner) = before.last() {
            if owner == "Column" {
                return Ok(snake_case(last));
            }
            if let Some(found) = self.find(file, owner) {
                let name =
                    if last == "Table" { Some(&found.table) } else { found.variants.get(last) };
                return name.cloned().ok_or_else(|| format!("`{owner}` has no `{last}`"));
            }
        }
        if let Some(found) = self.find(file, last) {
            return Ok(found.table.clone());
        }
        if let Some(text) = self.constant(file, last) {
            return Ok(text.to_owned());
        }
        let written: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        Err(format!("the sources do not say what `{}` is called", written.join("::")))
    }

    fn entity(&self, file: &RustFile, module: Option<&String>) -> Named {
        let module =
            module.map_or_else(|| file.module(), |module| module.replace("self", &file.module()));
        match self.entities.get(&module).map(Vec::as_slice) {
            Some([table]) => Ok(table.clone()),
            _ => Err(format!(
                "the sources do not say what the table of `{module}::Entity` is called"
            )),
        }
    }

    /// An enum or struct of the file itself, or the only one of that name.
    fn find(&self, file: &RustFile, name: &str) -> Option<&Identifiers> {
        let all = self.identifiers.get(name)?;
        let own = all.iter().find(|found| found.file == file.path);
        let first = all.first()?;
        own.or_else(|| all.iter().all(|other| other.table == first.table).then_some(first))
    }
}

fn makes_alias(path: &syn::Path) -> bool {
    let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    matches!(names.as_slice(), [.., owner, _] if owner == "Alias" || owner == "DynIden")
}

fn derives_iden(attributes: &[Attribute]) -> bool {
    let derived = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derived.flat_map(words).any(|(word, _)| word == "DeriveIden" || word == "Iden")
}

/// What an identifier is renamed to, in the words of SeaORM and of SeaQuery.
fn renamed(attributes: &[Attribute]) -> Option<String> {
    let own = attributes.iter().filter(|attribute| !attribute.path().is_ident("derive"));
    own.flat_map(words)
        .find_map(|(word, value)| if word == "iden" || word == "rename" { value } else { None })
}

/// The value of a key in an attribute such as `#[sea_orm(table_name = "note")]`.
pub(crate) fn attribute(attributes: &[Attribute], of: &str, key: &str) -> Option<String> {
    let own = attributes.iter().filter(|attribute| attribute.path().is_ident(of));
    own.flat_map(words).find_map(|(word, value)| if word == key { value } else { None })
}

/// The words of an attribute, each with the text that it is set to.
pub(crate) fn words(attribute: &Attribute) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    match &attribute.meta {
        syn::Meta::List(list) => collect(list.tokens.clone(), &mut found),
        syn::Meta::NameValue(pair) => {
            let name = pair.path.segments.last().map(|last| last.ident.to_string());
            found.extend(name.map(|name| (name, literal(&pair.value))));
        }
        syn::Meta::Path(_) => {}
    }
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<(String, Option<String>)>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => found.push((word.to_string(), None)),
            TokenTree::Literal(literal) => {
                let text = syn::parse_str::<syn::LitStr>(&literal.to_string());
                if let (Ok(text), Some((_, value @ None))) = (text, found.last_mut()) {
                    *value = Some(text.value());
                }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                collect(group.stream(), found);
            }
            TokenTree::Group(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// The text of a literal.
pub(crate) fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(value) => match &value.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Reference(inner) => literal(&inner.expr),
        Expr::Paren(inner) => literal(&inner.expr),
        Expr::Group(inner) => literal(&inner.expr),
        _ => None,
    }
}

fn snake(ident: &syn::Ident) -> String {
    snake_case(&ident.to_string())
}

/// Writes a name as SeaORM's derive macros do: `OrderItems` is `order_items`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let behind = letters.get(at + 1);
        let after_lower = before.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit());
        let last_of_capitals =
            before.is_some_and(|c| c.is_uppercase()) && behind.is_some_and(|c| c.is_lowercase());
        if letter.is_uppercase() && (after_lower || last_of_capitals) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_derive_macros_do() {
        for (name, snake) in [
            ("Note", "note"),
            ("OrderItems", "order_items"),
            ("HTTPServer", "http_server"),
            ("TenantId", "tenant_id"),
            ("Line2Text", "line2_text"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }
}
