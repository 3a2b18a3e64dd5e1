//! Registers a migration in the list of its set: where it stands is found by parsing, and what else
//! stands in the file stays as it is, to the last blank.

use std::ops::Range;

use proc_macro2::Span;
use syn::{
    Expr, Item, ItemMod, Macro, ReturnType, Token,
    punctuated::Punctuated,
    spanned::Spanned as _,
    visit::{self, Visit},
};
use tenancy_core::check::sets::SetName;

/// Why a migration cannot be registered in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unregistrable {
    /// There is no list that can be understood.
    #[error("it has no function that returns the migrations as one `vec![…]`")]
    NoList,
    /// There is more than one.
    #[error("it has more than one such list")]
    SeveralLists,
    /// The list names modules that are declared elsewhere.
    #[error("its list names modules of another file")]
    ForeignModules,
    /// The file is no Rust, before the change or after it.
    #[error("it cannot be read as Rust")]
    Unreadable,
}

/// Whether a file has a list of the set.
pub(crate) fn has_list(text: &str, set: SetName) -> bool {
    syn::parse_file(text).is_ok_and(|file| !lists(&file, set).is_empty())
}

/// The text of a file with the migration of a module registered at the end of its list.
pub(crate) fn register(text: &str, set: SetName, module: &str) -> Result<String, Unregistrable> {
    let file = syn::parse_file(text).map_err(|_| Unregistrable::Unreadable)?;
    let found = lists(&file, set);
    let list = match found.as_slice() {
        [] => return Err(Unregistrable::NoList),
        [list] => list,
        _ => return Err(Unregistrable::SeveralLists),
    };
    let modules: Vec<&ItemMod> = file.items.iter().filter_map(module_of).collect();
    if list.modules().any(|named| !modules.iter().any(|module| module.ident == named)) {
        return Err(Unregistrable::ForeignModules);
    }
    // From the end of the file to its beginning, so that places stay what they are.
    let mut edits = [list.edit(text, module)?, declaration(&file, &modules, text, module)];
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.at.start));
    let mut changed = text.to_owned();
    for Edit { at, text } in edits {
        if changed.get(at.clone()).is_none() {
            return Err(Unregistrable::Unreadable);
        }
        changed.replace_range(at, &text);
    }
    verified(changed, set, module)
}

/// The changed text, if it says what it is to say.
fn verified(changed: String, set: SetName, module: &str) -> Result<String, Unregistrable> {
    let file = syn::parse_file(&changed).map_err(|_| Unregistrable::Unreadable)?;
    let is_declared = file.items.iter().filter_map(module_of).any(|it| it.ident == module);
    let is_listed = lists(&file, set).iter().any(|list| list.modules().any(|it| it == module));
    if is_declared && is_listed { Ok(changed) } else { Err(Unregistrable::Unreadable) }
}

/// What replaces a part of the text.
struct Edit {
    at: Range<usize>,
    text: String,
}

/// A module that lies in a file of its own.
fn module_of(item: &Item) -> Option<&ItemMod> {
    match item {
        Item::Mod(module) if module.content.is_none() => Some(module),
        _ => None,
    }
}

/// Declares the module behind the last one, or else before everything.
fn declaration(file: &syn::File, modules: &[&ItemMod], text: &str, module: &str) -> Edit {
    if let Some(last) = modules.last() {
        let end = last.span().byte_range().end;
        let visibility = text.get(last.vis.span().byte_range()).unwrap_or_default();
        let blank = if visibility.is_empty() { "" } else { " " };
        return Edit { at: end..end, text: format!("\n{visibility}{blank}mod {module};") };
    }
    let first = file.items.first().map_or(text.len(), |item| item.span().byte_range().start);
    Edit { at: first..first, text: format!("mod {module};\n\n") }
}

/// A `vec![…]` that a function returns the migrations of a set in.
struct List {
    open: Span,
    close: Span,
    elements: Punctuated<Expr, Token![,]>,
}

impl List {
    /// The modules that its elements name: the first word of each path.
    fn modules(&self) -> impl Iterator<Item = String> {
        self.elements.iter().filter_map(|element| {
            let mut first = FirstPath(None);
            first.visit_expr(element);
            first.0
        })
    }

