//! Statements as SeaORM and sea-query build them: every one is scoped.

use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, JoinType, Linked, Order,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationTrait, Set, Statement,
    StatementBuilder, Unchanged,
    sea_query::{
        Asterisk, CommonTableExpression, Expr, ExprTrait, Func, LockBehavior, LockType, OnConflict,
        Query, SelectStatement, UnionType, WindowStatement, WithClause,
    },
};

use self::entity::{currency, customer, order, order_item, product};
use super::support::{acme, backend, filtering, separating};
use crate::scope::Dialect;

/// Entities of the catalog of the tests.
mod entity {
    pub(super) mod customer {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "customer")]
        pub(in super::super) struct Model {
            #[sea_orm(primary_key)]
            pub(in super::super) id: i32,
            pub(in super::super) name: String,
            #[sea_orm(unique)]
            pub(in super::super) email: Option<String>,
            pub(in super::super) mood: Option<Mood>,
        }

        #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
        #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "mood")]
        pub(in super::super) enum Mood {
            #[sea_orm(string_value = "happy")]
            Happy,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(in super::super) enum Relation {
            #[sea_orm(has_many = "super::order::Entity")]
            Order,
        }

        impl Related<super::order::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::Order.def()
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub(super) mod order {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "order")]
        pub(in super::super) struct Model {
            #[sea_orm(primary_key)]
            pub(in super::super) id: i32,
            pub(in super::super) customer_id: i32,
            pub(in super::super) total: i32,
            pub(in super::super) data: Option<Json>,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(in super::super) enum Relation {
            #[sea_orm(
                belongs_to = "super::customer::Entity",
                from = "Column::CustomerId",
                to = "super::customer::Column::Id"
            )]
            Customer,
        }

        impl Related<super::customer::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::Customer.def()
            }
        }

        impl Related<super::product::Entity> for Entity {
            fn to() -> RelationDef {
                super::order_item::Relation::Product.def()
            }

            fn via() -> Option<RelationDef> {
                Some(super::order_item::Relation::Order.def().rev())
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub(super) mod order_item {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "order_item")]
        pub(in super::super) struct Model {
            #[sea_orm(primary_key)]
            pub(in super::super) id: i32,
            pub(in super::super) order_id: i32,
            pub(in super::super) product_id: i32,
            pub(in super::super) quantity: i32,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(in super::super) enum Relation {
            #[sea_orm(
                belongs_to = "super::order::Entity",
                from = "Column::OrderId",
                to = "super::order::Column::Id"
            )]
            Order,
            #[sea_orm(
                belongs_to = "super::product::Entity",
                from = "Column::ProductId",
                to = "super::product::Column::Id"
            )]
            Product,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub(super) mod product {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "product")]
        pub(in super::super) struct Model {
            #[sea_orm(primary_key)]
            pub(in super::super) id: i32,
            pub(in super::super) name: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(in super::super) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub(super) mod currency {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "currency")]
        pub(in super::super) struct Model {
            #[sea_orm(primary_key)]
            pub(in super::super) id: i32,
            pub(in super::super) code: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(in super::super) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }
}

#[derive(FromQueryResult)]
struct Name {
    #[expect(dead_code, reason = "only the select list is looked at")]
    name: String,
}

/// From a customer over its orders to their products.
struct Bought;

impl Linked for Bought {
    type FromEntity = customer::Entity;
    type ToEntity = product::Entity;

    fn link(&self) -> Vec<sea_orm::LinkDef> {
        vec![
            customer::Relation::Order.def(),
            order_item::Relation::Order.def().rev(),
            order_item::Relation::Product.def(),
        ]
    }
}

const ALL: [Dialect; 3] = [Dialect::Postgres, Dialect::Sqlite, Dialect::MySql];

