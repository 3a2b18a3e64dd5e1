//! Statements made up from a seed: joins of all kinds, subqueries in every clause, set operations,
//! common table expressions, and writes of every kind, over the oracle's tables.

use fastrand::Rng;

use crate::scope::Dialect;

/// A table of the oracle: its name, its columns of numbers, its columns of text.
#[derive(Debug, Clone, Copy)]
struct Shape {
    table: &'static str,
    numbers: &'static [&'static str],
    texts: &'static [&'static str],
}

const SHAPES: [Shape; 5] = [
    Shape { table: "category", numbers: &["id", "parent_id"], texts: &["name"] },
    Shape { table: "customer", numbers: &["id", "score"], texts: &["email", "name", "note"] },
    Shape { table: "product", numbers: &["id", "category_id", "price"], texts: &["sku", "name"] },
    Shape {
        table: "purchase",
        numbers: &["id", "customer_id", "total"],
        texts: &["number", "status"],
    },
    Shape {
        table: "purchase_item",
        numbers: &["id", "purchase_id", "product_id", "quantity"],
        texts: &[],
    },
];

/// Something that columns can be taken from.
#[derive(Debug, Clone)]
struct Source {
    alias: String,
    numbers: Vec<String>,
    texts: Vec<String>,
}

/// The statement of a seed. The same seed always makes the same statement.
#[must_use]
pub fn statement(seed: u64, dialect: Dialect) -> String {
    let mut maker = Maker { rng: Rng::with_seed(seed), dialect, aliases: 0, visible: Vec::new() };
    match maker.rng.u8(0..20) {
        0..12 => maker.query(2),
        12..14 => maker.with(),
        14..16 => maker.insert(),
        16..18 => maker.update(),
        _ => maker.delete(),
    }
}

struct Maker {
    rng: Rng,
    dialect: Dialect,
    aliases: usize,
    visible: Vec<Source>,
}

impl Maker {
    fn chance(&mut self, of: u8) -> bool {
        self.rng.u8(0..of) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.usize(0..from.len())]
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    fn source_of(shape: Shape, alias: &str) -> Source {
        Source {
            alias: alias.to_owned(),
            numbers: shape.numbers.iter().map(|&column| column.to_owned()).collect(),
            texts: shape.texts.iter().map(|&column| column.to_owned()).collect(),
        }
    }

    /// A column of numbers of something visible.
    fn number(&mut self, depth: u8) -> String {
        let sources: Vec<&Source> = self.visible.iter().filter(|s| !s.numbers.is_empty()).collect();
        if sources.is_empty() || self.rng.u8(0..8) == 0 {
            return match self.rng.u8(0..4) {
                0 => "1001".to_owned(),
                1 if depth > 0 => self.scalar(depth - 1),
                _ => self.rng.u8(0..5).to_string(),
            };
        }
        let source = sources[self.rng.usize(0..sources.len())];
        let column = &source.numbers[self.rng.usize(0..source.numbers.len())];
        format!("{}.{column}", source.alias)
    }

    /// A column of numbers of the sources from this one on.
    fn own_number(&mut self, own: usize) -> String {
        let source = &self.visible[own + self.rng.usize(0..self.visible.len() - own)];
        let column = &source.numbers[self.rng.usize(0..source.numbers.len())];
        format!("{}.{column}", source.alias)
    }

    fn text(&mut self) -> String {
        let sources: Vec<&Source> = self.visible.iter().filter(|s| !s.texts.is_empty()).collect();
        if sources.is_empty() || self.rng.u8(0..6) == 0 {
            return self.pick(&["'open'", "'ann@example.com'", "'eve of globex'"]).to_owned();
        }
        let source = sources[self.rng.usize(0..sources.len())];
        let column = &source.texts[self.rng.usize(0..source.texts.len())];
        format!("{}.{column}", source.alias)
    }

    fn number_expression(&mut self, depth: u8) -> String {
        let number = self.number(depth);
        match self.rng.u8(0..8) {
            0 => format!("coalesce({number}, 0)"),
            1 => format!("({number} + {})", self.number(depth)),
            2 => format!(
                "CASE WHEN {} THEN {number} ELSE 0 END",
                self.condition(depth.saturating_sub(1))
            ),
            _ => number,
        }
    }

    fn scalar(&mut self, depth: u8) -> String {
        self.nested(|maker| {
            let own = maker.visible.len();
            let from = maker.from(depth);
            let aggregate = maker.pick(&["COUNT(*)", "MAX", "MIN", "SUM"]);
            let value = if aggregate == "COUNT(*)" {
                aggregate.to_owned()
            } else {
                // Over a column from outside, the aggregate would be the outer query's.
                format!("{aggregate}({})", maker.own_number(own))
            };
            format!("(SELECT {value} FROM {from}{})", maker.where_clause(depth))
        })
    }

