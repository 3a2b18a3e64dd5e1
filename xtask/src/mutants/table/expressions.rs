//! Mutants of expressions: what may be called, and what is walked.

use super::{Group, Mutant};

pub(super) const GROUPS: &[Group] = &[
    Group {
        file: "tenancy-core/src/scope/literal.rs",
        mutants: &[Mutant {
            name: "placeholder-of-another-form",
            rule: "A placeholder that was not counted is refused.",
            find: "if counted { Ok(()) } else { Err(Refusal::PlaceholderForm) }",
            replace: "if counted || true { Ok(()) } else { Err(Refusal::PlaceholderForm) }",
        }],
    },
    Group {
        file: "tenancy-core/src/scope/expression.rs",
        mutants: &[
            Mutant {
                name: "subquery-not-walked",
                rule: "A subquery in an expression is walked.",
                find: "let Rows { columns: _, read_only: _ } = self.query(query, Place::Inside)?;",
                replace: "let _ = (query, Place::Inside, std::mem::size_of::<Rows>());",
            },
            Mutant {
                name: "field-of-an-expression-let-through",
                rule: "`(expression).name` is refused: PostgreSQL would call a function of that name.",
                find: "AccessExpr::Dot(_) => return Err(Refusal::AttributeAccess),",
                replace: "AccessExpr::Dot(_) => {}",
            },
            Mutant {
                name: "in-table-let-through",
                rule: "`IN table` is refused: SQLite reads the whole table.",
                find: r#"InTarget::Table { name: _, args: _ } => Err(Refusal::Clause { clause: "`IN table`" }),"#,
                replace: "InTarget::Table { name: _, args: _ } => Ok(()),",
            },
            Mutant {
                name: "cast-type-not-checked",
                rule: "The type of a cast is checked.",
                find: r"                self.expression(expr)?;
                self.data_type(data_type)
",
                replace: "                self.expression(expr)\n",
            },
            Mutant {
                name: "operators-not-checked",
                rule: "An operator of another schema is refused.",
                find: "            operator::binary(op)?;\n            self.expression(right)?;",
                replace: "            self.expression(right)?;",
            },
            Mutant {
                name: "column-in-double-quotes",
                rule: "On SQLite a column without its source is written in backticks: in double quotes it could become a string.",
                find: "column.quote_style = Some('`');",
                replace: "",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/function.rs",
        mutants: &[
            Mutant {
                name: "functions-not-listed",
                rule: "A function is called only when it is on the list.",
                find: "if is_builtin || is_new_row || self.rules.functions.contains(&called) {",
                replace: "if true || is_builtin {",
            },
            Mutant {
                name: "table-functions-not-listed",
                rule: "A function in FROM is called only when it is on the list.",
                find: "Err(_) => return Err(Refusal::Function { function: called }),",
                replace: "Err(_) => &[],",
            },
            Mutant {
                name: "arguments-not-walked",
                rule: "The arguments of a function are walked.",
                find: "self.function_argument(arg, called)?;",
                replace: "let _ = arg;",
            },
            Mutant {
                name: "arguments-in-from-not-walked",
                rule: "The arguments of a function in FROM are walked.",
                find: "self.function_argument(arg, &called)?;",
                replace: "let _ = arg;",
            },
            Mutant {
                name: "filter-of-an-aggregate-not-walked",
                rule: "FILTER of an aggregate is walked.",
                find: "self.optional(filter.as_deref_mut())?;",
                replace: "",
            },
            Mutant {
                name: "window-not-walked",
                rule: "The window of a function is walked.",
                find: "over.as_mut().map_or(Ok(()), |over| self.over(over))",
                replace: "over.as_mut().map_or(Ok(()), |_| Ok(()))",
            },
            Mutant {
                name: "star-in-a-function-let-through",
                rule: "`source.*` as the argument of a function is refused: it is the whole row.",
                find: "Err(Refusal::WholeRow { source_name: name.to_string() })",
                replace: "{ let _ = name; Ok(()) }",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/operator.rs",
        mutants: &[Mutant {
            name: "operator-of-another-schema",
            rule: "OPERATOR(schema.symbol) is of `pg_catalog`.",
            find: r#"[schema, name] if schema == "pg_catalog" && symbol(name) => Ok(()),"#,
            replace: "[_, name] if symbol(name) => Ok(()),",
        }],
    },
];
