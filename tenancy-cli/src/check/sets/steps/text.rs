//! SQL as text: written in the step, named by a constant, or included from a file.

use std::fs;

use syn::Expr;

use super::Reader;
use crate::check::{
    sets::sql,
    source::{line_of, literal},
};

impl Reader<'_> {
    /// Reads what a text of SQL does.
    pub(super) fn sql(&mut self, text: &Expr) {
        let line = line_of(text);
        let steps = match self.text(text) {
            Ok(text) => sql::steps(&text),
            Err(reason) => return self.unknown(reason, line),
        };
        let is_written_here = literal(text).is_some();
        for (kind, below) in steps {
            self.push(kind, if is_written_here { line + below } else { line });
        }
    }

    fn text(&self, expression: &Expr) -> Result<String, String> {
        if let Some(text) = literal(expression) {
            return Ok(text);
        }
        match expression {
            Expr::Reference(inner) => self.text(&inner.expr),
            Expr::Paren(inner) => self.text(&inner.expr),
            Expr::MethodCall(call) if call.args.is_empty() => self.text(&call.receiver),
            Expr::Path(path) => {
                let variable = path.path.get_ident().map(ToString::to_string);
                if let Some(text) = variable.and_then(|variable| self.names.get(&variable)) {
                    return Ok(text.clone());
                }
                let name = path.path.segments.last().map(|last| last.ident.to_string());
                let text = name.and_then(|name| self.sources.names.constant(self.file, &name));
                text.map(str::to_owned).ok_or_else(|| COMPUTED.to_owned())
            }
            Expr::Macro(invocation) if invocation.mac.path.is_ident("include_str") => {
                let path = invocation.mac.parse_body::<syn::LitStr>();
                let path = path.map_err(|_| COMPUTED.to_owned())?.value();
                let folder = self.file.path.parent().unwrap_or(&self.file.path);
                let file = self.sources.root.join(folder).join(&path);
                fs::read_to_string(file)
                    .map_err(|error| format!("`{path}` cannot be read: {}", error.kind()))
            }
            _ => Err(COMPUTED.to_owned()),
        }
    }
}

const COMPUTED: &str = "its SQL is computed";
