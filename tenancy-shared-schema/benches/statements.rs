//! A tenant's statements against the same ones with a filter written by hand, in one run: 1,000
//! tenants with 1,000 rows each in a file of SQLite, and on PostgreSQL and MariaDB where there is a
//! server of them.
//!
//! `TENANCY_BENCH_TENANTS` sets how many tenants there are, and `TENANCY_BENCH_TURNS` how often each
//! statement is timed in turns, 10,000 times otherwise.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark is no library, and says what it has measured"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{Criterion, criterion_group, criterion_main};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Set, sea_query::Expr,
};
use tenancy_core::{
    Tenancy, Tenant, TenantConnection,
    config::Config,
    databases::PoolOptions,
    testing::{TestBackend, TestDatabase, TestDatabaseError, measuring::Turns, world},
};
use tenancy_shared_schema::SharedSchema;
use tokio::runtime::Runtime;

const TENANTS: usize = 1_000;
const ROWS: usize = 1_000;
const TURNS: usize = 10_000;

#[expect(clippy::disallowed_methods, reason = "a measurement is told its size this way")]
fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// The customer as whoever filters by hand has to define it. Ids are not given out twice, so that the
/// key of the rows is that alone for SeaORM, which reads a row that MariaDB has inserted by it.
mod by_hand {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) tenant_id: Uuid,
        pub(crate) email: String,
        pub(crate) name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct Bench {
    tenancy: Tenancy,
    tenant: Tenant,
    connection: TenantConnection,
    plain: DatabaseConnection,
    id: i32,
    id_by_hand: i32,
    database: TestDatabase,
}

impl Bench {
    /// What is measured, and where.
    fn named(&self, what: &str) -> String {
        format!("{what} on {}", self.database.backend())
    }
}

async fn prepare(database: TestDatabase) -> Bench {
    let config = Config::builder()
        .strategy(SharedSchema::KEYS)
        .database_url(database.url())
        .build()
        .unwrap();
    let strategy = std::sync::Arc::new(SharedSchema::from_config(&config).unwrap());
    let tenancy = Tenancy::connect(&config, strategy, world::base()).await.unwrap();
    world::migrate(&tenancy).await;
    let tenants = number("TENANCY_BENCH_TENANTS", TENANTS);
    for at in 0..tenants {
        tenancy.create_tenant(&world::new_tenant(&format!("tenant-{at}"))).await.unwrap();
    }
    let options = PoolOptions {
        max_connections: config.database().max_connections().value,
        acquire_timeout: config.database().acquire_timeout(),
    };
    let plain = tenancy_core::databases::open_pool(database.url(), options).await.unwrap();
    let (numbers, settle) = if database.backend() == TestBackend::MariaDb {
        (format!("seq_1_to_{ROWS}"), "ANALYZE TABLE customer")
    } else if database.backend() == TestBackend::Sqlite {
        let numbers = "WITH RECURSIVE s (seq) AS (VALUES (1) UNION ALL SELECT seq + 1 FROM s";
        (format!("({numbers} WHERE seq < {ROWS}) SELECT seq FROM s)"), "ANALYZE")
    } else {
        (format!("generate_series(1, {ROWS}) seq"), "VACUUM ANALYZE customer")
    };
    let fill = format!(
        "INSERT INTO customer (tenant_id, email, name) \
         SELECT t.id, CONCAT('c', seq, '@example.com'), CONCAT('customer ', seq) \
         FROM tenants_tenant t CROSS JOIN {numbers}"
    );
    plain.execute_unprepared(&fill).await.unwrap();
    plain.execute_unprepared(settle).await.unwrap();
    let tenant =
        tenancy.registry().tenant(&world::slug(&format!("tenant-{}", tenants / 2))).await.unwrap();
    let connection = tenancy.connection(&tenant).await.unwrap();
    let ids: Vec<i32> = world::customer::Entity::find()
        .order_by_asc(world::customer::Column::Id)
        .all(&connection)
        .await
        .unwrap()
        .iter()
        .map(|customer| customer.id)
        .collect();
    // Each side updates a row of its own: versions left by the one would slow the other down.
    let (id, id_by_hand) = (ids[500], ids[501]);
    Bench { tenancy, tenant, connection, plain, id, id_by_hand, database }
}

