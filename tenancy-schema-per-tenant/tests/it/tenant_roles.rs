//! A database role for each tenant.

use sea_orm::{ConnectionTrait, Database};
use tenancy_core::{
    Error, Tenancy,
    config::Config,
    roles::Roles,
    testing::{Setup, TestBackend, TestDatabase, roles, world},
};
use tenancy_schema_per_tenant::SchemaPerTenant;

fn configured([application, owner, central]: [&str; 3], tenant_roles: &str) -> Setup {
    let config = Config::builder()
        .strategy(SchemaPerTenant::KEYS)
        .database_url(application)
        .set("database.direct_url", owner)
        .set("database.central_url", central)
        .set("schema-per-tenant.tenant_roles", tenant_roles)
        .build()
        .expect("a configuration that fits together");
    let strategy = SchemaPerTenant::from_config(&config).expect("a strategy");
    Setup::new(config, strategy)
}

fn set_up(urls: [&str; 3]) -> Setup {
    configured(urls, "enforce")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_have_the_rights_they_need() {
    roles::roles_have_the_rights_they_need("tenancy_test_own_roles", set_up).await;
}

async fn connect(setup: Setup) -> tenancy_core::Result<Tenancy> {
    Tenancy::connect(&setup.config, setup.strategy, world::base()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_keeps_tenants_apart_too() {
    const PREFIX: &str = "tenancy_test_wall";
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let urls = roles::addresses(&database, PREFIX).await;
    let urls = [urls[0].as_str(), urls[1].as_str(), urls[2].as_str()];
    // From before the wall: tenants without a role of their own.
    let off = configured(urls, "off");
    Roles::read(&off.config, off.strategy.as_ref()).await.unwrap().apply().await.unwrap();
    let tenancy = connect(off).await.unwrap();
    world::migrate(&tenancy).await;
    for name in ["acme", "globex"] {
        let tenant = tenancy.create_tenant(&world::new_tenant(name)).await.unwrap();
        let connection = tenancy.connection(&tenant).await.unwrap();
        let insert =
            format!("INSERT INTO customer (email, name) VALUES ('{name}@e.com', '{name}')");
        connection.execute_unprepared(&insert).await.unwrap();
    }
    let server = database.connect().await.unwrap();
    server.execute_unprepared(&format!("ALTER ROLE {PREFIX}_app INHERIT")).await.unwrap();
    // A role that inherits, and tenants without a role, are refused.
    let refused = connect(set_up(urls)).await.unwrap_err();
    assert!(matches!(refused, Error::Unsecured { .. }), "{refused}");
    let setup = set_up(urls);
    Roles::read(&setup.config, setup.strategy.as_ref()).await.unwrap().apply().await.unwrap();
    let tenancy = connect(setup).await.unwrap();
    let acme = tenancy.registry().tenant(&world::slug("acme")).await.unwrap();
    let refused = tenancy.connection(&acme).await.unwrap_err();
    assert!(refused.to_string().contains("has no role of its own"), "{refused}");
    world::migrate(&tenancy).await;

    let globex = tenancy.registry().tenant(&world::slug("globex")).await.unwrap();
    let initech = tenancy.create_tenant(&world::new_tenant("initech")).await.unwrap();
    let connection = tenancy.connection(&acme).await.unwrap();
    assert_eq!(world::rows(&connection).await.0[0].name, "acme");
    assert_eq!(world::rows(&tenancy.connection(&initech).await.unwrap()).await.0, []);

    // Whoever gets past the scoping meets the server.
    let application = Database::connect(urls[0]).await.unwrap();
    let is_denied = async |sql: String| {
        let denied = application.execute_unprepared(&sql).await.unwrap_err().to_string();
        assert!(denied.contains("permission denied"), "{sql}: {denied}");
    };
    let [of_acme, of_globex] = [&acme, &globex].map(|tenant| tenant.physical_name.quoted());
    is_denied(format!("SELECT * FROM {of_acme}.customer")).await;
    for (role, of) in [(&of_acme, &of_globex), (&of_globex, &of_acme)] {
        let across =
            format!("DO $$ BEGIN SET LOCAL ROLE {role}; PERFORM name FROM {of}.customer; END $$");
        is_denied(across).await;
    }
    let dedicated = tenancy.dedicated(&acme).await.unwrap();
    let denied = dedicated.execute_unprepared(&format!("SELECT * FROM {of_globex}.customer")).await;
    assert!(denied.unwrap_err().to_string().contains("permission denied"));
    drop(dedicated);

    let copy = tenancy.duplicate_tenant(&acme.slug, &world::new_tenant("copy")).await.unwrap();
    assert_eq!(world::rows(&tenancy.connection(&copy.tenant).await.unwrap()).await.0.len(), 1);
    for tenant in [acme, globex, initech, copy.tenant] {
        tenancy.remove_tenant(&tenant.slug).await.unwrap();
        let role = tenant.physical_name.quoted();
        let gone = application.execute_unprepared(&format!("SET ROLE {role}")).await.unwrap_err();
        assert!(gone.to_string().contains("does not exist"), "{gone}");
    }
}
