//! Statements that must work for a tenant exactly as they do alone.

use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
    Statement,
    sea_query::{
        Alias, BinOper, CommonTableExpression, Expr, ExprTrait, Func, OnConflict, Order, Query,
        UnionType, WindowStatement,
    },
};

use crate::{scope::Dialect, testing::world::customer};

/// A statement of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it is about.
    pub name: &'static str,
    /// Its text.
    pub sql: String,
}

const BOTH: &[(&str, &str)] = &[
    ("all rows", "SELECT * FROM customer"),
    ("columns", "SELECT id, email FROM customer WHERE score > 3 OR note IS NULL"),
    ("always true", "SELECT name FROM customer WHERE 1 = 1 OR id = 2"),
    ("alias", "SELECT c.name FROM customer AS c WHERE c.id IN (1, 2, 1001)"),
    ("quoted", "SELECT \"customer\".\"name\" FROM \"customer\" WHERE \"customer\".\"id\" = 1"),
    ("qualified star", "SELECT c.*, 1 AS one FROM customer c"),
    ("two stars", "SELECT c.*, p.number FROM customer c JOIN purchase p ON p.customer_id = c.id"),
    ("count", "SELECT COUNT(*) AS n FROM purchase"),
    ("count of a subquery", "SELECT COUNT(*) AS n FROM (SELECT id FROM customer) AS sub_query"),
    ("sum by status", "SELECT status, SUM(total) AS s FROM purchase GROUP BY status"),
    ("having", "SELECT customer_id FROM purchase GROUP BY customer_id HAVING COUNT(*) > 1"),
    (
        "having with a subquery",
        "SELECT customer_id FROM purchase GROUP BY customer_id \
         HAVING SUM(total) > (SELECT AVG(total) FROM purchase)",
    ),
    ("distinct", "SELECT DISTINCT status FROM purchase"),
    ("count distinct", "SELECT COUNT(DISTINCT customer_id) AS n FROM purchase"),
    ("order and limit", "SELECT id FROM purchase ORDER BY id DESC LIMIT 2 OFFSET 1 /* ordered */"),
    (
        "limit of a subquery",
        "SELECT id FROM purchase ORDER BY id LIMIT (SELECT COUNT(*) FROM category) /* ordered */",
    ),
    (
        "order by a subquery",
        "SELECT id FROM product p ORDER BY (SELECT c.name FROM category c WHERE c.id = p.category_id), id /* ordered */",
    ),
    ("between", "SELECT id FROM product WHERE price BETWEEN 30 AND 90"),
    ("like", "SELECT id FROM customer WHERE name LIKE '%of%'"),
    (
        "case",
        "SELECT id, CASE WHEN score IS NULL THEN 'none' WHEN score > 5 THEN 'high' ELSE 'low' END AS level FROM customer",
    ),
    (
        "functions",
        "SELECT lower(name) AS l, coalesce(note, '-') AS n, length(email) AS e, abs(score) AS a FROM customer",
    ),
    ("concat", "SELECT name || ' <' || email || '>' AS t FROM customer"),
    ("cast", "SELECT CAST(id AS text) AS t FROM customer"),
    (
        "inner join",
        "SELECT c.name, p.total FROM customer c INNER JOIN purchase p ON p.customer_id = c.id",
    ),
    (
        "join on the key alone",
        "SELECT a.name, b.name AS other FROM customer a JOIN product b ON a.id = b.id",
    ),
    (
        "left join",
        "SELECT c.name, p.number FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id AND p.status = 'paid'",
    ),
    (
        "left join without match",
        "SELECT c.name FROM category c LEFT JOIN product p ON p.category_id = c.id WHERE p.id IS NULL",
    ),
    (
        "left join of two",
        "SELECT c.name, i.quantity FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id LEFT JOIN purchase_item i ON i.purchase_id = p.id",
    ),
    (
        "inner after left",
        "SELECT c.name, i.quantity FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id JOIN purchase_item i ON i.purchase_id = p.id",
    ),
    (
        "right join",
        "SELECT c.name, p.number FROM purchase p RIGHT JOIN customer c ON p.customer_id = c.id AND p.status = 'open'",
    ),
    (
        "full join",
        "SELECT c.name, p.name AS product FROM category c FULL JOIN product p ON p.category_id = c.id AND p.price > 35",
    ),
    ("cross join", "SELECT c.id, k.id AS k FROM customer c CROSS JOIN category k"),
    ("comma", "SELECT c.id, k.id AS k FROM customer c, category k WHERE c.id = k.id"),
    (
        "self join",
        "SELECT a.name, b.name AS parent FROM category a LEFT JOIN category b ON a.parent_id = b.id",
    ),
    (
        "join of a subquery",
        "SELECT c.name, t.n FROM customer c JOIN (SELECT customer_id, COUNT(*) AS n FROM purchase GROUP BY customer_id) t ON t.customer_id = c.id",
    ),
    (
        "left join of a subquery",
        "SELECT c.name, t.n FROM customer c LEFT JOIN (SELECT customer_id, COUNT(*) AS n FROM purchase GROUP BY customer_id) AS t ON t.customer_id = c.id",
    ),
    ("shared table", "SELECT code FROM currency"),
    ("join with a shared table", "SELECT c.name, k.code FROM customer c CROSS JOIN currency k"),
    (
        "in a subquery",
        "SELECT name FROM customer WHERE id IN (SELECT customer_id FROM purchase WHERE total > 90)",
    ),
    (
        "not in a subquery",
        "SELECT name FROM customer WHERE id NOT IN (SELECT customer_id FROM purchase WHERE total > 90)",
    ),
    (
        "exists",
        "SELECT name FROM customer c WHERE EXISTS (SELECT 1 FROM purchase p WHERE p.customer_id = c.id AND p.status = 'open')",
    ),
    (
        "not exists",
        "SELECT name FROM product p WHERE NOT EXISTS (SELECT 1 FROM purchase_item i WHERE i.product_id = p.id)",
    ),
    (
        "exists anywhere",
        "SELECT name FROM customer WHERE EXISTS (SELECT 1 FROM product WHERE name LIKE '%globex%')",
    ),
    (
        "scalar subquery",
        "SELECT name, (SELECT COUNT(*) FROM purchase p WHERE p.customer_id = c.id) AS n FROM customer c",
    ),
    ("scalar subquery over all", "SELECT (SELECT MAX(price) FROM product) AS m"),
    (
        "subquery in a subquery",
        "SELECT name FROM customer WHERE id IN (SELECT customer_id FROM purchase WHERE id IN (SELECT purchase_id FROM purchase_item WHERE product_id IN (SELECT id FROM product WHERE sku = 'SKU-apple')))",
    ),
    (
        "subquery in case",
        "SELECT CASE WHEN (SELECT COUNT(*) FROM customer) > 3 THEN 'many' ELSE 'few' END AS t",
    ),
    ("union", "SELECT name FROM customer UNION SELECT name FROM product"),
    ("union all", "SELECT id FROM customer UNION ALL SELECT id FROM product"),
    ("intersect", "SELECT id FROM customer INTERSECT SELECT id FROM category"),
    ("except", "SELECT id FROM product EXCEPT SELECT id FROM customer"),
    (
        "union in a subquery",
        "SELECT COUNT(*) AS n FROM (SELECT id FROM customer UNION ALL SELECT id FROM product) t",
    ),
    (
        "cte",
        "WITH paid AS (SELECT * FROM purchase WHERE status = 'paid') SELECT c.name, p.total FROM customer c JOIN paid p ON p.customer_id = c.id",
    ),
    (
        "cte of a cte",
        "WITH a AS (SELECT id, total FROM purchase), b AS (SELECT SUM(total) AS s FROM a) SELECT s FROM b",
    ),
    (
        "cte used twice",
        "WITH a AS (SELECT id FROM customer) SELECT x.id FROM a x JOIN a y ON x.id = y.id",
    ),
    (
        "recursive cte",
        "WITH RECURSIVE tree(id, parent_id, depth) AS (SELECT id, parent_id, 0 FROM category WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id, t.depth + 1 FROM category c JOIN tree t ON c.parent_id = t.id) SELECT id, depth FROM tree",
    ),
    ("values", "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v"),
    (
        "window",
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY id) AS n, SUM(total) OVER () AS s FROM purchase",
    ),
    (
        "named window",
        "SELECT id, RANK() OVER w AS r FROM purchase WINDOW w AS (ORDER BY total DESC, id)",
    ),
    (
        "filter",
        "SELECT COUNT(*) FILTER (WHERE status = 'paid') AS paid, COUNT(*) AS n FROM purchase",
    ),
    (
        "filter with a subquery",
        "SELECT COUNT(*) FILTER (WHERE id IN (SELECT purchase_id FROM purchase_item)) AS n FROM purchase",
    ),
    (
        "join in parentheses",
        "SELECT c.name, p.total FROM customer c LEFT JOIN (purchase p JOIN purchase_item i ON i.purchase_id = p.id) ON p.customer_id = c.id",
    ),
    ("join using", "SELECT c.name, k.name AS other FROM customer c JOIN category k USING (id)"),
    (
        "left join using",
        "SELECT c.name, k.name AS other FROM product c LEFT JOIN category k USING (id)",
    ),
    (
        "a star over a join that merges, beside a source with the same column",
        "SELECT * FROM category k, customer c JOIN purchase p USING (id)",
    ),
    (
        "the same of a left join, merged twice",
        "SELECT * FROM category k, customer c LEFT JOIN purchase p USING (id) JOIN product q USING (id)",
    ),
    ("natural join", "SELECT c.email FROM customer c NATURAL JOIN (SELECT 1 AS id) AS one"),
    (
        "an alias that hides one outside",
        "SELECT c.name FROM customer c WHERE EXISTS (SELECT 1 FROM purchase c WHERE c.total > 150)",
    ),
    ("an alias with the name of a table", "SELECT purchase.name FROM customer AS purchase"),
    (
        "a table inside and outside",
        "SELECT name FROM customer WHERE score = (SELECT MAX(score) FROM customer)",
    ),
    (
        "a name of the outer query",
        "SELECT name FROM customer WHERE EXISTS (SELECT 1 FROM purchase WHERE customer_id = customer.id AND total > 90)",
    ),
    (
        "row value",
        "SELECT name FROM customer WHERE (id, email) IN ((1, 'ann@example.com'), (2, 'x'))",
    ),
    (
        "insert",
        "INSERT INTO customer (email, name) VALUES ('zoe@example.com', 'zoe') RETURNING name, email",
    ),
    (
        "insert with a key",
        "INSERT INTO customer (id, email, name) VALUES (77, 'zoe@example.com', 'zoe') RETURNING *",
    ),
    ("insert without columns", "INSERT INTO category VALUES (78, 1, 'tea') RETURNING *"),
    ("insert of rows", "INSERT INTO category (id, name) VALUES (80, 'a'), (81, 'b'), (82, 'c')"),
    (
        "insert of a select",
        "INSERT INTO customer (email, name) SELECT 'n-' || email, name FROM customer",
    ),
    (
        "insert of a join",
        "INSERT INTO customer (email, name) SELECT p.number, c.name FROM purchase p JOIN customer c ON c.id = p.customer_id",
    ),
    (
        "insert of a union",
        "INSERT INTO customer (email, name) SELECT sku, name FROM product UNION ALL SELECT number, status FROM purchase",
    ),
    (
        "insert of a subquery in values",
        "INSERT INTO customer (email, name) VALUES ((SELECT MAX(email) || 'x' FROM customer), 'max') RETURNING email",
    ),
    (
        "insert from a cte",
        "WITH src AS (SELECT email, name FROM customer) INSERT INTO customer (email, name) SELECT 'c-' || email, name FROM src",
    ),
    (
        "upsert of an own key",
        "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'x') ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING name",
    ),
    (
        "upsert with a condition",
        "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'x') ON CONFLICT (email) DO UPDATE SET name = excluded.name WHERE customer.score > 100 RETURNING name",
    ),
    (
        "upsert by id",
        "INSERT INTO category (id, name) VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *",
    ),
    (
        "upsert of nothing",
        "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'x') ON CONFLICT (email) DO NOTHING",
    ),
    (
        "upsert of nothing at all",
        "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'x') ON CONFLICT DO NOTHING",
    ),
    (
        "upsert with a subquery",
        "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'x') ON CONFLICT (email) DO UPDATE SET score = (SELECT MAX(total) FROM purchase) RETURNING score",
    ),
    (
        "upsert on a partial index",
        "INSERT INTO product (id, category_id, sku, name, price) VALUES (50, 2, 'SKU-gold', 'gold', 2000), (51, 3, 'SKU-gilt', 'gold', 3000) ON CONFLICT (name) WHERE price > 1000 DO NOTHING RETURNING sku",
    ),
    (
        "update on a partial index",
        "INSERT INTO product (id, category_id, sku, name, price) VALUES (50, 2, 'SKU-gold', 'gold', 2000) ON CONFLICT (name) WHERE price > 1000 DO UPDATE SET price = excluded.price + 1 RETURNING price",
    ),
    (
        "upsert of two columns",
        "INSERT INTO purchase_item (purchase_id, product_id, quantity) VALUES (1, 1, 9) ON CONFLICT (purchase_id, product_id) DO UPDATE SET quantity = purchase_item.quantity + excluded.quantity RETURNING quantity",
    ),
    ("update", "UPDATE customer SET score = 1"),
    (
        "update with a condition",
        "UPDATE customer SET score = score + 1, note = 'x' WHERE score IS NOT NULL RETURNING id, score",
    ),
    ("update of all whatever", "UPDATE customer SET name = 'x' WHERE 1 = 1 OR 1 = 2"),
    ("update with an alias", "UPDATE customer AS c SET name = 'x' WHERE c.id = 1"),
    (
        "update by a subquery",
        "UPDATE purchase SET total = (SELECT SUM(quantity) FROM purchase_item i WHERE i.purchase_id = purchase.id)",
    ),
    (
        "update where a subquery",
        "UPDATE product SET price = 0 WHERE id IN (SELECT product_id FROM purchase_item)",
    ),
    (
        "update from",
        "UPDATE purchase SET status = c.name FROM customer c WHERE c.id = purchase.customer_id RETURNING purchase.id, status",
    ),
    (
        "update from a subquery",
        "UPDATE customer SET score = t.n FROM (SELECT customer_id, COUNT(*) AS n FROM purchase GROUP BY customer_id) t WHERE t.customer_id = customer.id",
    ),
    ("delete", "DELETE FROM purchase_item"),
    ("delete with a condition", "DELETE FROM purchase_item WHERE quantity > 1 RETURNING id"),
    (
        "delete where a subquery",
        "DELETE FROM purchase_item WHERE purchase_id IN (SELECT id FROM purchase WHERE status = 'open')",
    ),
    (
        "delete where exists",
        "DELETE FROM product WHERE NOT EXISTS (SELECT 1 FROM purchase_item i WHERE i.product_id = product.id)",
    ),
    (
        "delete with a cte",
        "WITH few AS (SELECT id FROM purchase_item WHERE quantity = 1) DELETE FROM purchase_item WHERE id IN (SELECT id FROM few)",
    ),
];

