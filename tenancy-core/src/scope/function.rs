//! Function calls: only those on a list, with everything in their arguments scoped.

mod names;

use std::rc::Rc;

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator,
    FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Ident, JsonReturningClause,
    ObjectName, ObjectNamePart, TableAlias, TableAliasColumnDef,
};

use super::{
    Dialect,
    query::Place,
    refusal::Refusal,
    relation::refuse_if,
    rules::Columns,
    walker::{Placed, Source, Walker},
};

/// What SQL calls without parentheses.
const WITHOUT_PARENTHESES: [&str; 5] =
    ["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"];

impl Walker<'_> {
    pub(super) fn function(&mut self, function: &mut Function) -> Result<(), Refusal> {
        let Function {
            name,
            uses_odbc_syntax,
            parameters,
            args,
            within_group,
            filter,
            null_treatment,
            over,
        } = function;
        refuse_if(*uses_odbc_syntax, "an ODBC function call")?;
        refuse_if(null_treatment.is_some(), "`IGNORE NULLS`")?;
        refuse_if(*parameters != FunctionArguments::None, "parameters of a function")?;
        let called = self.function_name(name)?;
        self.function_arguments(args, &called)?;
        self.order_items(within_group, false)?;
        self.optional(filter.as_deref_mut())?;
        over.as_mut().map_or(Ok(()), |over| self.over(over))
    }

    /// Checks the name of a function and brings it into its one form.
    fn function_name(&self, name: &mut ObjectName) -> Result<String, Refusal> {
        let called = self.plain_function_name(name)?;
        let builtin: &[&str] = match self.rules.dialect {
            Dialect::Postgres => &names::POSTGRES,
            Dialect::Sqlite => &names::SQLITE,
            Dialect::MySql => &names::MYSQL,
        };
        let is_builtin = builtin.binary_search(&called.as_str()).is_ok();
        // The row that was to be inserted; elsewhere they are null.
        let is_new_row = self.in_conflict && ["value", "values"].contains(&called.as_str());
        if is_builtin || is_new_row || self.rules.functions.contains(&called) {
            return Ok(called);
        }
        Err(Refusal::Function { function: called })
    }

    /// The name as the lists have it. Built-in functions stay without quotes: some are part of the
    /// grammar and could not be called with them.
    fn plain_function_name(&self, name: &mut ObjectName) -> Result<String, Refusal> {
        let mut parts = Vec::new();
        for part in &mut name.0 {
            let ObjectNamePart::Identifier(ident) = part else {
                return Err(Refusal::Function { function: "IDENTIFIER".to_owned() });
            };
            let was_quoted = ident.quote_style.is_some();
            let mut checked = ident.clone();
            self.name(&mut checked)?;
            let folded = match self.rules.dialect {
                Dialect::Postgres => checked.value,
                Dialect::Sqlite | Dialect::MySql => checked.value.to_ascii_lowercase(),
            };
            let plain =
                folded.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            *ident = if was_quoted || !plain {
                self.rules.dialect.quoted(&folded)
            } else {
                Ident::new(folded.clone())
            };
            parts.push(folded);
        }
        if parts.len() == 2 && parts.first().is_some_and(|schema| schema == "pg_catalog") {
            parts.remove(0);
        }
        Ok(parts.join("."))
    }

    fn function_arguments(
        &mut self,
        args: &mut FunctionArguments,
        called: &str,
    ) -> Result<(), Refusal> {
        match args {
            FunctionArguments::None if WITHOUT_PARENTHESES.contains(&called) => Ok(()),
            FunctionArguments::None => Err(Refusal::Function { function: called.to_owned() }),
            FunctionArguments::Subquery(query) if called == "array" => {
                self.query(query, Place::Inside).map(|_| ())
            }
            FunctionArguments::Subquery(_) => {
                Err(Refusal::Clause { clause: "a query as the argument of a function" })
            }
            FunctionArguments::List(FunctionArgumentList {
                duplicate_treatment,
                args,
                clauses,
            }) => {
                match duplicate_treatment {
                    None | Some(DuplicateTreatment::Distinct | DuplicateTreatment::All) => {}
                }
                let unit = usize::from(self.dialect_has_unit(called, args));
                for arg in args.iter_mut().skip(unit) {
                    self.function_argument(arg, called)?;
                }
                clauses.iter_mut().try_for_each(|clause| self.argument_clause(clause))
            }
        }
    }

    /// Whether the first argument is the name of a unit, and no column.
    fn dialect_has_unit(&self, called: &str, args: &[FunctionArg]) -> bool {
        let takes_unit = self.rules.dialect == Dialect::MySql
            && ["timestampadd", "timestampdiff"].contains(&called);
        let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(unit)))) =
            args.first()
        else {
            return false;
        };
        let is_unit = |known: &&str| unit.value.eq_ignore_ascii_case(known);
        takes_unit && unit.quote_style.is_none() && names::MYSQL_UNITS.iter().any(is_unit)
    }

    fn function_argument(&mut self, arg: &mut FunctionArg, called: &str) -> Result<(), Refusal> {
        let arg = match arg {
            FunctionArg::Unnamed(arg) => arg,
            FunctionArg::Named { name, arg, operator } => {
                named_argument(operator)?;
                self.name(name)?;
                arg
            }
            FunctionArg::ExprNamed { name, arg, operator } => {
                named_argument(operator)?;
                self.expression(name)?;
                arg
            }
        };
        match arg {
            FunctionArgExpr::Expr(expr) => self.expression(expr),
            FunctionArgExpr::Wildcard if called == "count" => Ok(()),
            FunctionArgExpr::Wildcard | FunctionArgExpr::WildcardWithOptions(_) => {
                Err(Refusal::Star { reason: "it is the argument of a function" })
            }
            FunctionArgExpr::QualifiedWildcard(name) => {
                Err(Refusal::WholeRow { source_name: name.to_string() })
            }
        }
    }

    fn argument_clause(&mut self, clause: &mut FunctionArgumentClause) -> Result<(), Refusal> {
        match clause {
            FunctionArgumentClause::OrderBy(items) => self.order_items(items, false),
            FunctionArgumentClause::JsonNullClause(_) => Ok(()),
            FunctionArgumentClause::JsonReturningClause(JsonReturningClause { data_type }) => {
                self.data_type(data_type)
            }
            FunctionArgumentClause::Separator(separator)
                if self.rules.dialect == Dialect::MySql =>
            {
                self.value(separator)
            }
            FunctionArgumentClause::IgnoreOrRespectNulls(_)
            | FunctionArgumentClause::Where(_)
            | FunctionArgumentClause::Limit(_)
            | FunctionArgumentClause::OnOverflow(_)
            | FunctionArgumentClause::Having(_)
            | FunctionArgumentClause::Separator(_) => {
                Err(Refusal::Clause { clause: "a clause in the arguments of a function" })
            }
        }
    }

    /// A function in `FROM`.
    pub(super) fn table_function(
        &mut self,
        name: &mut ObjectName,
        args: &mut [FunctionArg],
        with_ordinality: bool,
        alias: Option<&mut TableAlias>,
    ) -> Result<(), Refusal> {
        let called = self.plain_function_name(name)?;
        let known: &[(&str, &[&str])] = match self.rules.dialect {
            Dialect::Postgres => &names::POSTGRES_TABLES,
            Dialect::Sqlite => &names::SQLITE_TABLES,
            Dialect::MySql => &[],
        };
        let columns = match known.binary_search_by_key(&called.as_str(), |(name, _)| name) {
            Ok(at) => known.get(at).map_or(&[][..], |(_, columns)| *columns),
            Err(_) if self.rules.functions.contains(&called) => &[],
            Err(_) => return Err(Refusal::Function { function: called }),
        };
        for arg in args {
            self.function_argument(arg, &called)?;
        }
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        self.add_function(&called, columns, with_ordinality, alias)
    }

    /// Adds what a function gives as a source.
    pub(super) fn add_function(
        &mut self,
        called: &str,
        mut columns: Vec<String>,
        with_ordinality: bool,
        alias: Option<&mut TableAlias>,
    ) -> Result<(), Refusal> {
        let mut name = called.to_owned();
        if let Some(alias) = alias {
            let TableAlias { explicit, name: alias, columns: renames, at } = alias;
            refuse_if(at.is_some(), "`AT` in an alias")?;
            self.alias_name(alias)?;
            *explicit = true;
            name.clone_from(&alias.value);
            // PostgreSQL names the only column of a function that gives no row type by the alias.
            if let ([only], Dialect::Postgres) = (columns.as_mut_slice(), self.rules.dialect)
                && only == called
            {
                only.clone_from(&name);
            }
            self.rename(&mut columns, renames)?;
        }
        if with_ordinality {
            columns.push("ordinality".to_owned());
        }
        let columns: Columns = Rc::from(columns);
        self.add_source(Source {
            name,
            columns,
            table: None,
            placed: Placed::Inside,
            read_only: None,
        })
    }

    fn rename(
        &mut self,
        columns: &mut Vec<String>,
        renames: &mut [TableAliasColumnDef],
    ) -> Result<(), Refusal> {
        for (position, TableAliasColumnDef { name, data_type }) in renames.iter_mut().enumerate() {
            self.name(name)?;
            if let Some(data_type) = data_type {
                self.data_type(data_type)?;
            }
            match columns.get_mut(position) {
                Some(column) => column.clone_from(&name.value),
                None => columns.push(name.value.clone()),
            }
        }
        Ok(())
    }
}

fn named_argument(operator: &FunctionArgOperator) -> Result<(), Refusal> {
    match operator {
        FunctionArgOperator::RightArrow
        | FunctionArgOperator::Assignment
        | FunctionArgOperator::Colon
        | FunctionArgOperator::Value => Ok(()),
        FunctionArgOperator::Equals | FunctionArgOperator::Space => {
            Err(Refusal::Clause { clause: "an argument given by name with `=`" })
        }
    }
}