/// Each statement is scoped under both strategies; on shared tables every reference to one of
/// `tables` tenant tables has its predicate, or its column in an `INSERT`.
fn scoped(dialect: Dialect, statement: &Statement, tables: usize) {
    let shared = filtering(dialect).scope(statement.clone(), &acme());
    let shared = shared.unwrap_or_else(|refusal| panic!("{refusal}: {}", statement.sql));
    let columns = [r#""tenant_id""#, "`tenant_id`"].map(|name| shared.sql.matches(name).count());
    assert_eq!(columns.iter().sum::<usize>(), tables, "{}", shared.sql);
    let own = separating(dialect).scope(statement.clone(), &acme());
    let own = own.unwrap_or_else(|refusal| panic!("{refusal}: {}", statement.sql));
    assert!(!own.sql.contains("tenant_id"), "{}", own.sql);
    assert_eq!(own.values, statement.values);
}

fn select(query: &impl QueryTrait<QueryStatement = SelectStatement>, tables: usize) {
    for dialect in ALL {
        scoped(dialect, &query.build(backend(dialect)), tables);
    }
}

fn any(statement: &impl StatementBuilder, tables: usize) {
    for dialect in ALL {
        scoped(dialect, &StatementBuilder::build(statement, &backend(dialect)), tables);
    }
}

fn ann() -> customer::ActiveModel {
    customer::ActiveModel { name: Set("Ann".to_owned()), ..Default::default() }
}

#[test]
fn finding() {
    select(&customer::Entity::find(), 1);
    select(&customer::Entity::find_by_id(1), 1);
    select(&currency::Entity::find(), 0);
    let page = customer::Entity::find()
        .filter(customer::Column::Name.contains("a").or(customer::Column::Email.is_null()))
        .filter(customer::Column::Id.is_in([1, 2, 3]))
        .filter(customer::Column::Id.is_not_in(Vec::<i32>::new()))
        .filter(customer::Column::Mood.eq(customer::Mood::Happy))
        .order_by(customer::Column::Name, Order::Desc)
        .limit(10)
        .offset(20);
    select(&page, 1);
    select(&customer::Entity::find().into_partial_name(), 1);
}

trait IntoPartialName {
    fn into_partial_name(self) -> sea_orm::Select<customer::Entity>;
}

impl IntoPartialName for sea_orm::Select<customer::Entity> {
    fn into_partial_name(self) -> Self {
        let _ = self.clone().into_model::<Name>();
        self.select_only().column(customer::Column::Name).distinct()
    }
}

#[test]
fn related_entities() {
    select(&customer::Entity::find().find_also_related(order::Entity), 2);
    select(&customer::Entity::find().find_with_related(order::Entity), 2);
    select(&order::Entity::find().find_with_related(product::Entity), 3);
    select(&customer::Entity::find().find_also_linked(Bought), 4);
    select(&customer::Entity::find().inner_join(order::Entity), 2);
    select(&customer::Entity::find().right_join(order::Entity), 2);
    select(&order::Entity::find().left_join(product::Entity), 3);
    let twice = customer::Entity::find()
        .join_as(JoinType::LeftJoin, customer::Relation::Order.def(), "first")
        .join_as(JoinType::LeftJoin, customer::Relation::Order.def(), "second")
        .filter(Expr::col(("second", order::Column::Total)).gt(3));
    select(&twice, 3);
    let full = order::Entity::find().join(JoinType::FullOuterJoin, order::Relation::Customer.def());
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        scoped(dialect, &full.build(backend(dialect)), 2);
    }
}

#[test]
fn loading_related_rows() {
    let keys = Expr::tuple([
        Expr::col((order_item::Entity, order_item::Column::OrderId)),
        Expr::col((order_item::Entity, order_item::Column::ProductId)),
    ]);
    let rows = [(1, 2), (3, 4)].map(|(a, b)| Expr::tuple([Expr::value(a), Expr::value(b)]));
    select(&order_item::Entity::find().filter(keys.in_tuples([(1, 2), (3, 4)])), 1);
    drop(rows);
    let ids: Vec<i32> = (0..500).collect();
    select(&order::Entity::find().filter(order::Column::CustomerId.is_in(ids)), 1);
}

