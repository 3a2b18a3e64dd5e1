//! What the strategy promises on MariaDB although the database does otherwise.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, Set, TransactionTrait, sea_query::OnConflict,
};
use tenancy_core::testing::{
    TestBackend, World,
    world::{customer, invoice, rows},
};

use crate::contract::set_up;

fn new(email: &str, name: &str) -> customer::ActiveModel {
    customer::ActiveModel {
        email: Set(email.to_owned()),
        name: Set(name.to_owned()),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_key_that_was_made_by_hand_overwrites_nobodys_row() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let (acme, globex) =
        (world.connection(&world.acme).await, world.connection(&world.globex).await);
    invoice::Entity::delete_many().exec(&acme).await.unwrap();
    customer::Entity::delete_many().exec(&acme).await.unwrap();
    let by_hand = "CREATE UNIQUE INDEX one_email ON customer (email)";
    world.raw().await.execute_unprepared(by_hand).await.unwrap();
    let theirs = rows(&globex).await;
    let taken = theirs.0[0].email.clone();
    let upsert = OnConflict::column(customer::Column::Email)
        .update_columns([customer::Column::Name])
        .to_owned();
    let stolen = customer::Entity::insert(new(&taken, "stolen")).on_conflict(upsert.clone());
    stolen.exec_without_returning(&acme).await.unwrap();
    assert_eq!(rows(&globex).await, theirs);
    assert!(rows(&acme).await.0.is_empty());
    // A row of the tenant's own is changed by the same statement.
    new("own@example.com", "own").insert(&acme).await.unwrap();
    let changed = customer::Entity::insert(new("own@example.com", "changed")).on_conflict(upsert);
    changed.exec_without_returning(&acme).await.unwrap();
    let own = rows(&acme).await.0;
    assert_eq!(own.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["changed"]);
    assert_eq!(rows(&globex).await, theirs);
}

#[tokio::test]
async fn inserted_rows_are_read_back_by_the_id_that_was_generated() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let (acme, globex) =
        (world.connection(&world.acme).await, world.connection(&world.globex).await);
    let mut ids = Vec::new();
    for at in 0..3 {
        for tenant in [&acme, &globex] {
            let email = format!("{at}@example.com");
            let row = new(&email, "new").insert(tenant).await.unwrap();
            assert_eq!(row.email, email);
            ids.push(row.id);
        }
    }
    assert!(ids.is_sorted_by(|one, other| one < other), "{ids:?}");
    // The newest id is not given out again once its row is gone.
    let newest = *ids.last().unwrap();
    let gone = customer::Entity::delete_by_id(newest).exec(&globex).await.unwrap();
    assert_eq!(gone.rows_affected, 1);
    let next = new("next@example.com", "next").insert(&globex).await.unwrap();
    assert!(next.id > newest, "{next:?}");
    let many = [new("a@example.com", "a"), new("b@example.com", "b")];
    customer::Entity::insert_many(many).exec(&acme).await.unwrap();
    let within = acme.begin().await.unwrap();
    let row = new("within@example.com", "within").insert(&within).await.unwrap();
    within.rollback().await.unwrap();
    assert_eq!(customer::Entity::find_by_id(row.id).one(&acme).await.unwrap(), None);
}
