//! Where the tenant predicate goes: before a condition, or into a derived table.

use sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, JoinConstraint, Query, Select, SelectFlavor, SelectItem,
    SetExpr, TableFactor, TableWithJoins, helpers::attached_token::AttachedToken,
};

use super::{Dialect, name::alias, refusal::Refusal, rules::ScopedTable, star::star_of};

/// `predicate AND predicate AND (condition)`: ours first, so that the condition is evaluated on
/// the tenant's rows where the database keeps the order, and cannot be joined to ours by `OR`.
pub(super) fn add_to_condition(condition: &mut Option<Expr>, predicates: Vec<Expr>) {
    if predicates.is_empty() {
        return;
    }
    let own = condition.take().map(|condition| Expr::Nested(Box::new(condition)));
    *condition = predicates.into_iter().chain(own).reduce(and);
}

/// The same for the condition of a join.
pub(super) fn add_to_constraint(
    constraint: &mut JoinConstraint,
    predicate: Expr,
) -> Result<(), Refusal> {
    match constraint {
        JoinConstraint::On(condition) => {
            let own = std::mem::replace(condition, predicate.clone());
            *condition = and(predicate, Expr::Nested(Box::new(own)));
            Ok(())
        }
        JoinConstraint::None => {
            *constraint = JoinConstraint::On(predicate);
            Ok(())
        }
        // These get a derived table, so that no predicate is left to place.
        JoinConstraint::Using(_) | JoinConstraint::UsingAlias(_, _) | JoinConstraint::Natural => {
            Err(Refusal::Unverified { what: "a predicate has no place" })
        }
    }
}

fn and(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::And, right: Box::new(right) }
}

/// `(SELECT name.column, .. FROM table AS name WHERE predicate) AS name`.
pub(super) fn derived_table(
    dialect: Dialect,
    table: &TableFactor,
    name: &str,
    scoped: &ScopedTable,
    predicate: Expr,
) -> Result<TableFactor, Refusal> {
    let projection = star_of(dialect, name, &scoped.columns)?;
    let from = vec![TableWithJoins { relation: table.clone(), joins: Vec::new() }];
    let select = select(projection, from, Some(predicate));
    Ok(TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query(SetExpr::Select(Box::new(select)))),
        alias: Some(alias(dialect.quoted(name))),
        sample: None,
    })
}

pub(super) fn query(body: SetExpr) -> Query {
    Query {
        with: None,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

fn select(
    projection: Vec<SelectItem>,
    from: Vec<TableWithJoins>,
    selection: Option<Expr>,
) -> Select {
    Select {
        select_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection,
        exclude: None,
        into: None,
        from,
        lateral_views: Vec::new(),
        prewhere: None,
        selection,
        connect_by: Vec::new(),
        group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: SelectFlavor::Standard,
    }
}