const POSTGRES: &[(&str, &str)] = &[
    (
        "lateral",
        "SELECT c.name, t.number FROM customer c CROSS JOIN LATERAL (SELECT p.number FROM purchase p WHERE p.customer_id = c.id ORDER BY p.id LIMIT 1) t",
    ),
    (
        "left join lateral",
        "SELECT c.name, t.number FROM customer c LEFT JOIN LATERAL (SELECT p.number FROM purchase p WHERE p.customer_id = c.id AND p.status = 'paid' ORDER BY p.id LIMIT 1) t ON TRUE",
    ),
    (
        "distinct on",
        "SELECT DISTINCT ON (customer_id) customer_id, number FROM purchase ORDER BY customer_id, id DESC",
    ),
    (
        "group by the key",
        "SELECT c.id, c.name, COUNT(p.id) AS n FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id GROUP BY c.id",
    ),
    ("for update", "SELECT id FROM customer WHERE id = 1 FOR UPDATE"),
    (
        "for update skip locked",
        "SELECT c.id FROM customer c JOIN purchase p ON p.customer_id = c.id FOR UPDATE OF c SKIP LOCKED",
    ),
    ("for share", "SELECT id FROM customer FOR SHARE NOWAIT"),
    ("any", "SELECT id FROM customer WHERE id = ANY(ARRAY[1, 2])"),
    (
        "any of a subquery",
        "SELECT id FROM customer WHERE id = ANY(SELECT customer_id FROM purchase)",
    ),
    ("array of a subquery", "SELECT ARRAY(SELECT id FROM customer ORDER BY id) AS a"),
    ("array_agg", "SELECT array_agg(id ORDER BY id) AS a FROM customer"),
    ("string_agg", "SELECT string_agg(name, ',' ORDER BY id) AS a FROM customer"),
    ("json", "SELECT json_build_object('id', id, 'name', name) AS j FROM customer"),
    ("json operators", "SELECT ('{\"a\": {\"b\": 1}}'::jsonb -> 'a') ->> 'b' AS v"),
    ("ilike", "SELECT id FROM customer WHERE name ILIKE 'ANN%'"),
    (
        "using",
        "SELECT c.name FROM purchase_item JOIN purchase p ON p.id = purchase_id JOIN customer c ON c.id = customer_id",
    ),
    ("generate_series", "SELECT g FROM generate_series(1, 3) AS g"),
    ("extract", "SELECT EXTRACT(year FROM TIMESTAMP '2026-01-02 00:00:00') AS y"),
    ("intersect all", "SELECT id FROM customer INTERSECT ALL SELECT id FROM product"),
    ("rollup", "SELECT status, SUM(total) AS s FROM purchase GROUP BY ROLLUP (status)"),
    (
        "delete using",
        "DELETE FROM purchase_item USING purchase WHERE purchase.id = purchase_item.purchase_id AND purchase.status = 'paid' RETURNING purchase_item.id",
    ),
    (
        "data-modifying cte",
        "WITH gone AS (DELETE FROM purchase_item WHERE quantity = 1 RETURNING id) SELECT COUNT(*) AS n FROM gone",
    ),
    ("values alone", "VALUES (1, 'a'), (2, 'b')"),
    ("is distinct from", "SELECT id FROM customer WHERE note IS DISTINCT FROM 'vip'"),
];

