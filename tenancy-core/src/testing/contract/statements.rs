//! Clauses on what a tenant's statements read and write.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    LoaderTrait, PaginatorTrait, QueryFilter, QueryOrder, Set, SqlErr, StreamTrait,
    TransactionTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use futures_util::TryStreamExt;

use crate::testing::{
    TestBackend,
    world::{SetUp, World, customer, invoice, rows},
};

fn names(customers: &[customer::Model]) -> Vec<&str> {
    customers.iter().map(|customer| customer.name.as_str()).collect()
}

/// Clause 1: a statement of a tenant reads that tenant's rows and no other's.
pub async fn rows_are_apart(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let globex = world.connection(&world.globex).await;
    assert_eq!(names(&rows(&acme).await.0), ["ann of acme", "bob of acme"]);
    assert_eq!(names(&rows(&globex).await.0), ["bob of globex", "eve of globex"]);

    assert_eq!(customer::Entity::find().count(&acme).await.unwrap(), 2);
    let related = customer::Entity::find()
        .find_with_related(invoice::Entity)
        .order_by_asc(customer::Column::Id)
        .all(&acme)
        .await
        .unwrap();
    let invoices: Vec<usize> = related.iter().map(|(_, invoices)| invoices.len()).collect();
    assert_eq!(invoices, [1, 1]);
    let customers = rows(&acme).await.0;
    let loaded = customers.load_many(invoice::Entity, &acme).await.unwrap();
    assert_eq!(loaded.iter().flatten().count(), 2);
    let pages = customer::Entity::find().order_by_asc(customer::Column::Id).paginate(&acme, 1);
    assert_eq!(pages.num_pages().await.unwrap(), 2);
    let streamed: Vec<customer::Model> =
        customer::Entity::find().stream(&acme).await.unwrap().try_collect().await.unwrap();
    assert_eq!(streamed.len(), 2);
    let theirs = &rows(&globex).await.0[1];
    let by_key = customer::Entity::find_by_id(theirs.id).one(&acme).await.unwrap();
    assert!(by_key.is_none_or(|found| found.name.ends_with("of acme")));
}

/// Clause 2: a statement of a tenant writes that tenant's rows and no other's.
pub async fn writes_stay_home(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let globex = world.connection(&world.globex).await;
    let before = rows(&globex).await;
    let updated = customer::Entity::update_many()
        .col_expr(customer::Column::Name, Expr::value("renamed"))
        .exec(&acme)
        .await
        .unwrap();
    assert_eq!(updated.rows_affected, 2);
    let mut one = rows(&acme).await.1[0].clone().into_active_model();
    one.total = Set(7);
    assert_eq!(one.update(&acme).await.unwrap().total, 7);
    acme.execute_unprepared("UPDATE customer SET name = 'again' WHERE 1 = 1 OR 2 = 2")
        .await
        .unwrap();
    let both = "UPDATE customer SET name = 'both'; UPDATE invoice SET number = number || ';'";
    assert_eq!(acme.execute_unprepared(both).await.unwrap().rows_affected(), 4);
    let deleted = invoice::Entity::delete_many().exec(&acme).await.unwrap();
    assert_eq!(deleted.rows_affected, 2);
    customer::Entity::delete_many()
        .filter(customer::Column::Email.contains("@").or(Expr::value(true)))
        .exec(&acme)
        .await
        .unwrap();
    assert_eq!(rows(&acme).await, (Vec::new(), Vec::new()));
    assert_eq!(rows(&globex).await, before);
}

/// Clause 3: a key is unique within the tenant and means nothing outside.
pub async fn keys_are_the_tenants_own(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let insert = |email: &str| {
        customer::Entity::insert(customer::ActiveModel {
            email: Set(email.to_owned()),
            name: Set("new".to_owned()),
            ..Default::default()
        })
    };
    // `eve` is a customer of globex; acme neither sees nor collides with her.
    insert("eve@example.com").exec(&acme).await.unwrap();
    let twice = insert("eve@example.com").exec(&acme).await.unwrap_err();
    assert!(matches!(twice.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))), "{twice:?}");
}

