//! Makes a syntax tree fit for looking at: tests are left out, and macros that hold expressions or
//! statements are replaced by what they hold.

use syn::{
    Attribute, Block, Expr, ExprArray, ExprBlock, File, ImplItem, Item, Macro, Meta, Stmt, Token,
    parse::Parser as _, punctuated::Punctuated, spanned::Spanned as _, token, visit_mut,
    visit_mut::VisitMut,
};

/// Macros that mean something else than their arguments do.
const CLOSED: [&str; 10] = [
    "cfg",
    "concat",
    "env",
    "format",
    "format_args",
    "include",
    "include_str",
    "matches",
    "option_env",
    "stringify",
];

/// Removes what is compiled for tests only.
pub(super) fn without_tests(file: &mut File) {
    WithoutTests.visit_file_mut(file);
}

/// Replaces macros such as `vec![a, b]` by an array of what they hold.
pub(super) fn open_macros(file: &mut File) {
    OpenMacros.visit_file_mut(file);
}

struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_file_mut(&mut self, file: &mut File) {
        file.items.retain(|item| !is_test(attributes(item)));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !is_test(attributes(item)));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, item: &mut syn::ItemImpl) {
        item.items.retain(|item| match item {
            ImplItem::Fn(function) => !is_test(&function.attrs),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, item);
    }
}

/// The attributes of the items that tests consist of.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Recognises `#[cfg(test)]` and every attribute whose last word is `test`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.segments.last().is_some_and(|last| last.ident == "test"),
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        Meta::List(list) => list.path.segments.last().is_some_and(|last| last.ident == "test"),
        Meta::NameValue(_) => false,
    })
}

struct OpenMacros;

impl VisitMut for OpenMacros {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::Macro(invocation) = expression
            && let Some(opened) = open(&invocation.mac)
        {
            *expression = opened;
        }
        visit_mut::visit_expr_mut(self, expression);
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        if let Stmt::Macro(invocation) = statement
            && let Some(opened) = open(&invocation.mac)
        {
            *statement = Stmt::Expr(opened, Some(Token![;](invocation.mac.path.span())));
        }
        visit_mut::visit_stmt_mut(self, statement);
    }
}

fn open(mac: &Macro) -> Option<Expr> {
    let name = mac.path.segments.last()?.ident.to_string();
    if CLOSED.contains(&name.as_str()) {
        return None;
    }
    let span = mac.path.span();
    let list = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(mac.tokens.clone());
    if let Ok(elems) = list {
        let bracket_token = token::Bracket(span);
        return Some(Expr::Array(ExprArray { attrs: Vec::new(), bracket_token, elems }));
    }
    let stmts = Block::parse_within.parse2(mac.tokens.clone()).ok()?;
    let block = Block { brace_token: token::Brace(span), stmts };
    Some(Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block }))
}
