//! The same work as a careful person writes it who has no framework: a filter in each statement, or
//! the name of a schema.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set, Statement, TransactionSession, TransactionTrait, Value,
    entity::prelude::Uuid, sea_query::Expr,
};
use tenancy_core::testing::{costs::Operation, world::customer};

/// The customer as whoever filters by hand has to define it.
mod filtered {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) email: String,
        pub(crate) name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How a tenant's rows are reached.
#[derive(Debug, Clone)]
pub(crate) enum Hand {
    Filter(Uuid),
    Schema(String),
}

impl Hand {
    /// The table of customers, as the server is told.
    pub(crate) fn table(&self) -> String {
        match self {
            Self::Filter(_) => "customer".to_owned(),
            Self::Schema(schema) => format!(r#""{schema}".customer"#),
        }
    }

    pub(crate) async fn run<C>(
        &self,
        operation: Operation,
        connection: &C,
        id: i32,
        email: String,
    ) -> Result<(), DbErr>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        if operation != Operation::Transaction {
            return self.single(operation, connection, id, email).await;
        }
        let transaction = connection.begin().await?;
        for operation in Operation::IN_TRANSACTION {
            self.single(operation, &transaction, id, email.clone()).await?;
        }
        transaction.commit().await
    }

    async fn single<C: ConnectionTrait>(
        &self,
        operation: Operation,
        connection: &C,
        id: i32,
        email: String,
    ) -> Result<(), DbErr> {
        match self {
            Self::Filter(tenant) => by_filter(*tenant, operation, connection, id, email).await,
            Self::Schema(schema) => in_schema(schema, operation, connection, id, email).await,
        }
    }
}

async fn by_filter<C: ConnectionTrait>(
    tenant: Uuid,
    operation: Operation,
    connection: &C,
    id: i32,
    email: String,
) -> Result<(), DbErr> {
    use filtered::{ActiveModel, Column, Entity};
    match operation {
        Operation::Lookup | Operation::Transaction => {
            Entity::find_by_id((tenant, id)).one(connection).await?;
        }
        Operation::List => {
            let rows = Entity::find().filter(Column::TenantId.eq(tenant));
            rows.order_by_asc(Column::Id).limit(20).all(connection).await?;
        }
        Operation::Insert => {
            let (tenant_id, name) = (Set(tenant), Set("new".to_owned()));
            let new = ActiveModel { tenant_id, email: Set(email), name, ..Default::default() };
            Entity::insert(new).exec(connection).await?;
        }
        Operation::Update => {
            let update = Entity::update_many().col_expr(Column::Name, Expr::value(email));
            let of_tenant = update.filter(Column::TenantId.eq(tenant));
            of_tenant.filter(Column::Id.eq(id)).exec(connection).await?;
        }
    }
    Ok(())
}

async fn in_schema<C: ConnectionTrait>(
    schema: &str,
    operation: Operation,
    connection: &C,
    id: i32,
    email: String,
) -> Result<(), DbErr> {
    let statement = |sql: String, values: Vec<Value>| {
        Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
    };
    let columns = "SELECT id, email, name FROM";
    match operation {
        Operation::Lookup | Operation::Transaction => {
            let sql = format!(r#"{columns} "{schema}".customer WHERE id = $1 LIMIT 1"#);
            let find = customer::Entity::find().from_raw_sql(statement(sql, vec![id.into()]));
            find.one(connection).await?;
        }
        Operation::List => {
            let sql = format!(r#"{columns} "{schema}".customer ORDER BY id LIMIT 20"#);
            let find = customer::Entity::find().from_raw_sql(statement(sql, Vec::new()));
            find.all(connection).await?;
        }
        Operation::Insert => {
            let sql = format!(
                r#"INSERT INTO "{schema}".customer (email, name) VALUES ($1, $2) RETURNING id"#
            );
            let insert = statement(sql, vec![email.into(), "new".into()]);
            connection.query_one_raw(insert).await?;
        }
        Operation::Update => {
            let sql = format!(r#"UPDATE "{schema}".customer SET name = $1 WHERE id = $2"#);
            connection.execute_raw(statement(sql, vec![email.into(), id.into()])).await?;
        }
    }
    Ok(())
}
