//! Definitions in SeaQuery's words: `Table::create().table(…).col(…)` and their like.

use syn::{Expr, ExprMethodCall, Ident};

use super::Reader;
use crate::check::{
    sets::migration::StepKind,
    source::{line_of, literal},
};

/// A chain of methods on a definition.
pub(super) struct Chain<'a> {
    /// What is defined, such as `Table::create`.
    root: String,
    line: usize,
    pub(super) links: Vec<Link<'a>>,
}

pub(super) struct Link<'a> {
    method: &'a Ident,
    pub(super) args: Vec<&'a Expr>,
}

impl<'a> Chain<'a> {
    /// Reads the chain that ends with a call, if it begins with a definition.
    pub(super) fn of(call: &'a ExprMethodCall) -> Option<Self> {
        let mut links = vec![Link { method: &call.method, args: call.args.iter().collect() }];
        let mut receiver = call.receiver.as_ref();
        while let Expr::MethodCall(inner) = receiver {
            links.push(Link { method: &inner.method, args: inner.args.iter().collect() });
            receiver = &inner.receiver;
        }
        links.reverse();
        let Expr::Call(root) = receiver else { return None };
        let Expr::Path(path) = root.func.as_ref() else { return None };
        let mut names = path.path.segments.iter().rev();
        let (function, owner) = (&names.next()?.ident, &names.next()?.ident);
        let is_known = owner == "Table" || owner == "ForeignKey" || owner == "Index";
        let root_name = format!("{owner}::{function}");
        is_known.then(|| Self { root: root_name, line: line_of(root), links })
    }

    fn links(&self, method: &str) -> impl Iterator<Item = &Link<'a>> {
        self.links.iter().filter(move |link| link.method == method)
    }

    fn first(&self, method: &str) -> Option<&'a Expr> {
        self.links(method).next()?.args.first().copied()
    }
}