#[test]
fn paging_and_counting() {
    let page = customer::Entity::find().filter(customer::Column::Id.gt(3));
    let count = Query::select()
        .expr_as(Func::count(Expr::col(Asterisk)), "num_items")
        .from_subquery(page.as_query().clone(), "sub_query")
        .to_owned();
    any(&count, 1);
    let exists = Query::select()
        .expr_as(
            Expr::exists(page.clone().select_only().expr(Expr::value(1)).into_query()),
            "exists",
        )
        .to_owned();
    any(&exists, 1);
    let mut cursor = customer::Entity::find().cursor_by(customer::Column::Id);
    cursor.after(1).first(10);
    select(&page.order_by_asc(customer::Column::Id).limit(10), 1);
}

#[test]
fn grouping() {
    let totals = customer::Entity::find()
        .select_only()
        .column(customer::Column::Name)
        .column_as(order::Column::Total.sum(), "total")
        .left_join(order::Entity)
        .group_by(customer::Column::Name)
        .having(order::Column::Total.sum().gt(3))
        .order_by_desc(Expr::col("total"));
    select(&totals, 2);
    let by_key = customer::Entity::find().group_by(customer::Column::Id);
    scoped(Dialect::Postgres, &by_key.build(backend(Dialect::Postgres)), 2);
    scoped(Dialect::MySql, &by_key.build(backend(Dialect::MySql)), 2);
    scoped(Dialect::Sqlite, &by_key.build(backend(Dialect::Sqlite)), 1);
}

#[test]
fn queries_in_queries() {
    let buyers = || order::Entity::find().select_only().column(order::Column::CustomerId);
    let inside =
        customer::Entity::find().filter(customer::Column::Id.in_subquery(buyers().into_query()));
    select(&inside, 2);
    let correlated = buyers().filter(
        Expr::col((order::Entity, order::Column::CustomerId))
            .equals((customer::Entity, customer::Column::Id)),
    );
    select(&customer::Entity::find().filter(Expr::exists(correlated.into_query())), 2);
    let names = |entity: SelectStatement| entity;
    let union = customer::Entity::find()
        .select_only()
        .column(customer::Column::Name)
        .into_query()
        .union(
            UnionType::All,
            names(product::Entity::find().select_only().column(product::Column::Name).into_query()),
        )
        .to_owned();
    any(&union, 2);
    let with = WithClause::new()
        .cte(
            CommonTableExpression::new()
                .query(buyers().into_query())
                .table_name("buyer")
                .column("id")
                .to_owned(),
        )
        .to_owned();
    let from_cte = Query::select().column("id").from("buyer").to_owned();
    any(&from_cte.with(with), 1);
}

#[test]
fn windows_and_locks() {
    let window = WindowStatement::partition_by(customer::Column::Name);
    let ranked = Query::select()
        .expr_window_as(Func::cust("row_number"), window, "rank")
        .from(customer::Entity)
        .to_owned();
    any(&ranked, 1);
    for lock in [LockType::Update, LockType::NoKeyUpdate, LockType::Share, LockType::KeyShare] {
        let locked = customer::Entity::find()
            .lock_with_behavior(lock, LockBehavior::SkipLocked)
            .build(backend(Dialect::Postgres));
        scoped(Dialect::Postgres, &locked, 1);
    }
    for lock in [LockType::Update, LockType::Share] {
        let locked = customer::Entity::find().lock(lock).build(backend(Dialect::MySql));
        scoped(Dialect::MySql, &locked, 1);
    }
}

#[test]
fn inserting() {
    any(&customer::Entity::insert(ann()).into_query(), 1);
    any(&customer::Entity::insert_many([ann(), ann()]).into_query(), 1);
    let mut returning = customer::Entity::insert(ann()).into_query();
    any(returning.returning_all(), 1);
    any(returning.returning_col(customer::Column::Id), 1);
    for dialect in ALL {
        let empty = customer::Entity::insert(customer::ActiveModel::default());
        let statement = empty.build(backend(dialect));
        scoped(dialect, &statement, 1);
    }
    let happy = customer::ActiveModel { mood: Set(Some(customer::Mood::Happy)), ..ann() };
    any(&customer::Entity::insert(happy).into_query(), 1);
}

