//! The tables and rows of the oracle.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr,
    sea_query::{
        ColumnDef, ConditionalStatement, Expr, ExprTrait, ForeignKey, Index, IndexCreateStatement,
        Query, SimpleExpr, Table, TableCreateStatement,
    },
};
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait,
    schema::{integer, integer_null, pk_auto, string, string_uniq, text_null},
};

use crate::{Dialect, MigrationSets, PhysicalName, Result, TenantMigration, TenantSchema};

/// The tenant tables, each before those that refer to it.
pub(super) const TABLES: [&str; 5] =
    ["category", "customer", "product", "purchase", "purchase_item"];

fn currency() -> TableCreateStatement {
    let code = ColumnDef::new("code").string().not_null().primary_key().take();
    Table::create().table("currency").col(code).col(string("name")).take()
}

struct Shared;

impl MigrationName for Shared {
    fn name(&self) -> &'static str {
        "m20260101_000001_shared"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait is declared so")]
impl MigrationTrait for Shared {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_shared_on(manager.get_connection()).await
    }
}

async fn create_shared_on<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    connection.execute(&currency()).await?;
    let mut insert = Query::insert().into_table("currency").columns(["code", "name"]).take();
    for (code, name) in [("EUR", "Euro"), ("USD", "Dollar")] {
        insert.values_panic([code.into(), name.into()]);
    }
    connection.execute(&insert).await.map(drop)
}

pub(super) async fn create_shared<C: ConnectionTrait>(connection: &C) {
    create_shared_on(connection).await.unwrap();
}

fn dear() -> IndexCreateStatement {
    let mut index = Index::create().name("product_dear").table("product").col("name").take();
    index.unique().and_where(Expr::col("price").gt(1_000)).take()
}

struct Tenant;

impl MigrationName for Tenant {
    fn name(&self) -> &'static str {
        "m20260102_000001_tenant"
    }
}

impl TenantMigration for Tenant {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        let key = |from: &'static str, column: &'static str, to: &'static str| {
            ForeignKey::create().from(from, column).to(to, "id").take()
        };
        schema.create_table(
            Table::create()
                .table("category")
                .col(pk_auto("id"))
                .col(integer_null("parent_id"))
                .col(string_uniq("name"))
                .foreign_key(&mut key("category", "parent_id", "category")),
        )?;
        schema.create_table(
            Table::create()
                .table("customer")
                .col(pk_auto("id"))
                .col(string_uniq("email"))
                .col(string("name"))
                .col(text_null("note"))
                .col(integer_null("score")),
        )?;
        schema.create_table(
            Table::create()
                .table("product")
                .col(pk_auto("id"))
                .col(integer("category_id"))
                .col(string_uniq("sku"))
                .col(string("name"))
                .col(integer("price"))
                .foreign_key(&mut key("product", "category_id", "category")),
        )?;
        // MySQL has no indexes over some rows.
        if schema.dialect() != Dialect::MySql {
            schema.create_index(&dear())?;
        }
        schema.create_table(
            Table::create()
                .table("purchase")
                .col(pk_auto("id"))
                .col(integer("customer_id"))
                .col(string_uniq("number"))
                .col(string("status"))
                .col(integer("total"))
                .foreign_key(&mut key("purchase", "customer_id", "customer")),
        )?;
        schema.create_table(
            Table::create()
                .table("purchase_item")
                .col(pk_auto("id"))
                .col(integer("purchase_id"))
                .col(integer("product_id"))
                .col(integer("quantity"))
                .foreign_key(&mut key("purchase_item", "purchase_id", "purchase"))
                .foreign_key(&mut key("purchase_item", "product_id", "product"))
                .index(Index::create().unique().col("purchase_id").col("product_id")),
        )
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        for table in TABLES.iter().rev() {
            schema.drop_table(*table);
        }
        Ok(())
    }
}

/// The migrations of the oracle's tables.
pub(super) fn migrations() -> MigrationSets {
    MigrationSets {
        shared: vec![Box::new(Shared)],
        tenant: vec![Box::new(Tenant)],
        ..MigrationSets::default()
    }
}