const SQLITE: &[(&str, &str)] = &[
    ("glob", "SELECT id FROM customer WHERE name GLOB 'ann*'"),
    (
        "group_concat",
        "SELECT group_concat(name, ',') AS g FROM (SELECT name FROM customer ORDER BY id)",
    ),
    ("json_extract", "SELECT json_extract('{\"a\": 1}', '$.a') AS v"),
    (
        "group by the key",
        "SELECT c.id, c.name, COUNT(p.id) AS n FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id GROUP BY c.id",
    ),
    ("ifnull", "SELECT ifnull(note, '-') AS n FROM customer"),
];

/// What of the statements for all databases MySQL or MariaDB do not know; most stand among those
/// of MySQL in another form.
const NOT_OF_MYSQL: [&str; 21] = [
    "quoted",
    "full join",
    "limit of a subquery",
    "cast",
    "filter",
    "filter with a subquery",
    "insert of a subquery in values",
    "insert from a cte",
    "upsert of an own key",
    "upsert with a condition",
    "upsert by id",
    "upsert of nothing",
    "upsert of nothing at all",
    "upsert with a subquery",
    "upsert on a partial index",
    "update on a partial index",
    "upsert of two columns",
    "update with a condition",
    "update from",
    "update from a subquery",
    "delete with a cte",
];

