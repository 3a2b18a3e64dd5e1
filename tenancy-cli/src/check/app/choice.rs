//! Where the code constructs a strategy, and whether the configuration decides it.

use std::collections::BTreeSet;

use syn::{
    Block, Expr, ExprIf, ExprMatch, Ident, ImplItemFn, ItemFn, Local, Pat, Stmt,
    spanned::Spanned as _,
    visit::{self, Visit},
};
use tenancy_core::check::Source;

use crate::check::{Subject, source::RustFile, subject::StrategyInCode};

/// What decides that a strategy is constructed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing: it is constructed whenever the code is reached.
    Always,
    /// The configured strategy.
    Configuration,
    /// Something else that is known: a variable, a feature.
    Other(String),
    /// A condition whose origin does not show.
    Unclear,
}

/// A place where a strategy is constructed.
#[derive(Debug, Clone)]
pub(super) struct Construction {
    pub(super) strategy: StrategyInCode,
    pub(super) source: Source,
    pub(super) decision: Decision,
    /// The function in which it is.
    function: String,
}

/// Finds every place where a known strategy is constructed.
///
/// A function that does nothing but construct one is decided by where it is called.
pub(super) fn constructions(subject: &Subject<'_>) -> Vec<Construction> {
    let strategies = subject.strategies();
    let (mut constructions, mut calls) = (Vec::new(), Vec::new());
    for file in &subject.sources.files {
        let read = in_file(file, &strategies);
        constructions.extend(read.found);
        calls.extend(read.calls);
    }
    for construction in &mut constructions {
        let mut callers =
            calls.iter().filter(|(name, _)| *name == construction.function).peekable();
        let is_decided = construction.decision == Decision::Always && callers.peek().is_some();
        if is_decided && callers.all(|(_, decision)| *decision == Decision::Configuration) {
            construction.decision = Decision::Configuration;
        }
    }
    constructions
}

fn in_file<'a>(file: &'a RustFile, strategies: &'a [StrategyInCode]) -> Reader<'a> {
    let mut reader = Reader {
        file,
        strategies,
        decisions: Vec::new(),
        from_configuration: BTreeSet::new(),
        function: String::new(),
        calls: Vec::new(),
        found: Vec::new(),
    };
    reader.visit_file(&file.syntax);
    reader
}

struct Reader<'a> {
    file: &'a RustFile,
    strategies: &'a [StrategyInCode],
    /// The conditions around the place that is looked at, outermost first.
    decisions: Vec<Decision>,
    /// The variables of the function that hold what the configuration says.
    from_configuration: BTreeSet<String>,
    /// The function that is looked at.
    function: String,
    /// The functions that are named, with what decides it.
    calls: Vec<(String, Decision)>,
    found: Vec<Construction>,
}