async fn insert<C: ConnectionTrait>(
    connection: &C,
    table: &'static str,
    columns: &[&'static str],
    rows: Vec<Vec<SimpleExpr>>,
) {
    let mut insert = Query::insert().into_table(table).columns(columns.iter().copied()).take();
    for row in rows {
        insert.values_panic(row);
    }
    connection.execute(&insert).await.unwrap();
}

/// Fills the tables with the rows of a tenant: as many and with the same natural keys for each, so
/// that a missing filter shows, and with names that tell whose they are.
pub(super) async fn fill<C: ConnectionTrait>(connection: &C, tenant: &str, offset: i32) {
    let id = |id: i32| SimpleExpr::from(id + offset);
    let categories = [(1, None, "food"), (2, Some(1), "fruit"), (3, Some(1), "bread")];
    let rows = categories.map(|(key, parent, name)| {
        let parent = parent.map(|parent: i32| parent + offset);
        vec![id(key), parent.into(), name.into()]
    });
    insert(connection, "category", &["id", "parent_id", "name"], rows.into()).await;

    let customers = [("ann", Some("vip"), Some(7)), ("bob", None, Some(3)), ("eve", None, None)];
    let rows = customers.iter().zip(1..).map(|((name, note, score), key)| {
        vec![
            id(key),
            format!("{name}@example.com").into(),
            format!("{name} of {tenant}").into(),
            note.map(str::to_owned).into(),
            (*score).into(),
        ]
    });
    insert(connection, "customer", &["id", "email", "name", "note", "score"], rows.collect()).await;

    let products = [(2, "apple", 30), (2, "pear", 40), (3, "roll", 20), (3, "loaf", 90)];
    let rows = products.iter().zip(1..).map(|((category, name, price), key)| {
        let price = if tenant == "acme" { *price } else { price + 1 };
        vec![
            id(key),
            id(*category),
            format!("SKU-{name}").into(),
            format!("{name} of {tenant}").into(),
            price.into(),
        ]
    });
    let columns = ["id", "category_id", "sku", "name", "price"];
    insert(connection, "product", &columns, rows.collect()).await;

    let purchases = [(1, "open", 100), (1, "paid", 60), (2, "open", 40), (3, "paid", 200)];
    let rows = purchases.iter().zip(1..).map(|((customer, status, total), key)| {
        let number = format!("P-{key}");
        vec![id(key), id(*customer), number.into(), (*status).into(), (*total).into()]
    });
    let columns = ["id", "customer_id", "number", "status", "total"];
    insert(connection, "purchase", &columns, rows.collect()).await;

    let items = [(1, 1, 2), (1, 2, 1), (2, 3, 3), (3, 2, 1), (4, 4, 2), (4, 1, 1)];
    let rows = items.iter().zip(1..).map(|((purchase, product, quantity), key)| {
        vec![id(key), id(*purchase), id(*product), (*quantity).into()]
    });
    let columns = ["id", "purchase_id", "product_id", "quantity"];
    insert(connection, "purchase_item", &columns, rows.collect()).await;
}

/// Lets both sides generate the same keys, behind those of the seed. Both meet the same statements,
/// so they stay in step.
pub(super) async fn count_from(connection: &DatabaseConnection, schema: Option<&PhysicalName>) {
    const FIRST: i32 = 2_000;
    if connection.get_database_backend() == DbBackend::Sqlite {
        let set = format!("UPDATE sqlite_sequence SET seq = {FIRST}");
        connection.execute_unprepared(&set).await.unwrap();
        return;
    }
    if connection.get_database_backend() == DbBackend::MySql {
        let place = schema.map(|schema| format!("`{}`.", schema.as_str())).unwrap_or_default();
        for table in TABLES {
            let restart = format!("ALTER TABLE {place}`{table}` AUTO_INCREMENT = {FIRST}");
            connection.execute_unprepared(&restart).await.unwrap();
        }
        return;
    }
    let schema = schema.map_or_else(|| "public".to_owned(), PhysicalName::quoted);
    for table in TABLES {
        let restart = format!("ALTER TABLE {schema}.{table} ALTER COLUMN id RESTART WITH {FIRST}");
        connection.execute_unprepared(&restart).await.unwrap();
    }
}