const MYSQL: &[(&str, &str)] = &[
    ("quoted", "SELECT `customer`.`name` FROM `customer` WHERE `customer`.`id` = 1"),
    ("concat", "SELECT CONCAT(name, ' <', email, '>') AS t FROM customer"),
    (
        "strings",
        r#"SELECT "it's" AS a, 'it\'s' AS b, 'a' 'b' AS c, 'c:\\' AS d, "say ""hi""" AS e"#,
    ),
    ("two dashes", "SELECT 1--1 AS a # not a comment"),
    ("two bars", "SELECT id FROM customer WHERE name || '!' = 'ann of acme!' OR 1 = 0 || 1"),
    (
        "operators",
        "SELECT id, id DIV 2 AS d, id % 2 AS m, id <=> NULL AS n, id ^ 1 AS x FROM customer WHERE id > 0 XOR id > 2",
    ),
    ("regexp", "SELECT id FROM customer WHERE name REGEXP '^ann' OR name RLIKE 'x'"),
    ("cast", "SELECT CAST(id AS CHAR) AS t, CONVERT(id, SIGNED) AS s FROM customer"),
    ("convert", "SELECT CONVERT(name USING utf8mb4) AS n FROM customer"),
    (
        "dates",
        "SELECT DATE_ADD('2026-01-31', INTERVAL 1 DAY) AS d, TIMESTAMPDIFF(DAY, '2026-01-01', '2026-01-03') AS n",
    ),
    ("group_concat", "SELECT GROUP_CONCAT(name ORDER BY id SEPARATOR '; ') AS g FROM customer"),
    ("if", "SELECT IF(score > 5, 'high', 'low') AS l, IFNULL(note, '-') AS n FROM customer"),
    (
        "json",
        "SELECT JSON_EXTRACT('{\"a\": 1}', '$.a') AS v, JSON_OBJECT('id', id) AS o FROM customer",
    ),
    (
        "group by the key",
        "SELECT c.id, c.name, COUNT(p.id) AS n FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id GROUP BY c.id, c.name",
    ),
    (
        "an alias in having",
        "SELECT status, COUNT(*) AS n FROM purchase GROUP BY status HAVING n > 1",
    ),
    ("for update", "SELECT id FROM customer WHERE id = 1 FOR UPDATE"),
    ("in share mode", "SELECT id FROM customer WHERE id = 1 LOCK IN SHARE MODE"),
    ("skip locked", "SELECT id FROM customer FOR UPDATE SKIP LOCKED"),
    ("a limit with a comma", "SELECT id FROM purchase ORDER BY id LIMIT 1, 2 /* ordered */"),
    ("an index", "SELECT id FROM customer USE INDEX (PRIMARY) WHERE id > 0"),
    (
        "insert of a select",
        "INSERT INTO customer (email, name) SELECT CONCAT('n-', email), name FROM customer",
    ),
    (
        "insert of a subquery in values",
        "INSERT INTO customer (email, name) VALUES ((SELECT MAX(sku) FROM product), 'max') RETURNING email",
    ),
    (
        "insert from a cte",
        "INSERT INTO customer (email, name) WITH src AS (SELECT sku, name FROM product) SELECT sku, name FROM src",
    ),
    (
        "insert ignore",
        "INSERT IGNORE INTO customer (email, name) VALUES ('ann@example.com', 'x'), ('zoe@example.com', 'zoe')",
    ),
    (
        "upsert",
        "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'x') ON DUPLICATE KEY UPDATE name = VALUES(name)",
    ),
    (
        "upsert of what is there",
        "INSERT INTO customer (email, name, score) VALUES ('bob@example.com', 'x', 5) ON DUPLICATE KEY UPDATE score = score + VALUES(score), note = CONCAT(customer.name, '!')",
    ),
    (
        "upsert by id",
        "INSERT INTO category (id, name) VALUES (2, 'x') ON DUPLICATE KEY UPDATE name = VALUES(name)",
    ),
    (
        "upsert with a subquery",
        "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'x') ON DUPLICATE KEY UPDATE score = (SELECT MAX(total) FROM purchase)",
    ),
    (
        "upsert of rows",
        "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'x'), ('zoe@example.com', 'zoe'), ('eve@example.com', 'y') ON DUPLICATE KEY UPDATE name = VALUES(name)",
    ),
    (
        "upsert of two columns",
        "INSERT INTO purchase_item (purchase_id, product_id, quantity) VALUES (1, 1, 9) ON DUPLICATE KEY UPDATE quantity = quantity + VALUES(quantity)",
    ),
    (
        "upsert of nothing",
        "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'x') ON DUPLICATE KEY UPDATE id = id",
    ),
    (
        "update with a condition",
        "UPDATE customer SET score = score + 1, note = 'x' WHERE score IS NOT NULL",
    ),
    ("update of the first", "UPDATE customer SET name = 'first' ORDER BY id LIMIT 1"),
    (
        "update of a join",
        "UPDATE purchase p JOIN customer c ON c.id = p.customer_id SET p.status = c.name, c.note = p.number WHERE p.total > 50",
    ),
    (
        "update of a left join",
        "UPDATE category k LEFT JOIN product p ON p.category_id = k.id SET k.name = CONCAT(k.name, '?') WHERE p.id IS NULL",
    ),
    (
        "update of a join with a subquery",
        "UPDATE customer JOIN (SELECT customer_id, COUNT(*) AS n FROM purchase GROUP BY customer_id) t ON t.customer_id = customer.id SET customer.score = t.n",
    ),
    ("delete of the first", "DELETE FROM purchase_item WHERE quantity = 1 ORDER BY id LIMIT 1"),
    ("delete by an alias", "DELETE i FROM purchase_item AS i WHERE i.quantity > 1"),
    (
        "delete of a join",
        "DELETE i FROM purchase_item i JOIN purchase p ON p.id = i.purchase_id WHERE p.status = 'open'",
    ),
    (
        "delete of a left join",
        "DELETE p FROM product p LEFT JOIN purchase_item i ON i.product_id = p.id WHERE i.id IS NULL",
    ),
];

