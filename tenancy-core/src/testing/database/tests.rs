//! What the guards promise, on real databases.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{
    TestBackend, TestDatabase, TestDatabaseError,
    postgres::{DatabaseName, Server, with_database},
    template,
};

/// Leaves a test out, by name, when there is no server and none is demanded.
macro_rules! or_skip {
    ($result:expr) => {
        match $result {
            Err(error) if error.is_unavailable() => {
                println!("skipped: {error}");
                return;
            }
            result => result.unwrap(),
        }
    };
}

async fn exists(server: &TestDatabase, url: &str) -> bool {
    let name = url.rsplit('/').next().unwrap();
    let connection = server.connect().await.unwrap();
    let sql = "SELECT 1 FROM pg_database WHERE datname = $1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]);
    connection.query_one_raw(statement).await.unwrap().is_some()
}

#[tokio::test]
async fn sqlite_lives_in_a_folder_that_goes_with_it() {
    let database = TestDatabase::create(TestBackend::Sqlite).await.unwrap();
    let folder = database.directory().unwrap().to_owned();
    let connection = database.connect().await.unwrap();
    connection.execute_unprepared("CREATE TABLE note (id INTEGER)").await.unwrap();
    assert!(folder.join("registry.db").is_file());
    drop(database);
    assert!(!folder.exists());
}

#[tokio::test]
async fn postgres_database_goes_with_its_guard_although_a_connection_is_open() {
    let witness = or_skip!(TestDatabase::postgres().await);
    let database = TestDatabase::postgres().await.unwrap();
    let url = database.url().to_owned();
    let connection = database.connect().await.unwrap();
    connection.execute_unprepared("CREATE TABLE note (id bigint)").await.unwrap();
    assert!(exists(&witness, &url).await);
    drop(database);
    assert!(!exists(&witness, &url).await);
}

#[tokio::test]
async fn postgres_database_goes_when_the_test_panics() {
    let witness = or_skip!(TestDatabase::postgres().await);
    let database = TestDatabase::postgres().await.unwrap();
    let url = database.url().to_owned();
    let outcome = catch_unwind(AssertUnwindSafe(move || {
        let _database = database;
        panic!("the test failed");
    }));
    assert!(outcome.is_err());
    assert!(!exists(&witness, &url).await);
    drop(witness);
}

#[tokio::test]
async fn a_cancelled_test_leaves_no_database() {
    let witness = or_skip!(TestDatabase::postgres().await);
    let server = Server::from_environment().unwrap();
    for milliseconds in [0, 1, 3, 6, 10, 20, 40, 80] {
        let name = DatabaseName::random();
        let creation = server.create_named(name.clone(), "template0");
        drop(tokio::time::timeout(Duration::from_millis(milliseconds), creation).await);
        assert!(!exists(&witness, name.as_str()).await, "after {milliseconds} ms");
    }
}

async fn notes(database: &TestDatabase) -> i64 {
    let connection = database.connect().await.unwrap();
    let backend = connection.get_database_backend();
    let statement = Statement::from_string(backend, "SELECT count(*) FROM note");
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Prepares a template with one note, and fails when asked a second time.
async fn with_note(url: String) -> Result<(), sea_orm::DbErr> {
    let connection = sea_orm::Database::connect(url).await?;
    connection.execute_unprepared("CREATE TABLE note (id bigint)").await?;
    connection.execute_unprepared("INSERT INTO note VALUES (1)").await?;
    // The pool is leaked on purpose: the helper must cope with a caller that stays connected.
    Box::leak(Box::new(connection));
    Ok(())
}

#[tokio::test]
async fn copies_of_a_template_are_independent() {
    for backend in TestBackend::ALL {
        let one = or_skip!(TestDatabase::template(backend, "notes", with_note).await);
        let two = TestDatabase::template(backend, "notes", with_note).await.unwrap();
        let connection = one.connect().await.unwrap();
        connection.execute_unprepared("INSERT INTO note VALUES (2)").await.unwrap();
        assert_eq!((notes(&one).await, notes(&two).await), (2, 1), "{backend}");
    }
}

#[tokio::test]
async fn a_template_is_prepared_once_by_parallel_callers() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    drop(or_skip!(TestDatabase::postgres().await));
    let times = AtomicUsize::new(0);
    let copy = || {
        TestDatabase::template(TestBackend::Postgres, "once", async |url| {
            times.fetch_add(1, Ordering::SeqCst);
            with_note(url).await
        })
    };
    let (one, two, three) = tokio::join!(copy(), copy(), copy());
    for database in [one, two, three] {
        assert_eq!(notes(&database.unwrap()).await, 1);
    }
    assert_eq!(times.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_template_that_failed_is_prepared_again() {
    drop(or_skip!(TestDatabase::postgres().await));
    let broken = async |_: String| Err("no migration fits");
    let error = TestDatabase::template(TestBackend::Postgres, "retry", broken).await.unwrap_err();
    assert!(matches!(error, TestDatabaseError::Prepare { .. }), "{error}");
    let database = TestDatabase::template(TestBackend::Postgres, "retry", with_note).await.unwrap();
    assert_eq!(notes(&database).await, 1);
}

#[test]
fn a_missing_server_is_unavailable_unless_demanded() {
    let error = Server::new(None, None).unwrap_err();
    assert!(error.is_unavailable());
    assert!(error.to_string().contains("TENANCY_TEST_POSTGRES_URL"));
    assert!(Server::new(Some(String::new()), Some("mysql")).unwrap_err().is_unavailable());

    let error = Server::new(None, Some("mysql, postgres")).unwrap_err();
    assert!(matches!(error, TestDatabaseError::Required { .. }));
    assert!(error.to_string().contains("TENANCY_TEST_POSTGRES_URL"));
}

#[test]
fn an_address_is_refused_without_being_repeated() {
    let error = Server::new(Some("mysql://root:secret@host/db".to_owned()), None).unwrap_err();
    assert!(matches!(error, TestDatabaseError::Address { .. }));
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn the_database_of_an_address_is_replaced() {
    let with = |url| with_database(url, "x").unwrap();
    assert_eq!(
        with("postgres://u:p@h:1/db?sslmode=disable"),
        "postgres://u:p@h:1/x?sslmode=disable"
    );
    assert_eq!(with("postgresql://h"), "postgresql://h/x");
    assert_eq!(with("postgres:///db?host=/run/x"), "postgres:///x?host=/run/x");
    assert_eq!(with_database("sqlite://file", "x"), None);
}

#[test]
fn only_generated_names_are_accepted() {
    let name = template::name("notes", "run");
    assert!(DatabaseName::parse(&name).is_some_and(|parsed| parsed.as_str() == name));
    for text in ["postgres", "tenancy_test_", "tenancy_test_a\"b", "tenancy_test_A"] {
        assert_eq!(DatabaseName::parse(text), None, "{text}");
    }
    assert_ne!(template::name("notes", "run"), template::name("notes", "other"));
}
