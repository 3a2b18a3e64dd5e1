//! Mutants of what counts as a statement, and of the second look at what is printed.

use super::{Group, Mutant};

pub(super) const GROUPS: &[Group] = &[
    Group {
        file: "tenancy-core/src/scope/mysql.rs",
        mutants: &[
            Mutant {
                name: "executed-comments-taken-for-text",
                rule: "What MySQL executes of a comment is refused, and not taken for text of the statement.",
                find: "supports_multiline_comment_hints(&self) -> bool {\n        false",
                replace: "supports_multiline_comment_hints(&self) -> bool {\n        true",
            },
            Mutant {
                name: "variables-not-refused",
                rule: "Variables of MySQL are refused.",
                find: "if is_variable(token) {",
                replace: "if false {",
            },
            Mutant {
                name: "conversion-of-a-comparison",
                rule: "`BINARY a = b` is not read as a conversion of the comparison.",
                find: "supports_binary_kw_as_cast(&self) -> bool {\n        false",
                replace: "supports_binary_kw_as_cast(&self) -> bool {\n        true",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/statement.rs",
        mutants: &[
            Mutant {
                name: "kinds-not-listed",
                rule: "A kind of statement that is not for tenants is refused.",
                find: "return Err(Refusal::StatementKind { kind });",
                replace: "let _ = kind;\n            return Ok(Rc::new([]));",
            },
            Mutant {
                name: "explain-analyze-let-through",
                rule: "EXPLAIN ANALYZE is refused: it counts the rows of all tenants.",
                find: "    if analyze {",
                replace: "    if false && analyze {",
            },
            Mutant {
                name: "explain-options-not-listed",
                rule: "EXPLAIN has only options that run nothing.",
                find: "if !plain || !EXPLAIN_OPTIONS.contains(&lower.as_str()) {",
                replace: "if false && (!plain || !EXPLAIN_OPTIONS.contains(&lower.as_str())) {",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/parse.rs",
        mutants: &[
            Mutant {
                name: "several-statements-let-through",
                rule: "A text holds one statement.",
                find: "(Some(only), 0) => Ok(only),",
                replace: "(Some(only), _) => Ok(only),",
            },
            Mutant {
                name: "only-the-first-statement-of-a-text",
                rule: "Each statement of a text without values is looked at.",
                find: "    let statements: Vec<Self> = statements.collect::<Result<_, _>>()?;",
                replace: "    let statements: Vec<Self> = statements.take(1).collect::<Result<_, _>>()?;",
            },
            Mutant {
                name: "heeded-comments-let-through",
                rule: "A comment that a database acts on is refused.",
                find: "return Err(Refusal::Comment { marker });",
                replace: "let _ = marker;",
            },
            Mutant {
                name: "schema-placeholder-in-a-text",
                rule: "A text that holds the name standing for the tenant's schema is refused.",
                find: "sql.contains(sentinel)",
                replace: "false && sql.contains(sentinel)",
            },
            Mutant {
                name: "nesting-not-limited",
                rule: "What is nested too deeply is refused for it.",
                find: "if nesting > NESTING {",
                replace: "if false {",
            },
            Mutant {
                name: "statements-in-statements-not-limited",
                rule: "The parser does not look after its stack where statements are nested.",
                find: "    tokens.next_if(on_rows).is_none()",
                replace: "    tokens.next_if(on_rows).is_none() && false",
            },
            Mutant {
                name: "placeholders-mixed",
                rule: "Anonymous and numbered placeholders are not mixed.",
                find: "if anonymous > 0 && highest > 0 {",
                replace: "if false {",
            },
            Mutant {
                name: "placeholders-not-numbered",
                rule: "Anonymous placeholders are numbered, because added text would shift them.",
                find: r#"*placeholder = format!("?{anonymous}");"#,
                replace: "",
            },
            Mutant {
                name: "length-not-limited",
                rule: "A statement chains so many operators and no more.",
                find: "if operators > OPERATORS {",
                replace: "if false {",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/print.rs",
        mutants: &[
            Mutant {
                name: "print-not-verified",
                rule: "What is printed is looked at a second time.",
                find: "verify(walker.rules, tree, walker.counts, &text)?;",
                replace: "let _ = verify;",
            },
            Mutant {
                name: "print-not-read-back",
                rule: "What is printed reads back as what was walked.",
                find: "Ok(again) if again == *tree => Ok(()),",
                replace: "Ok(again) if again == *tree || true => Ok(()),",
            },
            Mutant {
                name: "print-not-counted",
                rule: "What is printed holds as many schemas, predicates and tenants as were put there.",
                find: "if found != counts || found.filtered > found.predicates + inserted {",
                replace: "if false {",
            },
            Mutant {
                name: "table-without-schema-printed",
                rule: "No table is printed without its schema.",
                find: r#"return Some("a table stands without its schema");"#,
                replace: "",
            },
            Mutant {
                name: "filtered-table-not-counted",
                rule: "Each filtered table that is printed has a predicate of its own or is inserted into.",
                find: " || found.filtered > found.predicates + inserted {",
                replace: " {",
            },
        ],
    },
];