/// The hand-written statements for a database.
pub fn cases(dialect: Dialect) -> impl Iterator<Item = Case> {
    let own = match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::Sqlite => SQLITE,
        Dialect::MySql => MYSQL,
    };
    let is_known = move |name: &str| dialect != Dialect::MySql || !NOT_OF_MYSQL.contains(&name);
    let all = BOTH.iter().filter(move |(name, _)| is_known(name));
    all.chain(own).map(|(name, sql)| Case { name, sql: (*sql).to_owned() })
}

/// Statements as SeaORM builds them, with values.
#[must_use]
pub fn built(backend: DbBackend) -> Vec<Statement> {
    let mut built = selects(backend);
    built.extend(writes(backend));
    built.extend(queries(backend));
    built
}

fn selects(backend: DbBackend) -> Vec<Statement> {
    use customer::{Column, Entity};
    let find = || Entity::find().select_only().columns([Column::Id, Column::Email, Column::Name]);
    vec![
        find().build(backend),
        Entity::find().build(backend),
        Entity::find_by_id(1).build(backend),
        find().filter(Column::Email.contains("example")).build(backend),
        find().filter(Column::Id.is_in(1..500)).build(backend),
        find().filter(Column::Id.is_in(Vec::<i32>::new())).build(backend),
        find().filter(Column::Id.between(1, 2).or(Column::Name.starts_with("eve"))).build(backend),
        find().order_by_desc(Column::Id).limit(2).offset(1).build(backend),
        find().distinct().build(backend),
        Entity::find()
            .select_only()
            .column_as(Column::Id.count(), "n")
            .column_as(Column::Id.max(), "m")
            .build(backend),
        Entity::find()
            .select_only()
            .column(Column::Name)
            .column_as(Column::Id.sum(), "s")
            .group_by(Column::Name)
            .having(Column::Id.count().gte(1))
            .build(backend),
        find()
            .filter(
                Column::Id.in_subquery(
                    Query::select()
                        .column(Alias::new("customer_id"))
                        .from(Alias::new("purchase"))
                        .and_where(Expr::col(Alias::new("total")).gt(90))
                        .take(),
                ),
            )
            .build(backend),
        find().filter(Expr::col((Entity, Column::Id)).eq(1).not()).build(backend),
        find().order_by(Column::Name, Order::Asc).order_by(Column::Id, Order::Desc).build(backend),
    ]
}

