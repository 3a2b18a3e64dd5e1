//! Reads what the `up` of a migration changes: definitions in SeaQuery's words, and SQL as text.

mod chain;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Block, Expr, ExprAssign, ExprCall, ExprForLoop, ExprIf, ExprMatch, ExprMethodCall, FnArg,
    ImplItem, ImplItemFn, Item, Local, Pat, Signature, Stmt, Type,
    visit::{self, Visit},
};

use super::migration::{Step, StepKind};
use crate::check::source::{RustFile, Sources, line_of};
use chain::Chain;

/// Reads the steps of an `up`.
pub(super) fn read(sources: &Sources, file: &RustFile, up: &ImplItemFn) -> Vec<Step> {
    let mut reader = Reader {
        sources,
        file,
        manager: parameters(&up.sig).last().cloned(),
        names: BTreeMap::new(),
        definitions: BTreeSet::new(),
        calls: BTreeSet::new(),
        statement: 0,
        place: None,
        branches: Vec::new(),
        choices: 0,
        reason: Reason::default(),
        steps: Vec::new(),
    };
    reader.visit_block(&up.block);
    reader.steps
}

/// Whether an `up` does nothing at all.
pub(super) fn is_empty(block: &Block) -> bool {
    match block.stmts.as_slice() {
        [] => true,
        [Stmt::Expr(Expr::Call(only), None)] => {
            matches!(only.func.as_ref(), Expr::Path(path) if path.path.is_ident("Ok"))
                && only
                    .args
                    .iter()
                    .all(|value| matches!(value, Expr::Tuple(unit) if unit.elems.is_empty()))
        }
        _ => false,
    }
}

struct Reader<'a> {
    sources: &'a Sources,
    file: &'a RustFile,
    /// What `up` writes the changes into.
    manager: Option<String>,
    /// The variables that hold a name.
    names: BTreeMap<String, String>,
    /// The variables that hold a definition that was read.
    definitions: BTreeSet<String>,
    /// The functions that are being read, so that one that calls itself ends.
    calls: BTreeSet<String>,
    /// The line at which the statement begins.
    statement: usize,
    /// Where the migration calls a function of another file, which is then being read.
    place: Option<usize>,
    /// The alternatives that are being read.
    branches: Vec<(usize, usize)>,
    /// How many choices there were.
    choices: usize,
    reason: Reason,
    steps: Vec<Step>,
}

impl<'a> Reader<'a> {
    fn push(&mut self, kind: StepKind, line: usize) {
        let (line, statement) = match self.place {
            Some(place) => (place, place),
            None => (line, self.statement),
        };
        let branches = self.branches.clone();
        let is_explained = self.reason.is_of_this();
        self.steps.push(Step { kind, line, statement, branches, is_explained });
    }

    fn unknown(&mut self, reason: impl Into<String>, line: usize) {
        self.push(StepKind::Unknown(reason.into()), line);
    }

    /// What an expression calls a table or a column.
    fn name(&self, expression: &Expr) -> Result<String, String> {
        self.sources.names.resolve(self.file, &self.names, expression)
    }

    fn choose(&mut self) -> usize {
        self.choices += 1;
        self.choices
    }

    /// Remembers what a variable holds, as far as it shows.
    fn set(&mut self, variable: String, value: &Expr) {
        self.definitions.remove(&variable);
        let name = self.name(value);
        self.names.remove(&variable);
        if self.is_read(value) {
            self.definitions.insert(variable);
        } else if let Ok(name) = name {
            self.names.insert(variable, name);
        }
    }

    /// Pushes a step about a table, or says why it cannot be told.
    fn about(&mut self, table: &Expr, line: usize, step: impl FnOnce(String) -> StepKind) {
        match self.name(table) {
            Ok(table) => self.push(step(table), line),
            Err(reason) => self.unknown(format!("a table is not known: {reason}"), line),
        }
    }