impl Reader<'_> {
    fn under(&mut self, decision: Decision, look: impl FnOnce(&mut Self)) {
        self.decisions.push(decision);
        look(self);
        self.decisions.pop();
    }

    /// Looks at a function on its own: what surrounds it decides nothing about its body.
    fn function(&mut self, name: &Ident, block: &Block) {
        let outer = std::mem::replace(&mut self.function, name.to_string());
        let decisions = std::mem::take(&mut self.decisions);
        let variables = std::mem::take(&mut self.from_configuration);
        self.block(block);
        self.decisions = decisions;
        self.from_configuration = variables;
        self.function = outer;
    }

    /// Looks at statements: behind an `if` that leaves, the opposite of its condition holds.
    fn block(&mut self, block: &Block) {
        let depth = self.decisions.len();
        for statement in &block.stmts {
            self.visit_stmt(statement);
            if let Stmt::Expr(Expr::If(choice), _) = statement
                && choice.else_branch.is_none()
                && leaves(&choice.then_branch)
            {
                let decision = self.judge(&choice.cond);
                self.decisions.push(decision);
            }
        }
        self.decisions.truncate(depth);
    }

    /// Says where a condition comes from.
    fn judge(&self, condition: &Expr) -> Decision {
        let mut look = Condition { variables: &self.from_configuration, decision: None };
        look.visit_expr(condition);
        look.decision.unwrap_or(Decision::Unclear)
    }

    /// What decides the place that is looked at: the configuration, if it is asked anywhere around.
    fn decision(&self) -> Decision {
        let asked = self.decisions.contains(&Decision::Configuration);
        if asked {
            return Decision::Configuration;
        }
        let other = self.decisions.iter().find(|decision| matches!(decision, Decision::Other(_)));
        let last = other.or(self.decisions.last());
        last.cloned().unwrap_or(Decision::Always)
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.sig.ident, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.sig.ident, &item.block);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.block(block);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init)
            && self.judge(&init.expr) == Decision::Configuration
        {
            self.from_configuration.insert(name.ident.to_string());
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_match(&mut self, choice: &'ast ExprMatch) {
        self.visit_expr(&choice.expr);
        let decision = self.judge(&choice.expr);
        for arm in &choice.arms {
            self.under(decision.clone(), |this| this.visit_expr(&arm.body));
        }
    }

    fn visit_expr_if(&mut self, choice: &'ast ExprIf) {
        self.visit_expr(&choice.cond);
        let decision = self.judge(&choice.cond);
        self.under(decision, |this| {
            this.visit_block(&choice.then_branch);
            if let Some((_, otherwise)) = &choice.else_branch {
                this.visit_expr(otherwise);
            }
        });
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let full = self.file.resolve(&path.path);
        let of = path.qself.as_ref().and_then(|of| {
            let syn::Type::Path(of) = of.ty.as_ref() else { return None };
            self.file.resolve(&of.path).pop()
        });
        let owner = of.as_ref().or_else(|| full.len().checked_sub(2).and_then(|at| full.get(at)));
        let is_function = full.last().is_some_and(|last| last.starts_with(char::is_lowercase));
        let strategy = self.strategies.iter().find(|strategy| owner == Some(&strategy.type_name));
        if let (Some(strategy), true) = (strategy, is_function) {
            self.found.push(Construction {
                strategy: strategy.clone(),
                source: self.file.at(path.span()),
                decision: self.decision(),
                function: self.function.clone(),
            });
        } else if let (Some(name), true) = (full.last(), is_function) {
            self.calls.push((name.clone(), self.decision()));
        }
    }
}

/// Looks through a condition for where it comes from.
struct Condition<'a> {
    variables: &'a BTreeSet<String>,
    decision: Option<Decision>,
}

impl<'ast> Visit<'ast> for Condition<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "strategy" && call.args.is_empty() {
            self.decision = Some(Decision::Configuration);
        } else {
            visit::visit_expr_method_call(self, call);
        }
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let names: Vec<String> = path.path.segments.iter().map(|s| s.ident.to_string()).collect();
        match names.as_slice() {
            [name] if self.variables.contains(name) => {
                self.decision = Some(Decision::Configuration);
            }
            [.., module, name] if module == "env" && name.starts_with("var") => {
                let other = Decision::Other("a variable that the code reads itself".to_owned());
                self.decision.get_or_insert(other);
            }
            _ => {}
        }
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if mac.path.is_ident("cfg") {
            let other = Decision::Other("how the program is compiled".to_owned());
            self.decision.get_or_insert(other);
        }
    }
}

/// Whether a block ends by leaving the function or the loop.
fn leaves(block: &Block) -> bool {
    block.stmts.last().is_some_and(|last| {
        matches!(last, Stmt::Expr(Expr::Return(_) | Expr::Break(_) | Expr::Continue(_), _))
    })
}

/// Whether more than one strategy is constructed, and not every time because it is configured.
pub(super) fn is_mixed(constructions: &[Construction]) -> bool {
    let Some(first) = constructions.first() else { return false };
    let several = constructions.iter().any(|other| other.strategy != first.strategy);
    several && constructions.iter().any(|one| one.decision != Decision::Configuration)
}