fn writes(backend: DbBackend) -> Vec<Statement> {
    use customer::{ActiveModel, Column, Entity};
    let new = |email: &str| ActiveModel {
        email: Set(email.to_owned()),
        name: Set("new".to_owned()),
        ..Default::default()
    };
    vec![
        Entity::insert(new("zoe@example.com")).build(backend),
        Entity::insert_many([new("zoe@example.com"), new("max@example.com")]).build(backend),
        Entity::insert(new("ann@example.com"))
            .on_conflict(
                OnConflict::column(Column::Email).update_columns([Column::Name]).to_owned(),
            )
            .build(backend),
        Entity::insert(new("ann@example.com"))
            .on_conflict(OnConflict::column(Column::Email).do_nothing_on([Column::Id]).to_owned())
            .build(backend),
        Entity::update_many()
            .col_expr(Column::Name, joined(backend, Expr::col(Column::Name), Expr::val("!")))
            .filter(Column::Id.gt(0))
            .build(backend),
        Entity::update_many().col_expr(Column::Name, Expr::value("x")).build(backend),
        Entity::delete_many().filter(Column::Id.gt(1_000_000)).build(backend),
        Entity::delete_many().filter(Column::Email.eq("nobody")).build(backend),
    ]
}

/// Two texts as one.
fn joined(backend: DbBackend, one: Expr, other: Expr) -> Expr {
    if backend == DbBackend::MySql {
        return Func::cust("CONCAT").arg(one).arg(other).into();
    }
    one.binary(BinOper::Custom("||"), other)
}