/// Clause 4: a row of a tenant cannot refer to a row of another.
pub async fn references_stay_home(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let globex = world.connection(&world.globex).await;
    let ours = rows(&acme).await.0;
    let theirs = rows(&globex).await.0;
    // Where each tenant counts its own ids, theirs are not to be told from ours: any other will do.
    let is_only_theirs = |id: &i32| ours.iter().all(|customer| customer.id != *id);
    let target =
        theirs.iter().map(|customer| customer.id).find(is_only_theirs).unwrap_or(1_000_000);
    let invoice = invoice::ActiveModel {
        customer_id: Set(target),
        number: Set("INV-foreign".to_owned()),
        total: Set(1),
        ..Default::default()
    };
    let refused = invoice::Entity::insert(invoice).exec(&acme).await.unwrap_err();
    assert!(
        matches!(refused.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))),
        "{refused:?}"
    );
}

/// Clause 5: an upsert that meets another tenant's key neither changes nor replaces its row.
pub async fn upserts_stay_home(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let globex = world.connection(&world.globex).await;
    let before = rows(&globex).await;
    for email in ["eve@example.com", "bob@example.com"] {
        let upsert = customer::Entity::insert(customer::ActiveModel {
            email: Set(email.to_owned()),
            name: Set("upserted".to_owned()),
            ..Default::default()
        })
        .on_conflict(
            OnConflict::column(customer::Column::Email)
                .update_column(customer::Column::Name)
                .to_owned(),
        );
        upsert.exec(&acme).await.unwrap();
    }
    let upserted = rows(&acme).await.0;
    assert_eq!(upserted.len(), 3);
    assert_eq!(upserted.iter().filter(|customer| customer.name == "upserted").count(), 2);
    for theirs in &before.0 {
        let upsert = customer::Entity::insert(customer::ActiveModel {
            id: Set(theirs.id),
            email: Set(format!("{}@elsewhere.example.com", theirs.id)),
            name: Set("by key".to_owned()),
        })
        .on_conflict(
            OnConflict::column(customer::Column::Id)
                .update_column(customer::Column::Name)
                .to_owned(),
        );
        // Whether the key is free here or not, their row stays.
        let _outcome: Result<_, DbErr> = upsert.exec(&acme).await;
    }
    assert_eq!(rows(&globex).await, before);
}

/// Clause 6: a transaction, and one within it, is of the tenant that began it.
pub async fn transactions_keep_the_tenant(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let globex = world.connection(&world.globex).await;
    let before = rows(&globex).await;
    let transaction = acme.begin().await.unwrap();
    invoice::Entity::delete_many().exec(&transaction).await.unwrap();
    let savepoint = transaction.begin().await.unwrap();
    customer::Entity::delete_many().exec(&savepoint).await.unwrap();
    assert!(rows(&savepoint).await.0.is_empty());
    drop(savepoint);
    assert_eq!(rows(&transaction).await.0.len(), 2);
    let streamed: Vec<_> = {
        let statement =
            sea_orm::Statement::from_string(acme.get_database_backend(), "SELECT id FROM customer");
        let stream = transaction.stream_raw(statement).await.unwrap();
        stream.try_collect().await.unwrap()
    };
    assert_eq!(streamed.len(), 2);
    transaction.commit().await.unwrap();
    assert_eq!(rows(&acme).await.1.len(), 0);
    let failed: Result<(), sea_orm::TransactionError<DbErr>> = acme
        .transaction(|transaction| {
            Box::pin(async move {
                customer::Entity::delete_many().exec(transaction).await?;
                Err(DbErr::Custom("changed my mind".to_owned()))
            })
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(rows(&acme).await.0.len(), 2);
    assert_eq!(rows(&globex).await, before);
}