    /// Finds the function that a call is of: one of the same file, or else the only one that is
    /// called so.
    fn called(&self, name: &str) -> Option<Function<'a>> {
        let mut all = self.sources.files.iter().filter_map(|file| function(file, name));
        function(self.file, name).or_else(|| {
            let only = all.next()?;
            all.next().is_none().then_some(only)
        })
    }

    /// Reads a function that is called with what changes are written into, that stands in the same
    /// file, or that defines a table.
    fn call(&mut self, name: &str, arguments: &[&Expr], line: usize) {
        let passes_manager = arguments.iter().any(|argument| {
            !matches!(argument, Expr::MethodCall(_))
                && chain::variable(argument).is_some_and(|v| Some(v) == self.manager)
        });
        let Some(found) = self.called(name) else {
            if passes_manager {
                self.unknown(format!("`{name}` is not among the sources"), line);
            }
            return;
        };
        let is_own = found.file.path == self.file.path;
        if !(is_own || passes_manager || found.defines()) || !self.calls.insert(name.to_owned()) {
            return;
        }
        let inner = self.bind(&found, arguments);
        let outer_names = std::mem::replace(&mut self.names, inner);
        let outer_place = self.place;
        if !is_own {
            self.place.get_or_insert(line);
        }
        self.read_in(&found);
        self.place = outer_place;
        self.names = outer_names;
        self.calls.remove(name);
    }

    fn bind(&self, found: &Function<'_>, arguments: &[&Expr]) -> BTreeMap<String, String> {
        let parameters = parameters(found.signature);
        let pairs = parameters.into_iter().zip(arguments);
        pairs.filter_map(|(name, argument)| Some((name, self.name(argument).ok()?))).collect()
    }
}

/// Whether the migration says in code why it makes the step that is being read: what
/// `TenantSchema::because` is told holds for the call that follows.
#[derive(Clone, Copy, Default)]
struct Reason {
    /// How many calls there were of what changes are written into.
    calls: usize,
    /// The call that a reason was given for.
    of: Option<usize>,
}

impl Reason {
    fn step(&mut self) {
        self.calls += 1;
    }

    fn is_of_this(self) -> bool {
        self.of == Some(self.calls)
    }
}

/// A function of the application.
struct Function<'a> {
    file: &'a RustFile,
    signature: &'a Signature,
    block: &'a Block,
}

impl Reader<'_> {
    fn read_in(&mut self, function: &Function<'_>) {
        let mut inner = Reader {
            sources: self.sources,
            file: function.file,
            manager: self.manager.clone(),
            names: std::mem::take(&mut self.names),
            definitions: BTreeSet::new(),
            calls: std::mem::take(&mut self.calls),
            statement: self.statement,
            place: self.place,
            branches: self.branches.clone(),
            choices: self.choices,
            reason: self.reason,
            steps: std::mem::take(&mut self.steps),
        };
        inner.manager = parameters(function.signature).into_iter().next().or(inner.manager);
        inner.visit_block(function.block);
        self.calls = inner.calls;
        self.choices = inner.choices;
        self.reason = inner.reason;
        self.steps = inner.steps;
    }
}

impl Function<'_> {
    /// Whether it hands a definition of a table back.
    fn defines(&self) -> bool {
        let syn::ReturnType::Type(_, of) = &self.signature.output else { return false };
        let Type::Path(of) = of.as_ref() else { return false };
        let last = of.path.segments.last();
        last.is_some_and(|last| last.ident.to_string().starts_with("Table"))
    }
}

/// Finds a function of a file, free or of a type.
fn function<'a>(file: &'a RustFile, name: &str) -> Option<Function<'a>> {
    file.syntax.items.iter().find_map(|item| match item {
        Item::Fn(found) if found.sig.ident == name => {
            Some(Function { file, signature: &found.sig, block: &found.block })
        }
        Item::Impl(of) if of.trait_.is_none() => of.items.iter().find_map(|item| match item {
            ImplItem::Fn(found) if found.sig.ident == name => {
                Some(Function { file, signature: &found.sig, block: &found.block })
            }
            _ => None,
        }),
        _ => None,
    })
}