    /// Makes something that sees what is visible here, and whose own sources are not seen after it.
    fn nested<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.visible.len();
        let made = make(self);
        self.visible.truncate(before);
        made
    }

    fn condition(&mut self, depth: u8) -> String {
        match self.rng.u8(0..14) {
            0 => format!("{} = {}", self.text(), self.text()),
            1 => format!("{} LIKE '%{}%'", self.text(), self.pick(&["a", "of", "globex"])),
            2 => format!("{} IS NULL", self.number(depth)),
            3 => format!("{} BETWEEN 1 AND {}", self.number(depth), self.number(0)),
            4 => format!("{} IN (1, 2, 1001, {})", self.number(depth), self.number(0)),
            5 if depth > 0 => {
                format!("({} AND {})", self.condition(depth - 1), self.condition(depth - 1))
            }
            6 if depth > 0 => {
                format!("({} OR {})", self.condition(depth - 1), self.condition(depth - 1))
            }
            7 if depth > 0 => format!("NOT ({})", self.condition(depth - 1)),
            8 | 9 if depth > 0 => {
                let negation = if self.chance(3) { "NOT " } else { "" };
                let exists = self.nested(|maker| {
                    let from = maker.from(depth - 1);
                    format!("(SELECT 1 FROM {from}{})", maker.where_clause(depth - 1))
                });
                format!("{negation}EXISTS {exists}")
            }
            10 | 11 if depth > 0 => {
                let number = self.number(depth);
                let inner = self.nested(|maker| {
                    let from = maker.from(depth - 1);
                    let column = maker.number(0);
                    format!("(SELECT {column} FROM {from}{})", maker.where_clause(depth - 1))
                });
                format!("{number} {}IN {inner}", if self.chance(4) { "NOT " } else { "" })
            }
            12 => "1 = 1".to_owned(),
            _ => {
                let operator = self.pick(&["=", "<", ">", "<>", ">="]);
                format!("{} {operator} {}", self.number_expression(depth), self.number(depth))
            }
        }
    }

    fn where_clause(&mut self, depth: u8) -> String {
        if self.chance(4) { String::new() } else { format!(" WHERE {}", self.condition(depth)) }
    }

    /// A table or subquery with its alias, and what can be taken from it.
    fn relation(&mut self, depth: u8) -> (String, Source) {
        let alias = self.alias();
        if self.dialect == Dialect::Postgres && depth > 0 && self.chance(10) {
            // What stands outside of this query can be seen from within, its neighbours cannot.
            let (number, filter) = self.nested(|maker| {
                let from = maker.from(0);
                let number = maker.number(0);
                (number, format!("{from}{}", maker.where_clause(0)))
            });
            let numbers = vec!["n1".to_owned()];
            return (
                format!("LATERAL (SELECT {number} AS n1 FROM {filter}) AS {alias}"),
                Source { alias, numbers, texts: Vec::new() },
            );
        }
        if depth > 0 && self.chance(5) {
            let (sql, numbers, texts) = self.derived(depth - 1);
            return (format!("({sql}) AS {alias}"), Source { alias, numbers, texts });
        }
        let shape = self.pick(&SHAPES);
        let source = Self::source_of(shape, &alias);
        (format!("{} AS {alias}", shape.table), source)
    }

    /// A query of named columns that does not look outside.
    fn derived(&mut self, depth: u8) -> (String, Vec<String>, Vec<String>) {
        let outer = std::mem::take(&mut self.visible);
        let from = self.from(depth);
        let (number, text) = (self.number(0), self.text());
        let sql = format!(
            "SELECT {number} AS n1, {} AS n2, {text} AS x1 FROM {from}{}",
            self.number(0),
            self.where_clause(depth)
        );
        self.visible = outer;
        (sql, vec!["n1".to_owned(), "n2".to_owned()], vec!["x1".to_owned()])
    }

    /// The sources of a query; they are visible afterwards.
    fn from(&mut self, depth: u8) -> String {
        let (mut sql, source) = self.relation(depth);
        let mut joined = vec![source];
        let mut first_joinable = 0;
        for _ in 0..self.rng.u8(0..3) {
            let (relation, source) = self.relation(depth);
            let outer = self.visible.len();
            joined.push(source);
            let kind =
                self.join(&["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
            if self.chance(6) {
                let cross = self.pick(&[" CROSS JOIN ", ", "]);
                sql.push_str(&format!("{cross}{relation}"));
                if cross == ", " {
                    // A condition after a comma does not see what stands before it.
                    first_joinable = joined.len() - 1;
                }
                continue;
            }
            if self.chance(10) && joined[first_joinable..].iter().all(|s| s.numbers[0] == "id") {
                let kind = self.join(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
                sql.push_str(&format!(" {kind} {relation} USING (id)"));
                self.visible.extend(joined);
                return sql;
            }
            // An ON clause sees what is joined so far, not what stands outside: PostgreSQL knows
            // FULL JOIN only on conditions that compare both sides.
            let seen = joined[first_joinable..].to_vec();
            let hidden = std::mem::replace(&mut self.visible, seen);
            let [.., left, right] = joined.as_slice() else { continue };
            let on = format!(
                "{}.{} = {}.{}",
                left.alias, left.numbers[0], right.alias, right.numbers[0]
            );
            let more = if kind == "FULL JOIN" || self.chance(2) {
                String::new()
            } else {
                format!(" AND {}", self.condition(depth.min(1)))
            };
            self.visible = hidden;
            debug_assert_eq!(self.visible.len(), outer);
            sql.push_str(&format!(" {kind} {relation} ON {on}{more}"));
        }
        self.visible.extend(joined);
        sql
    }

    /// A kind of join that the database knows.
    fn join(&mut self, kinds: &[&'static str]) -> &'static str {
        match self.pick(kinds) {
            "FULL JOIN" if self.dialect == Dialect::MySql => "RIGHT JOIN",
            kind => kind,
        }
    }

    fn items(&mut self, depth: u8) -> String {
        let mut items = vec![
            format!("{} AS a", self.number_expression(depth)),
            format!("{} AS b", self.text()),
        ];
        if depth > 0 && self.chance(3) {
            items.push(format!("{} AS s", self.scalar(depth - 1)));
        }
        items.join(", ")
    }

    fn query(&mut self, depth: u8) -> String {
        let mut sql = self.nested(|maker| maker.select(depth));
        if depth > 0 && self.chance(4) {
            let plain = |maker: &mut Self| {
                maker.nested(|maker| {
                    let from = maker.from(0);
                    let (a, b) = (maker.number(0), maker.text());
                    format!("SELECT {a} AS a, {b} AS b FROM {from}{}", maker.where_clause(0))
                })
            };
            let (left, right) = (plain(self), plain(self));
            let operator = self.pick(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
            sql = format!("{left} {operator} {right}");
        }
        sql
    }

    fn select(&mut self, depth: u8) -> String {
        let from = self.from(depth);
        match self.rng.u8(0..6) {
            0 => {
                let group = self.text();
                let count = format!("COUNT(*) AS n, SUM({}) AS s", self.number(0));
                let filter = self.where_clause(depth);
                let having = if self.chance(2) {
                    format!(" HAVING COUNT(*) > {}", self.rng.u8(0..2))
                } else {
                    String::new()
                };
                format!("SELECT {group} AS g, {count} FROM {from}{filter} GROUP BY {group}{having}")
            }
            1 => format!("SELECT COUNT(*) AS n FROM {from}{}", self.where_clause(depth)),
            2 => {
                let distinct = self.items(0);
                format!("SELECT DISTINCT {distinct} FROM {from}{}", self.where_clause(depth))
            }
            3 => format!("SELECT * FROM {from}{}", self.where_clause(depth)),
            _ => {
                let items = self.items(depth);
                format!("SELECT {items} FROM {from}{}", self.where_clause(depth))
            }
        }
    }

    fn with(&mut self) -> String {
        let (body, numbers, texts) = self.derived(1);
        let name = if self.chance(12) { "customer" } else { "made" };
        let alias = self.alias();
        let outer = self.visible.len();
        self.visible.push(Source { alias: alias.clone(), numbers, texts });
        let (relation, source) = self.relation(0);
        let on = format!("{alias}.n1 = {}.{}", source.alias, source.numbers[0]);
        self.visible.push(source);
        let join = self.pick(&["JOIN", "LEFT JOIN"]);
        let items = self.items(1);
        let filter = self.where_clause(1);
        self.visible.truncate(outer);
        format!(
            "WITH {name} AS ({body}) SELECT {items} FROM {name} AS {alias} {join} {relation} ON \
             {on}{filter}"
        )
    }

    fn insert(&mut self) -> String {
        let key = self.rng.u32(5_000..6_000);
        let email = self.pick(&["ann@example.com", "zoe@example.com", "eve@example.com"]);
        let rows = if self.chance(3) {
            let body = self.nested(|maker| {
                let from = maker.from(1);
                let text = maker.text();
                let text = match maker.dialect {
                    Dialect::Postgres | Dialect::Sqlite => format!("MIN({text}) || 'x'"),
                    Dialect::MySql => format!("CONCAT(MIN({text}), 'x')"),
                };
                format!("SELECT {text}, 'made' FROM {from}{}", maker.where_clause(1))
            });
            return format!("INSERT INTO customer (email, name) {body}");
        } else if self.chance(3) {
            format!("VALUES ({key}, '{email}', 'a'), ({}, 'other@example.com', 'b')", key + 1)
        } else {
            format!("VALUES ({key}, '{email}', 'made')")
        };
        let conflict = match self.rng.u8(0..5) {
            kind if self.dialect == Dialect::MySql => self.duplicate(kind),
            0 => " ON CONFLICT (email) DO NOTHING".to_owned(),
            1 => " ON CONFLICT (email) DO UPDATE SET name = excluded.name".to_owned(),
            2 => {
                let score = self.scalar(1);
                format!(" ON CONFLICT (email) DO UPDATE SET score = {score}")
            }
            3 => {
                " ON CONFLICT (email) DO UPDATE SET name = 'x' WHERE customer.score > 1".to_owned()
            }
            _ => String::new(),
        };
        let returning = if self.chance(2) { " RETURNING *" } else { "" };
        format!("INSERT INTO customer (id, email, name) {rows}{conflict}{returning}")
    }

    /// What happens to rows in conflict on MySQL.
    fn duplicate(&mut self, kind: u8) -> String {
        let assignments = match kind {
            0 => "id = id".to_owned(),
            1 => "name = VALUES(name)".to_owned(),
            2 => format!("score = {}", self.scalar(1)),
            3 => "score = coalesce(score, 0) + 1, name = CONCAT(name, customer.email)".to_owned(),
            _ => return String::new(),
        };
        format!(" ON DUPLICATE KEY UPDATE {assignments}")
    }

    fn update(&mut self) -> String {
        let shape = SHAPES[self.rng.usize(1..4)];
        let (table, column) = (shape.table, self.pick(&[shape.numbers[shape.numbers.len() - 1]]));
        self.visible.push(Self::source_of(shape, table));
        let value = match self.rng.u8(0..3) {
            0 => format!("coalesce({}, 0)", self.scalar(1)),
            1 => format!("coalesce({column}, 0) + 1"),
            _ => "7".to_owned(),
        };
        if self.chance(3) {
            let (relation, source) = self.relation(0);
            let on = format!("{}.{} = {table}.id", source.alias, source.numbers[0]);
            self.visible.push(source);
            let more = self.condition(1);
            if self.dialect == Dialect::MySql {
                let join = self.pick(&["JOIN", "LEFT JOIN"]);
                return format!(
                    "UPDATE {table} {join} {relation} ON {on} SET {table}.{column} = 7 WHERE {more}"
                );
            }
            return format!(
                "UPDATE {table} SET {column} = 7 FROM {relation} WHERE {on} AND {more}"
            );
        }
        let filter = self.where_clause(2);
        if self.dialect == Dialect::MySql {
            let limit = if self.chance(3) { " ORDER BY id LIMIT 2" } else { "" };
            return format!("UPDATE {table} SET {column} = {value}{filter}{limit}");
        }
        let returning = if self.chance(2) { " RETURNING *" } else { "" };
        format!("UPDATE {table} SET {column} = {value}{filter}{returning}")
    }

    fn delete(&mut self) -> String {
        let shape = self.pick(&[SHAPES[4], SHAPES[4], SHAPES[1]]);
        let table = shape.table;
        self.visible.push(Self::source_of(shape, table));
        if self.dialect != Dialect::Sqlite && self.chance(3) {
            let (relation, source) = self.relation(0);
            let on = format!("{}.{} = {table}.id", source.alias, source.numbers[0]);
            self.visible.push(source);
            let more = self.condition(1);
            if self.dialect == Dialect::MySql {
                let join = self.pick(&["JOIN", "LEFT JOIN"]);
                return format!(
                    "DELETE {table} FROM {table} {join} {relation} ON {on} WHERE {more}"
                );
            }
            return format!("DELETE FROM {table} USING {relation} WHERE {on} AND {more}");
        }
        let filter = self.where_clause(2);
        let returning = if self.chance(2) { " RETURNING *" } else { "" };
        format!("DELETE FROM {table}{filter}{returning}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_one_statement() {
        assert_eq!(statement(7, Dialect::Sqlite), statement(7, Dialect::Sqlite));
        assert_ne!(statement(7, Dialect::Sqlite), statement(8, Dialect::Sqlite));
    }
}