#[test]
fn upserting() {
    let update = || {
        OnConflict::column(customer::Column::Email)
            .update_columns([customer::Column::Name])
            .to_owned()
    };
    // The column of the row, the conflict target and the predicate; MySQL has no target.
    upsert(&customer::Entity::insert(ann()).on_conflict(update()).into_query(), 3);
    let nothing = OnConflict::column(customer::Column::Email)
        .do_nothing_on([customer::Column::Id])
        .to_owned();
    for (dialect, columns) in [(Dialect::Postgres, 2), (Dialect::Sqlite, 2), (Dialect::MySql, 2)] {
        let insert = customer::Entity::insert(ann()).on_conflict(nothing.clone());
        scoped(dialect, &insert.build(backend(dialect)), columns);
    }
    let conditional = update()
        .action_and_where(Expr::col((customer::Entity, customer::Column::Id)).gt(3))
        .to_owned();
    upsert(&customer::Entity::insert_many([ann(), ann()]).on_conflict(conditional).into_query(), 3);
    let pair = OnConflict::columns([order_item::Column::OrderId, order_item::Column::ProductId])
        .value(order_item::Column::Quantity, Expr::col("quantity").add(1))
        .to_owned();
    let item = order_item::ActiveModel { order_id: Set(1), ..Default::default() };
    // A bare `quantity` in `DO UPDATE` is the row's, as in the database.
    upsert(&order_item::Entity::insert(item).on_conflict(pair).into_query(), 3);
}

fn upsert(statement: &impl StatementBuilder, columns: usize) {
    for (dialect, target) in [(Dialect::Postgres, 0), (Dialect::Sqlite, 0), (Dialect::MySql, 1)] {
        let built = StatementBuilder::build(statement, &backend(dialect));
        scoped(dialect, &built, columns - target);
    }
}

#[test]
fn inserting_from_a_query() {
    let names = product::Entity::find().select_only().column(product::Column::Name).into_query();
    let insert = Query::insert()
        .into_table(customer::Entity)
        .columns([customer::Column::Name])
        .select_from(names)
        .unwrap()
        .to_owned();
    any(&insert, 2);
}

#[test]
fn updating() {
    let model = customer::ActiveModel { id: Unchanged(1), ..ann() };
    for dialect in ALL {
        let one = customer::Entity::update(model.clone()).validate().unwrap();
        scoped(dialect, &one.build(backend(dialect)), 1);
        let many = customer::Entity::update_many()
            .col_expr(customer::Column::Name, Expr::value("x"))
            .filter(customer::Column::Id.gt(3));
        scoped(dialect, &many.build(backend(dialect)), 1);
    }
    let from = Query::update()
        .table(customer::Entity)
        .value(customer::Column::Name, Expr::col((product::Entity, product::Column::Name)))
        .from(product::Entity)
        .and_where(
            Expr::col((product::Entity, product::Column::Id))
                .equals((customer::Entity, customer::Column::Id)),
        )
        .returning_all()
        .to_owned();
    any(&from, 2);
}

#[test]
fn deleting() {
    let model = customer::Model { id: 1, name: String::new(), email: None, mood: None };
    for dialect in ALL {
        let one = customer::Entity::delete(model.clone().into_active_model()).validate().unwrap();
        scoped(dialect, &one.build(backend(dialect)), 1);
        let many = customer::Entity::delete_many().filter(customer::Column::Name.like("a%"));
        scoped(dialect, &many.build(backend(dialect)), 1);
        scoped(dialect, &customer::Entity::delete_by_id(1).build(backend(dialect)), 1);
    }
}

#[test]
fn texts_with_values_written_into_them() {
    let select = customer::Entity::find().filter(customer::Column::Name.eq("O'Neil \\ \n"));
    for dialect in ALL {
        let text = select.build(backend(dialect)).to_string();
        let scoped = filtering(dialect).scope_unprepared(&text, &acme());
        assert!(scoped.is_ok(), "{text}: {scoped:?}");
    }
}