/// The names of the parameters, without `self`.
fn parameters(signature: &Signature) -> Vec<String> {
    let typed = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed.pat.as_ref()),
        FnArg::Receiver(_) => None,
    });
    typed
        .map(|pattern| match pattern {
            Pat::Ident(name) => name.ident.to_string(),
            _ => String::new(),
        })
        .collect()
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let outer = std::mem::replace(&mut self.statement, line_of(statement));
        visit::visit_stmt(self, statement);
        self.statement = outer;
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if let (Pat::Ident(variable), Some(init)) = (&local.pat, &local.init) {
            self.set(variable.ident.to_string(), &init.expr);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_assign(&mut self, assign: &'ast ExprAssign) {
        if let Some(variable) = chain::variable(&assign.left) {
            self.set(variable, &assign.right);
        }
        visit::visit_expr_assign(self, assign);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let (names, definitions) = (self.names.clone(), self.definitions.clone());
        visit::visit_block(self, block);
        (self.names, self.definitions) = (names, definitions);
    }

    fn visit_expr_match(&mut self, choice: &'ast ExprMatch) {
        self.visit_expr(&choice.expr);
        let number = self.choose();
        let before = self.reason;
        for (way, arm) in choice.arms.iter().enumerate() {
            self.branches.push((number, way));
            self.reason = before;
            self.visit_expr(&arm.body);
            self.branches.pop();
        }
    }

    fn visit_expr_if(&mut self, choice: &'ast ExprIf) {
        self.visit_expr(&choice.cond);
        let number = self.choose();
        let before = self.reason;
        self.branches.push((number, 0));
        self.visit_block(&choice.then_branch);
        self.branches.pop();
        if let Some((_, otherwise)) = &choice.else_branch {
            self.branches.push((number, 1));
            self.reason = before;
            self.visit_expr(otherwise);
            self.branches.pop();
        }
    }

    fn visit_expr_for_loop(&mut self, each: &'ast ExprForLoop) {
        let (Pat::Ident(variable), Some(values)) = (each.pat.as_ref(), chain::list(&each.expr))
        else {
            return visit::visit_expr_for_loop(self, each);
        };
        let variable = variable.ident.to_string();
        for value in values {
            match self.name(value) {
                Ok(name) => self.names.insert(variable.clone(), name),
                Err(_) => self.names.remove(&variable),
            };
            self.visit_block(&each.body);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if let Some(chain) = Chain::of(call) {
            self.definition(&chain);
            for link in &chain.links {
                link.args.iter().for_each(|argument| self.visit_expr(argument));
            }
            return;
        }
        // `schema.because("…").drop_table(…)`: what is said first is read first.
        let said = chain::because(&call.receiver);
        if let Some(said) = said {
            self.because(said);
        }
        if self.is_step(call) {
            self.reason.step();
        }
        let is_read = self.method(call);
        match (is_read, said) {
            (true, None) => self.visit_expr(&call.receiver),
            (true, Some(_)) => {}
            (false, None) => visit::visit_expr_method_call(self, call),
            (false, Some(_)) => call.args.iter().for_each(|argument| self.visit_expr(argument)),
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let line = line_of(call);
        if let Expr::Path(path) = call.func.as_ref() {
            let names: Vec<String> =
                path.path.segments.iter().map(|s| s.ident.to_string()).collect();
            let arguments: Vec<&Expr> = call.args.iter().collect();
            match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                [.., "Table", "create" | "alter" | "drop" | "rename"] => {
                    self.unknown("a definition of a table is made in several statements", line);
                }
                [.., "Statement", "from_string" | "from_sql_and_values"] => {
                    if let Some(text) = arguments.get(1) {
                        self.sql(text);
                    }
                }
                [name] | ["self" | "Self", name] | [.., name]
                    if name.starts_with(char::is_lowercase) =>
                {
                    self.call(name, &arguments, line);
                }
                _ => {}
            }
        }
        visit::visit_expr_call(self, call);
    }
}