    fn edit(&self, text: &str, module: &str) -> Result<Edit, Unregistrable> {
        let (start, end) = (self.open.byte_range().end, self.close.byte_range().start);
        let inside = text.get(start..end).ok_or(Unregistrable::Unreadable)?;
        let new = format!("Box::new({module}::Migration)");
        let Some(last) = self.elements.last() else {
            return Ok(Edit { at: start..start, text: new });
        };
        let indent = indent_of(text, start);
        if !inside.contains('\n') {
            let elements =
                self.elements.iter().map(|element| text.get(element.span().byte_range()));
            let elements: Option<Vec<&str>> = elements.collect();
            let elements = elements.ok_or(Unregistrable::Unreadable)?;
            let line = |element: &str| format!("\n{indent}    {element},");
            let lines: String = elements.into_iter().chain([new.as_str()]).map(line).collect();
            return Ok(Edit { at: start..end, text: format!("{lines}\n{indent}") });
        }
        let behind = match self.elements.pairs().next_back().and_then(|pair| pair.punct().copied())
        {
            Some(comma) => comma.span().byte_range().end,
            None => last.span().byte_range().end,
        };
        // What else stands in the line of the last element, such as a remark, is its own.
        let rest = text.get(behind..end).ok_or(Unregistrable::Unreadable)?;
        let rest = rest.split('\n').next().unwrap_or_default().trim_end();
        let comma = if self.elements.trailing_punct() { "" } else { "," };
        let inner = indent_of(text, last.span().byte_range().start);
        let text = format!("{comma}{rest}\n{inner}{new},");
        Ok(Edit { at: behind..behind + rest.len(), text })
    }
}

/// The blanks that the line of a place begins with.
fn indent_of(text: &str, at: usize) -> &str {
    let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line = text.get(line..).unwrap_or_default();
    let end = line.find(|c: char| c != ' ' && c != '\t').unwrap_or(line.len());
    line.get(..end).unwrap_or_default()
}

/// Finds the first path with more than one word that does not begin with a type.
struct FirstPath(Option<String>);

impl<'ast> Visit<'ast> for FirstPath {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let first = path.segments.first().map(|segment| segment.ident.to_string());
        let is_module = |name: &String| name.starts_with(char::is_lowercase);
        if self.0.is_none() && path.segments.len() > 1 {
            self.0 = first.filter(is_module);
        }
    }
}

fn lists(file: &syn::File, set: SetName) -> Vec<List> {
    let mut finder = Finder { of: trait_of(set), within: false, found: Vec::new() };
    finder.visit_file(file);
    finder.found
}

/// The trait that the migrations of a set implement.
fn trait_of(set: SetName) -> &'static str {
    match set {
        SetName::Shared => "MigrationTrait",
        SetName::Tenant => "TenantMigration",
    }
}

struct Finder {
    of: &'static str,
    /// Whether the function that is looked at returns migrations of the set.
    within: bool,
    found: Vec<List>,
}

impl Finder {
    fn function(&mut self, output: &ReturnType, look: impl FnOnce(&mut Self)) {
        let mut returned = Returned { of: self.of, is_there: false };
        returned.visit_return_type(output);
        let outer = std::mem::replace(&mut self.within, returned.is_there);
        look(self);
        self.within = outer;
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig.output, |this| visit::visit_item_fn(this, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig.output, |this| visit::visit_impl_item_fn(this, item));
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        if !self.within || !mac.path.is_ident("vec") {
            return;
        }
        if let Ok(elements) = mac.parse_body_with(Punctuated::parse_terminated) {
            let delimiters = mac.delimiter.span();
            let (open, close) = (delimiters.open(), delimiters.close());
            self.found.push(List { open, close, elements });
        }
    }
}

/// Looks for a trait in a type.
struct Returned {
    of: &'static str,
    is_there: bool,
}

impl<'ast> Visit<'ast> for Returned {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.is_there |= path.segments.last().is_some_and(|last| last.ident == self.of);
        visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests;
