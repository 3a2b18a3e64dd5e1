//! Mutants of what is read: sources, joins, stars, grouping.

use super::{Group, Mutant};

pub(super) const GROUPS: &[Group] = &[
    Group {
        file: "tenancy-core/src/scope/join.rs",
        mutants: &[
            Mutant {
                name: "from-not-filtered",
                rule: "A table in FROM is filtered by the tenant.",
                find: "            Some(predicate) => predicates.push(predicate),",
                replace: "            Some(_) => {}",
            },
            Mutant {
                name: "first-table-not-filtered",
                rule: "The first table of FROM is filtered by the tenant.",
                find: "predicates.extend(self.factor(relation, filter)?);",
                replace: "self.factor(relation, filter)?;",
            },
            Mutant {
                name: "left-join-not-filtered",
                rule: "The optional side of a LEFT JOIN is filtered by the tenant.",
                find: "Some(predicate) if optional => filter::add_to_constraint(constraint, predicate)?,",
                replace: "Some(_) if optional => {}",
            },
            Mutant {
                name: "left-join-filtered-in-where",
                rule: "The predicate of the optional side of a LEFT JOIN stands in ON, so that rows without a match stay.",
                find: "Some(predicate) if optional => filter::add_to_constraint(constraint, predicate)?,",
                replace: "Some(predicate) if optional => predicates.push(predicate),",
            },
            Mutant {
                name: "right-join-not-derived",
                rule: "The sides of a RIGHT JOIN are filtered inside of derived tables.",
                find: "JoinOperator::Right(_)",
                replace: "JoinOperator::FullOuter(_)",
            },
            Mutant {
                name: "nested-join-not-derived",
                rule: "The tables of a join in parentheses are filtered inside of derived tables.",
                find: "self.tree(table_with_joins, Filter::Derived, &mut predicates)?;",
                replace: "self.tree(table_with_joins, Filter::Beside, &mut predicates)?;",
            },
            Mutant {
                name: "comma-list-not-one-tree",
                rule: "On SQLite a comma binds as a join does, so that one RIGHT JOIN derives the tables of the whole list.",
                find: "let any = one_tree && from.iter().any(needs_derived_tables);",
                replace: "let any = one_tree && false;",
            },
            Mutant {
                name: "left-join-using-not-derived",
                rule: "The optional side of a LEFT JOIN with USING is filtered inside of a derived table.",
                find: "let filter = if optional && merges { Filter::Derived } else { filter };",
                replace: "",
            },
            Mutant {
                name: "condition-of-another-join",
                rule: "A join without a condition is refused where the database would take the next one for it.",
                find: r#"refuse_if(missing, "a join without a condition")?;"#,
                replace: "",
            },
            Mutant {
                name: "condition-sees-every-source",
                rule: "The condition of a join sees the sources of its own tree only.",
                find: "std::mem::replace(&mut self.level().visible_from, start)",
                replace: "self.level().visible_from",
            },
            Mutant {
                name: "join-alias-let-through",
                rule: "A join in parentheses that tenant tables are in has no alias.",
                find: r#"refuse_if(alias.is_some(), "an alias on a join in parentheses")?;"#,
                replace: "",
            },
            Mutant {
                name: "full-join-not-derived",
                rule: "The tables of a FULL JOIN become derived tables.",
                find: "JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)",
                replace: "JoinOperator::Right(_) | JoinOperator::RightOuter(_)",
            },
            Mutant {
                name: "right-outer-join-not-derived",
                rule: "The tables of a RIGHT OUTER JOIN become derived tables.",
                find: "JoinOperator::Right(_) | JoinOperator::RightOuter(_) |",
                replace: "JoinOperator::Right(_) |",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/star.rs",
        mutants: &[
            Mutant {
                name: "star-not-written-out",
                rule: "A star over a table with a tenant column is written out without it.",
                find: "if sources.iter().all(|source| source.placed == Placed::Inside) {",
                replace: "if true {",
            },
            Mutant {
                name: "qualified-star-not-written-out",
                rule: "A qualified star over a table with a tenant column is written out without it.",
                find: "star_of(self.rules.dialect, &source.name, &source.columns).map(Some)",
                replace: "Ok(None)",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/relation.rs",
        mutants: &[
            Mutant {
                name: "predicate-never-made",
                rule: "A table whose rows lie together with those of others gets a predicate.",
                find: "let Some(column) = table.filter_column() else { return Ok(None) };",
                replace: "let Some(column) = table.filter_column().filter(|_| false) else { return Ok(None) };",
            },
            Mutant {
                name: "unknown-table-let-through",
                rule: "A table that the catalog does not know is refused.",
                find: "        match self.meaning(parts.name)? {",
                replace: r"        let meaning = match self.meaning(parts.name) {
            Err(Refusal::UnknownTable { .. }) => return Ok(None),
            meaning => meaning?,
        };
        match meaning {",
            },
            Mutant {
                name: "registry-table-let-through",
                rule: "A table of the registry is refused.",
                find: "        match self.meaning(parts.name)? {",
                replace: r"        let meaning = match self.meaning(parts.name) {
            Err(Refusal::RegistryTable { .. }) => return Ok(None),
            meaning => meaning?,
        };
        match meaning {",
            },
            Mutant {
                name: "foreign-schema-let-through",
                rule: "A table qualified with another schema is refused.",
                find: "        match self.meaning(parts.name)? {",
                replace: r"        let meaning = match self.meaning(parts.name) {
            Err(Refusal::QualifiedName { .. }) => return Ok(None),
            meaning => meaning?,
        };
        match meaning {",
            },
            Mutant {
                name: "own-schema-let-through",
                rule: "A tenant table is never named with a schema, not even with the right one.",
                find: ".filter(|t| is_shared(t) && ",
                replace: ".filter(|t| (true || is_shared(t)) && ",
            },
            Mutant {
                name: "schema-of-a-shared-table-ignored",
                rule: "A shared table may be named with its own schema and with no other.",
                find: " && self.rules.dialect.same(t.schema(), &schema.value))",
                replace: ")",
            },
            Mutant {
                name: "table-not-qualified",
                rule: "Each reference to a table is written with its schema.",
                find: "*name = self.rules.dialect.object_name(&[table.schema(), &table.table.name]);",
                replace: "*name = self.rules.dialect.object_name(&[&table.table.name]);",
            },
            Mutant {
                name: "columns-of-a-table-renamed",
                rule: "The alias of a tenant table renames no columns.",
                find: "if !columns.is_empty() {",
                replace: "if false {",
            },
            Mutant {
                name: "shared-lock-forgotten",
                rule: "A shared table in a query remembers that its rows must not be locked.",
                find: "read_only: table.is_read_only().then(|| table.table.name.clone()),",
                replace: "read_only: None,",
            },
            Mutant {
                name: "derived-table-sees-its-neighbours",
                rule: "A derived table that is not LATERAL does not see the sources beside it.",
                find: "let own = self.pop_level();",
                replace: "let own = super::walker::Level::default();",
            },
            Mutant {
                name: "shared-write-let-through",
                rule: "A shared table is not written through a tenant's connection.",
                find: "Meaning::Table(table) if table.is_read_only() => {",
                replace: "Meaning::Table(table) if false && table.is_read_only() => {",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/filter.rs",
        mutants: &[
            Mutant {
                name: "condition-not-parenthesised",
                rule: "The condition that came is put in parentheses.",
                find: "condition.take().map(|condition| Expr::Nested(Box::new(condition)))",
                replace: "condition.take()",
            },
            Mutant {
                name: "join-condition-not-parenthesised",
                rule: "The condition of a join that came is put in parentheses.",
                find: "and(predicate, Expr::Nested(Box::new(own)))",
                replace: "and(predicate, own)",
            },
            Mutant {
                name: "condition-before-predicate",
                rule: "The predicate stands before the condition that came.",
                find: "predicates.into_iter().chain(own).reduce(and)",
                replace: "own.into_iter().chain(predicates).reduce(and)",
            },
            Mutant {
                name: "derived-table-not-filtered",
                rule: "A derived table holds the predicate.",
                find: "select(projection, from, Some(predicate))",
                replace: "select(projection, from, Some(predicate).filter(|_| false))",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/select.rs",
        mutants: &[
            Mutant {
                name: "select-not-filtered",
                rule: "The predicates of a SELECT go into its condition.",
                find: "filter::add_to_condition(selection, predicates);",
                replace: "drop(predicates);",
            },
            Mutant {
                name: "group-by-key-not-extended",
                rule: "GROUP BY of a key gains the tenant column, so that the other columns of the row depend on it.",
                find: "            keys.extend(added);",
                replace: "            drop(added);",
            },
            Mutant {
                name: "select-into-let-through",
                rule: "SELECT INTO is refused.",
                find: r#"refuse_if(into.is_some(), "`SELECT INTO`")?;"#,
                replace: "",
            },
            Mutant {
                name: "having-not-walked",
                rule: "HAVING is walked.",
                find: "self.optional(having.as_mut())?;",
                replace: "",
            },
        ],
    },
    Group {
        file: "tenancy-core/src/scope/query.rs",
        mutants: &[
            Mutant {
                name: "table-hidden-by-a-common-table",
                rule: "A common table does not take the name of a table.",
                find: "if self.rules.known(&name.value).is_some() ||",
                replace: "if",
            },
            Mutant {
                name: "system-relation-hidden-by-a-common-table",
                rule: "A common table does not take the name of a relation of the database's.",
                find: " || self.rules.dialect.is_system(&name.value) {",
                replace: " {",
            },
            Mutant {
                name: "common-table-outlives-its-query",
                rule: "A common table is known in its own query only.",
                find: "self.common_tables.truncate(in_scope_before);",
                replace: "",
            },
            Mutant {
                name: "shared-table-locked",
                rule: "A shared table is not locked through a tenant's connection.",
                find: "            Some(table) => Err(Refusal::SharedLock { table: table.clone() }),",
                replace: "            Some(_) => Ok(()),",
            },
            Mutant {
                name: "shared-table-in-parentheses-locked",
                rule: "A shared table in a query in parentheses is not locked.",
                find: "if let (Some(table), false) = (&read_only, locks.is_empty()) {",
                replace: "if let (Some(table), false, true) = (&read_only, locks.is_empty(), false) {",
            },
            Mutant {
                name: "order-by-not-walked",
                rule: "ORDER BY is walked.",
                find: "self.order_by(order_by)?;",
                replace: "",
            },
            Mutant {
                name: "limit-not-walked",
                rule: "LIMIT is walked.",
                find: "self.limit(limit)?;",
                replace: "",
            },
            Mutant {
                name: "table-command-let-through",
                rule: "`TABLE name` is refused.",
                find: r#"SetExpr::Table(_) => Err(Refusal::Clause { clause: "`TABLE name`" }),"#,
                replace: "SetExpr::Table(_) => Ok(Body::of_columns(Rc::new([]))),",
            },
        ],
    },
];