#[expect(clippy::too_many_lines, reason = "a list of statements")]
fn queries(backend: DbBackend) -> Vec<Statement> {
    let (customer, purchase) = (|| Alias::new("customer"), || Alias::new("purchase"));
    let column = |table: &'static str, name: &'static str| Expr::col((table, name));
    let paid = CommonTableExpression::new()
        .query(
            Query::select()
                .column("customer_id")
                .from("purchase")
                .and_where(Expr::col("status").eq("paid"))
                .take(),
        )
        .table_name("paid")
        .to_owned();
    let with = Query::select()
        .column("customer_id")
        .from("paid")
        .take()
        .with(Query::with().cte(paid).to_owned());
    let window = WindowStatement::partition_by("customer_id");
    vec![
        backend.build(&with),
        backend.build(
            Query::select()
                .expr(column("customer", "name"))
                .expr_as(Func::count(column("purchase", "id")), "n")
                .from(customer())
                .join(
                    sea_orm::sea_query::JoinType::LeftJoin,
                    purchase(),
                    column("purchase", "customer_id").equals(("customer", "id")),
                )
                .group_by_columns([("customer", "name")]),
        ),
        backend.build(
            Query::select()
                .column("id")
                .from(customer())
                .union(UnionType::All, Query::select().column("id").from(purchase()).take()),
        ),
        backend.build(
            Query::select()
                .column("id")
                .expr_window_as(Func::sum(Expr::col("total")), window, "s")
                .from(purchase()),
        ),
        backend.build(
            Query::select().column("id").from(customer()).and_where(Expr::exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(purchase())
                    .and_where(column("purchase", "customer_id").equals(("customer", "id")))
                    .take(),
            )),
        ),
        backend.build(
            Query::select()
                .expr_as(Expr::case(Expr::col("score").gt(5), "high").finally("low"), "level")
                .from(customer()),
        ),
        backend.build(
            Query::insert()
                .into_table(customer())
                .columns(["email", "name"])
                .select_from(
                    Query::select()
                        .expr(joined(backend, Expr::val("s-"), Expr::col("sku")))
                        .column("name")
                        .from("product")
                        .take(),
                )
                .unwrap(),
        ),
        backend.build(
            Query::delete()
                .from_table("purchase_item")
                .and_where(Expr::col("quantity").gt(1))
                .returning_col("id"),
        ),
    ]
}
