//! The only place of this crate that sends SQL.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, ExprTrait, TransactionTrait,
    sea_query::{Alias, Expr, Query},
};
use tenancy_core::{Error, Identifier, Result, TenantId};

/// Deletes the rows of a tenant from tables that refer to each other in an order not known here:
/// a table that others still refer to is tried again after them.
pub(crate) async fn delete_rows(
    transaction: &DatabaseTransaction,
    column: &Identifier,
    tenant: TenantId,
    mut tables: Vec<&str>,
) -> Result<()> {
    while !tables.is_empty() {
        let mut left = Vec::new();
        let mut refused = None;
        for table in &tables {
            if let Err(error) = delete_from(transaction, column, tenant, table).await {
                left.push(*table);
                refused = Some(error);
            }
        }
        match refused {
            Some(source) if left.len() == tables.len() => {
                return Err(Error::Database { doing: "deleting the tenant's rows", source });
            }
            _ => tables = left,
        }
    }
    Ok(())
}

async fn delete_from(
    transaction: &DatabaseTransaction,
    column: &Identifier,
    tenant: TenantId,
    table: &str,
) -> Result<(), DbErr> {
    let savepoint = transaction.begin().await?;
    let delete = Query::delete()
        .from_table(Alias::new(table))
        .and_where(Expr::col(Alias::new(column.as_str())).eq(tenant.as_uuid()))
        .take();
    savepoint.execute(&delete).await?;
    savepoint.commit().await
}
