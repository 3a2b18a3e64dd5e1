//! Expressions: columns are checked, subqueries scoped, everything else walked through.

use sqlparser::ast::{
    AccessExpr, Array, CaseWhen, CastKind, CeilFloorKind, DataType, DateTimeField, Expr, Ident,
    InTarget, Interval, ObjectName, ObjectNamePart, Query, Subscript, TimezoneInfo, TypedString,
};

use super::{
    Dialect,
    literal::date_time_field,
    operator,
    query::{Place, Rows},
    refusal::Refusal,
    relation::refuse_if,
    walker::Walker,
};

impl Walker<'_> {
    pub(super) fn expressions(&mut self, exprs: &mut [Expr]) -> Result<(), Refusal> {
        exprs.iter_mut().try_for_each(|expr| self.expression(expr))
    }

    pub(super) fn optional(&mut self, expr: Option<&mut Expr>) -> Result<(), Refusal> {
        expr.map_or(Ok(()), |expr| self.expression(expr))
    }

    fn boxed(&mut self, exprs: &mut [&mut Box<Expr>]) -> Result<(), Refusal> {
        exprs.iter_mut().try_for_each(|expr| self.expression(expr))
    }

    fn subquery(&mut self, query: &mut Query) -> Result<(), Refusal> {
        let Rows { columns: _, read_only: _ } = self.query(query, Place::Inside)?;
        Ok(())
    }

    /// Checks a column that stands without its source.
    pub(super) fn column(&mut self, column: &mut Ident, or_output: bool) -> Result<(), Refusal> {
        self.name(column)?;
        if self.rules.dialect == Dialect::Sqlite {
            // Isolation: SQLite reads an unknown name in double quotes as a string, not so in
            // backticks.
            column.quote_style = Some('`');
        }
        self.check_column(&column.value, or_output)
    }

    fn column_of(&mut self, parts: &mut [Ident]) -> Result<(), Refusal> {
        for part in &mut *parts {
            self.name(part)?;
        }
        match parts {
            [source, column] => self.check_column_of(&source.value, &column.value),
            parts => {
                let parts: Vec<_> = parts.iter().map(|part| part.value.as_str()).collect();
                Err(Refusal::QualifiedName { name: parts.join(".") })
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    pub(super) fn expression(&mut self, expr: &mut Expr) -> Result<(), Refusal> {
        match expr {
            Expr::Identifier(column) => self.column(column, false),
            Expr::CompoundIdentifier(parts) => self.column_of(parts),
            Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            Expr::IsFalse(expr)
            | Expr::IsNotFalse(expr)
            | Expr::IsTrue(expr)
            | Expr::IsNotTrue(expr)
            | Expr::IsNull(expr)
            | Expr::IsNotNull(expr)
            | Expr::IsUnknown(expr)
            | Expr::IsNotUnknown(expr)
            | Expr::IsJson { expr, kind: _, unique_keys: _, negated: _ }
            | Expr::IsNormalized { expr, form: _, negated: _ }
            | Expr::Nested(expr) => self.expression(expr),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.boxed(&mut [left, right])
            }
            Expr::In { expr, target, negated: _, global } => {
                refuse_if(*global, "`GLOBAL IN`")?;
                self.expression(expr)?;
                self.in_target(target)
            }
            Expr::Between { expr, negated: _, low, high } => self.boxed(&mut [expr, low, high]),
            Expr::BinaryOp { .. } => self.binary(expr),
            Expr::Like { negated: _, any, expr, pattern, escape_char }
            | Expr::ILike { negated: _, any, expr, pattern, escape_char } => {
                refuse_if(*any, "`LIKE ANY`")?;
                self.boxed(&mut [expr, pattern])?;
                self.optional(escape_char.as_deref_mut())
            }
            Expr::SimilarTo { negated: _, expr, pattern, escape_char } => {
                self.boxed(&mut [expr, pattern])?;
                self.optional(escape_char.as_deref_mut())
            }
            Expr::AnyOp { left, compare_op, right, is_some: _ }
            | Expr::AllOp { left, compare_op, right } => {
                operator::binary(compare_op)?;
                self.boxed(&mut [left, right])
            }
            Expr::UnaryOp { op, expr } => {
                operator::unary(*op)?;
                self.expression(expr)
            }
            Expr::Cast { kind, expr, data_type, format } => {
                refuse_if(format.is_some(), "`CAST .. FORMAT`")?;
                match kind {
                    CastKind::Cast | CastKind::DoubleColon => {}
                    CastKind::TryCast | CastKind::SafeCast => {
                        return Err(Refusal::Clause { clause: "`TRY_CAST`" });
                    }
                }
                self.expression(expr)?;
                self.data_type(data_type)
            }
            Expr::AtTimeZone { timestamp, time_zone } => self.boxed(&mut [timestamp, time_zone]),
            Expr::Extract { field, syntax: _, expr } => {
                date_time_field(field)?;
                self.expression(expr)
            }
            Expr::Ceil { expr, field } | Expr::Floor { expr, field } => {
                match field {
                    CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) => {}
                    CeilFloorKind::DateTimeField(_) | CeilFloorKind::Scale(_) => {
                        return Err(Refusal::Clause { clause: "`CEIL .. TO`" });
                    }
                }
                self.expression(expr)
            }
            Expr::Position { expr, r#in } => self.boxed(&mut [expr, r#in]),
            Expr::Substring { expr, substring_from, substring_for, special: _, shorthand: _ } => {
                self.expression(expr)?;
                self.optional(substring_from.as_deref_mut())?;
                self.optional(substring_for.as_deref_mut())
            }
            Expr::Trim { trim_where: _, trim_what, expr, trim_characters } => {
                self.optional(trim_what.as_deref_mut())?;
                self.expression(expr)?;
                self.expressions(trim_characters.as_deref_mut().unwrap_or_default())
            }
            Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                self.boxed(&mut [expr, overlay_what, overlay_from])?;
                self.optional(overlay_for.as_deref_mut())
            }
            Expr::Collate { expr, collation } => {
                self.expression(expr)?;
                self.collation(collation)
            }
            Expr::Value(value) => self.value(value),
            Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax }) => {
                refuse_if(*uses_odbc_syntax, "an ODBC literal")?;
                // MySQL reads other types as the name of a column, and the text as its alias.
                let is_read_so = self.rules.dialect != Dialect::MySql
                    || matches!(
                        data_type,
                        DataType::Date
                            | DataType::Time(None, TimezoneInfo::None)
                            | DataType::Timestamp(None, TimezoneInfo::None)
                    );
                if !is_read_so {
                    return Err(Refusal::Literal { kind: "a text after a type" });
                }
                self.data_type(data_type)?;
                self.value(value)
            }
            Expr::Function(function) => self.function(function),
            Expr::Case { case_token: _, end_token: _, operand, conditions, else_result } => {
                self.optional(operand.as_deref_mut())?;
                for CaseWhen { condition, result } in conditions {
                    self.expression(condition)?;
                    self.expression(result)?;
                }
                self.optional(else_result.as_deref_mut())
            }
            Expr::Exists { subquery, negated: _ } | Expr::Subquery(subquery) => {
                self.subquery(subquery)
            }
            Expr::Tuple(exprs) => self.expressions(exprs),
            Expr::Array(Array { elem, named: _ }) => self.expressions(elem),
            Expr::Interval(interval) => self.interval(interval),
            Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) => {
                Err(Refusal::Clause { clause: "a grouping set inside of an expression" })
            }
            Expr::Wildcard(_) => Err(Refusal::Star { reason: "it stands in an expression" }),
            Expr::QualifiedWildcard(name, _) => {
                Err(Refusal::WholeRow { source_name: name.to_string() })
            }
            Expr::JsonAccess { value: _, path: _ } => Err(Refusal::AttributeAccess),
            Expr::RLike { negated: _, expr, pattern, regexp: _ } => {
                refuse_if(self.rules.dialect != Dialect::MySql, "`RLIKE`")?;
                self.boxed(&mut [expr, pattern])
            }
            Expr::Convert { is_try, expr, data_type, charset, target_before_value, styles } => {
                let elsewhere = self.rules.dialect != Dialect::MySql;
                refuse_if(elsewhere || *is_try || *target_before_value, "`CONVERT`")?;
                refuse_if(!styles.is_empty(), "a style of `CONVERT`")?;
                self.expression(expr)?;
                if let Some(data_type) = data_type {
                    self.data_type(data_type)?;
                }
                charset.as_mut().map_or(Ok(()), |charset| self.single(charset).map(|_| ()))
            }
            Expr::Prefixed { prefix: _, value: _ } => {
                Err(Refusal::Literal { kind: "a literal with an introducer" })
            }
            Expr::Struct { values: _, fields: _ }
            | Expr::Named { expr: _, name: _ }
            | Expr::Dictionary(_)
            | Expr::Map(_) => Err(Refusal::Clause { clause: "a struct or map literal" }),
            Expr::MatchAgainst { columns: _, match_value: _, opt_search_modifier: _ } => {
                Err(Refusal::Clause { clause: "`MATCH .. AGAINST`" })
            }
            Expr::OuterJoin(_) | Expr::Prior(_) => {
                Err(Refusal::Clause { clause: "`(+)` or `PRIOR`" })
            }
            Expr::Lambda(_) => Err(Refusal::Clause { clause: "a lambda" }),
            Expr::MemberOf(_) => Err(Refusal::Clause { clause: "`MEMBER OF`" }),
        }
    }

    /// Walks a chain of operators in a loop, because a long one is as deep as it is long.
    fn binary(&mut self, expr: &mut Expr) -> Result<(), Refusal> {
        let mut current = expr;
        while let Expr::BinaryOp { left, op, right } = current {
            operator::binary(op)?;
            self.expression(right)?;
            current = left;
        }
        self.expression(current)
    }

    fn access(&mut self, root: &mut Expr, chain: &mut [AccessExpr]) -> Result<(), Refusal> {
        self.expression(root)?;
        for access in chain {
            match access {
                // Isolation: PostgreSQL calls the function `leak` for `(expression).leak`.
                AccessExpr::Dot(_) => return Err(Refusal::AttributeAccess),
                AccessExpr::Subscript(Subscript::Index { index }) => self.expression(index)?,
                AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride }) => {
                    refuse_if(stride.is_some(), "a stride in a slice")?;
                    self.optional(lower_bound.as_mut())?;
                    self.optional(upper_bound.as_mut())?;
                }
            }
        }
        Ok(())
    }

    fn in_target(&mut self, target: &mut InTarget) -> Result<(), Refusal> {
        match target {
            InTarget::List(exprs) => self.expressions(exprs),
            InTarget::Subquery(query) => self.subquery(query),
            InTarget::Unnest(_) => Err(Refusal::Clause { clause: "`IN UNNEST`" }),
            // Isolation: SQLite reads the whole table here.
            InTarget::Table { name: _, args: _ } => Err(Refusal::Clause { clause: "`IN table`" }),
        }
    }

    fn collation(&self, collation: &mut ObjectName) -> Result<(), Refusal> {
        match collation.0.as_mut_slice() {
            [ObjectNamePart::Identifier(schema), ObjectNamePart::Identifier(name)] => {
                self.name(schema)?;
                self.name(name)?;
                if schema.value == "pg_catalog" {
                    return Ok(());
                }
                Err(Refusal::QualifiedName { name: collation.to_string() })
            }
            _ => self.single(collation).map(|_| ()),
        }
    }

    fn interval(&mut self, interval: &mut Interval) -> Result<(), Refusal> {
        let Interval {
            value,
            leading_field,
            leading_precision: _,
            last_field,
            fractional_seconds_precision: _,
        } = interval;
        for field in [leading_field, last_field].into_iter().flatten() {
            date_time_field(field)?;
        }
        self.expression(value)
    }

    /// The name that a column of a select list has when it is given none; empty when it cannot be
    /// referenced.
    pub(super) fn output_name(&self, expr: &Expr) -> String {
        if let Expr::Identifier(column) = expr {
            return column.value.clone();
        }
        if let Expr::CompoundIdentifier(parts) = expr {
            return parts.last().map(|part| part.value.clone()).unwrap_or_default();
        }
        if self.rules.dialect != Dialect::Postgres {
            return String::new();
        }
        if let Expr::Cast { kind: _, expr, data_type: _, format: _ } | Expr::Nested(expr) = expr {
            return self.output_name(expr);
        }
        let Expr::Function(function) = expr else { return String::new() };
        let called = function.name.0.last().and_then(ObjectNamePart::as_ident);
        called.map(|name| name.value.clone()).unwrap_or_default()
    }
}
