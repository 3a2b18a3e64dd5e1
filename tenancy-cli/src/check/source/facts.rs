//! `Facts`: what a file mentions, for the checks that ask no more than that.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Expr, ExprMethodCall, Lit, Macro, Type, TypePath,
    visit::{self, Visit},
};

use super::{imports::Imports, rust_file::line_of};

/// What a file mentions, each with its line.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The paths in expressions, with what the imports say of them.
    pub(crate) paths: Vec<(Vec<String>, usize)>,
    /// The types that hold others.
    pub(crate) types: Vec<Generic>,
    /// The methods that are called.
    pub(crate) methods: Vec<Method>,
    /// The texts.
    pub(crate) texts: Vec<(String, usize)>,
    /// The macros whose arguments are no Rust, with their words.
    pub(crate) closed: Vec<Closed>,
}

/// A method that is called.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: String,
    /// What it is called on, where that is a name.
    pub(crate) receiver: Option<String>,
    pub(crate) line: usize,
}

/// A type with arguments.
#[derive(Debug)]
pub(crate) struct Generic {
    pub(crate) name: String,
    /// The names in its arguments.
    pub(crate) inside: Vec<String>,
    pub(crate) line: usize,
}

/// A macro that is not known to hold expressions.
#[derive(Debug)]
pub(crate) struct Closed {
    pub(crate) name: String,
    /// Identifiers and signs, as `Database::connect(`.
    pub(crate) words: String,
    pub(crate) line: usize,
}

impl Facts {
    pub(super) fn of(file: &syn::File, imports: &Imports) -> Self {
        let mut reader = Reader { imports, facts: Self::default() };
        reader.visit_file(file);
        reader.facts
    }
}

struct Reader<'a> {
    imports: &'a Imports,
    facts: Facts,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_attribute(&mut self, _: &'ast Attribute) {
        // Documentation is an attribute, and says nothing of what is done.
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        match expression {
            Expr::Path(path) => {
                let mut full = self.imports.resolve(&path.path);
                if let Some(Type::Path(of)) = path.qself.as_ref().map(|q| q.ty.as_ref()) {
                    full = [self.imports.resolve(&of.path), full].concat();
                }
                self.facts.paths.push((full, line_of(path)));
            }
            Expr::Lit(literal) => {
                if let Lit::Str(text) = &literal.lit {
                    self.facts.texts.push((text.value(), line_of(text)));
                }
            }
            _ => {}
        }
        visit::visit_expr(self, expression);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let receiver = match call.receiver.as_ref() {
            Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        let (name, line) = (call.method.to_string(), line_of(&call.method));
        self.facts.methods.push(Method { name, receiver, line });
        visit::visit_expr_method_call(self, call);
    }

    fn visit_type_path(&mut self, path: &'ast TypePath) {
        if let Some(last) = path.path.segments.last()
            && !last.arguments.is_empty()
        {
            let mut inside = Inside(Vec::new());
            inside.visit_path_arguments(&last.arguments);
            let (name, line) = (last.ident.to_string(), line_of(path));
            self.facts.types.push(Generic { name, inside: inside.0, line });
        }
        visit::visit_type_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        let name = mac.path.segments.last().map(|last| last.ident.to_string());
        let mut words = String::new();
        write_words(&mut words, mac.tokens.clone());
        let line = line_of(&mac.path);
        self.facts.closed.push(Closed { name: name.unwrap_or_default(), words, line });
    }
}

/// The names in a type.
struct Inside(Vec<String>);

impl<'ast> Visit<'ast> for Inside {
    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        self.0.push(segment.ident.to_string());
        visit::visit_path_segment(self, segment);
    }
}

/// Writes tokens without the spaces between them, except between two words.
fn write_words(words: &mut String, tokens: TokenStream) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                if words.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                    words.push(' ');
                }
                words.push_str(&word.to_string());
            }
            TokenTree::Punct(sign) => words.push(sign.as_char()),
            TokenTree::Group(group) => {
                words.push('(');
                write_words(words, group.stream());
                words.push(')');
            }
            TokenTree::Literal(literal) => {
                words.push_str(&literal.to_string());
            }
        }
    }
}