fn statements(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    for backend in [TestBackend::Sqlite, TestBackend::Postgres, TestBackend::MariaDb] {
        let database = match runtime.block_on(TestDatabase::create(backend)) {
            Ok(database) => database,
            Err(TestDatabaseError::Unavailable { .. }) => {
                println!("no server of {backend}");
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        let bench = runtime.block_on(prepare(database));
        reads(criterion, &runtime, &bench);
        writes(criterion, &runtime, &bench);
        drop(bench.tenancy);
    }
}

/// Times the same statement both ways: each by itself, and in turns, which no drift of the machine
/// between the two can blur. What is printed last is the ratio that counts.
fn compare<Plain, Scoped>(
    criterion: &mut Criterion,
    runtime: &Runtime,
    name: &str,
    (by_hand, tenant): (impl Fn() -> Plain, impl Fn() -> Scoped),
) where
    Plain: Future<Output = ()>,
    Scoped: Future<Output = ()>,
{
    let mut group = criterion.benchmark_group(name);
    group.bench_function("by hand", |bencher| bencher.to_async(runtime).iter(&by_hand));
    group.bench_function("tenant", |bencher| bencher.to_async(runtime).iter(&tenant));
    group.finish();
    let turns = number("TENANCY_BENCH_TURNS", TURNS);
    let turns =
        runtime.block_on(Turns::take(turns, async |_| by_hand().await, async |_| tenant().await));
    println!("{name}, in turns: {}\n", turns.line(50));
}

fn reads(criterion: &mut Criterion, runtime: &Runtime, bench: &Bench) {
    use world::customer::{Column, Entity};
    let (tenant, id) = (bench.tenant.id.as_uuid(), bench.id);
    let by_hand = || async move {
        let of_tenant = by_hand::Column::TenantId.eq(tenant);
        let row = by_hand::Entity::find_by_id(id).filter(of_tenant);
        row.one(&bench.plain).await.unwrap().unwrap();
    };
    let scoped = || async move {
        Entity::find_by_id(id).one(&bench.connection).await.unwrap().unwrap();
    };
    compare(criterion, runtime, &bench.named("lookup by key"), (by_hand, scoped));
    let by_hand = || async move {
        let of_tenant = by_hand::Column::TenantId.eq(tenant);
        let rows = by_hand::Entity::find().filter(of_tenant).order_by_asc(by_hand::Column::Id);
        rows.limit(20).all(&bench.plain).await.unwrap();
    };
    let scoped = || async move {
        let rows = Entity::find().order_by_asc(Column::Id);
        rows.limit(20).all(&bench.connection).await.unwrap();
    };
    compare(criterion, runtime, &bench.named("list of 20"), (by_hand, scoped));
}

fn writes(criterion: &mut Criterion, runtime: &Runtime, bench: &Bench) {
    use world::customer::{ActiveModel, Column, Entity};
    let (tenant, id) = (bench.tenant.id.as_uuid(), bench.id);
    let serial = AtomicU64::new(0);
    let email = || format!("new{}@example.com", serial.fetch_add(1, Ordering::Relaxed));
    let by_hand = || async {
        let new = by_hand::ActiveModel {
            tenant_id: Set(tenant),
            email: Set(email()),
            name: Set("new".to_owned()),
            ..Default::default()
        };
        new.insert(&bench.plain).await.unwrap();
    };
    let scoped = || async {
        let new =
            ActiveModel { email: Set(email()), name: Set("new".to_owned()), ..Default::default() };
        new.insert(&bench.connection).await.unwrap();
    };
    compare(criterion, runtime, &bench.named("insert"), (by_hand, scoped));
    let by_hand = || async move {
        let update = by_hand::Entity::update_many()
            .col_expr(by_hand::Column::Name, Expr::value("updated"))
            .filter(by_hand::Column::TenantId.eq(tenant))
            .filter(by_hand::Column::Id.eq(bench.id_by_hand));
        update.exec(&bench.plain).await.unwrap();
    };
    let scoped = || async move {
        let update = Entity::update_many()
            .col_expr(Column::Name, Expr::value("updated"))
            .filter(Column::Id.eq(id));
        update.exec(&bench.connection).await.unwrap();
    };
    compare(criterion, runtime, &bench.named("update"), (by_hand, scoped));
}

criterion_group!(benches, statements);
criterion_main!(benches);