impl Reader<'_> {
    /// Reads a definition.
    pub(super) fn definition(&mut self, chain: &Chain<'_>) {
        match chain.root.as_str() {
            "Table::create" => self.create(chain),
            "Table::drop" => {
                for table in chain.links("table").filter_map(|link| link.args.first()) {
                    self.about(table, chain.line, |table| StepKind::Drop { table });
                }
            }
            "Table::rename" => {
                let names = chain.links("table").next().map(|link| link.args.as_slice());
                if let Some([from, to]) = names {
                    self.rename(from, to, chain.line);
                }
            }
            "Table::alter" => self.alter(chain),
            "ForeignKey::create" => {
                let to = chain.first("to").or_else(|| chain.first("to_tbl"));
                // What a tenant table refers to is judged when the migration is written down.
                if let Some(Ok(table)) = to.map(|to| self.name(to)) {
                    self.push(StepKind::Reference { table }, chain.line);
                }
            }
            "Index::create" => {
                if let Some(Ok(table)) = chain.first("table").map(|table| self.name(table)) {
                    self.push(StepKind::Reference { table }, chain.line);
                }
            }
            _ => {}
        }
    }

    fn create(&mut self, chain: &Chain<'_>) {
        let Some(table) = chain.first("table") else {
            return self
                .unknown("a definition of a table is made in several statements", chain.line);
        };
        let columns = chain.links("col").filter_map(|link| link.args.first());
        let columns: Vec<String> = columns.filter_map(|column| self.column(column)).collect();
        self.about(table, chain.line, |table| StepKind::Create { table, columns });
    }

    fn alter(&mut self, chain: &Chain<'_>) {
        let Some(table) = chain.first("table") else {
            return self.unknown("a change of a table is made in several statements", chain.line);
        };
        self.about(table, chain.line, |table| StepKind::Reference { table });
        let Ok(table) = self.name(table) else { return };
        for link in &chain.links {
            let Some(argument) = link.args.first() else { continue };
            let line = line_of(link.method);
            match link.method.to_string().as_str() {
                "drop_column" => match self.name(argument) {
                    Ok(column) => {
                        self.push(StepKind::DropColumn { table: table.clone(), column }, line);
                    }
                    Err(reason) => self.unknown(format!("a column is not known: {reason}"), line),
                },
                "add_column" | "add_column_if_not_exists" => {
                    if let Some(column) = self.column(argument) {
                        self.push(StepKind::AddColumn { table: table.clone(), column }, line);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether an expression is a definition that is read where it stands: written out, held by a
    /// variable, or handed back by a function of the application.
    pub(super) fn is_read(&self, expression: &Expr) -> bool {
        if variable(expression).is_some_and(|variable| self.definitions.contains(&variable)) {
            return true;
        }
        match expression {
            Expr::MethodCall(call) => {
                Chain::of(call).is_some()
                    || call.method == "create_table_from_entity"
                    || self.is_read(&call.receiver)
            }
            Expr::Reference(inner) => self.is_read(&inner.expr),
            Expr::Paren(inner) => self.is_read(&inner.expr),
            Expr::Try(inner) => self.is_read(&inner.expr),
            Expr::Await(inner) => self.is_read(&inner.base),
            Expr::Call(call) => match call.func.as_ref() {
                Expr::Path(path) => {
                    let names = path.path.segments.iter().rev();
                    let names: Vec<String> = names.map(|name| name.ident.to_string()).collect();
                    let is_definition = names.get(1).is_some_and(|owner| owner == "Table");
                    // The start of a definition has its own finding.
                    is_definition || names.first().is_some_and(|name| self.called(name).is_some())
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Reads what is said of the next step. A text that is not written out is taken for one.
    pub(super) fn because(&mut self, call: &ExprMethodCall) {
        let text = call.args.first().and_then(literal);
        let is_stated = text.is_none_or(|text| !text.trim().is_empty());
        self.reason.of = is_stated.then_some(self.reason.calls + 1);
    }

    /// Whether a method writes a step into what changes are written into.
    pub(super) fn is_step(&self, call: &ExprMethodCall) -> bool {
        let is_asked = call.method == "because" || call.method == "dialect";
        let receiver = because(&call.receiver).map_or(&*call.receiver, |said| &*said.receiver);
        !is_asked && variable(receiver).is_some_and(|receiver| Some(receiver) == self.manager)
    }

    /// Reads a method of what changes are written into; says whether it was one.
    pub(super) fn method(&mut self, call: &ExprMethodCall) -> bool {
        let line = line_of(&call.method);
        let args: Vec<&Expr> = call.args.iter().collect();
        match (call.method.to_string().as_str(), args.as_slice()) {
            ("create_table" | "alter_table", [definition]) if !self.is_read(definition) => {
                self.unknown("the definition of a table is made elsewhere", line);
                false
            }
            ("create_table_from_entity", [entity]) => {
                let create = |table| StepKind::Create { table, columns: Vec::new() };
                self.about(entity, line, create);
                true
            }
            ("drop_table", [table]) if !self.is_read(table) => {
                self.about(table, line, |table| StepKind::Drop { table });
                true
            }
            ("rename_table", [from, to]) => {
                self.rename(from, to, line);
                true
            }
            ("drop_column", [table, column]) => {
                match (self.name(table), self.name(column)) {
                    (Ok(table), Ok(column)) => {
                        self.push(StepKind::DropColumn { table, column }, line);
                    }
                    (Err(reason), _) | (_, Err(reason)) => {
                        self.unknown(format!("a column is not known: {reason}"), line);
                    }
                }
                true
            }
            ("add_column", [table, column]) => {
                if let (Ok(table), Some(column)) = (self.name(table), self.column(column)) {
                    self.push(StepKind::AddColumn { table, column }, line);
                }
                true
            }
            ("execute_unprepared" | "sql", [text]) => {
                self.sql(text);
                true
            }
            ("because", [_]) => {
                self.because(call);
                true
            }
            // Data steps are scoped like every statement of a tenant: they create and drop nothing.
            ("data" | "data_sql" | "raw", _) => true,
            (name, args) if chain_variable_is(&call.receiver, "self") => {
                self.call(name, args, line);
                false
            }
            _ => false,
        }
    }

    fn rename(&mut self, from: &Expr, to: &Expr, line: usize) {
        match (self.name(from), self.name(to)) {
            (Ok(table), Ok(to)) => self.push(StepKind::Rename { table, to }, line),
            (Err(reason), _) | (_, Err(reason)) => {
                self.unknown(format!("a table is not known: {reason}"), line);
            }
        }
    }

    /// The name of a column in its definition: `string("title")`, `ColumnDef::new("title")` and so on.
    fn column(&self, definition: &Expr) -> Option<String> {
        match definition {
            Expr::MethodCall(call) => self.column(&call.receiver),
            Expr::Reference(inner) => self.column(&inner.expr),
            Expr::Paren(inner) => self.column(&inner.expr),
            Expr::Call(call) => self.name(call.args.first()?).ok(),
            _ => None,
        }
    }
}

fn chain_variable_is(expression: &Expr, name: &str) -> bool {
    variable(expression).is_some_and(|variable| variable == name)
}

/// The call of `because` that an expression is.
pub(super) fn because(expression: &Expr) -> Option<&ExprMethodCall> {
    match expression {
        Expr::MethodCall(call) if call.method == "because" => Some(call),
        Expr::Paren(inner) => because(&inner.expr),
        _ => None,
    }
}

/// The variable that an expression is, whatever it is converted by.
pub(super) fn variable(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
        Expr::Reference(inner) => variable(&inner.expr),
        Expr::Paren(inner) => variable(&inner.expr),
        Expr::MethodCall(call) if call.args.is_empty() => variable(&call.receiver),
        _ => None,
    }
}

/// The values of a list that is written out.
pub(super) fn list(expression: &Expr) -> Option<Vec<&Expr>> {
    match expression {
        Expr::Array(array) => Some(array.elems.iter().collect()),
        Expr::Reference(inner) => list(&inner.expr),
        Expr::MethodCall(call) if call.args.is_empty() => list(&call.receiver),
        _ => None,
    }
}
