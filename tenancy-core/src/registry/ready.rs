//! Places in the registry that wait for a tenant: offered, claimed by one, withdrawn.

use chrono::Utc;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, Query},
};

use super::{
    Registry,
    entity::{ready_place, tenant},
    new_tenant::physical_name_row,
};
use crate::{
    error::{Error, Result},
    name::PhysicalName,
    tenant::{Tenant, TenantId},
};

/// A place that waits for a tenant. The tenant that gets it will be of its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadyPlace {
    pub(crate) name: PhysicalName,
    pub(crate) id: TenantId,
    /// What was done to it: a digest of the migrations that have been applied.
    pub(crate) digest: String,
}

/// What stands for the digest of a place that is being copied from another tenant's. It is claimed from
/// the beginning, and so offered to nobody.
pub(crate) const COPY: &str = "copy";

fn place_of(row: ready_place::Model) -> Result<ReadyPlace> {
    let name = PhysicalName::parse(&row.name)?;
    Ok(ReadyPlace { name, id: TenantId::from(row.tenant_id), digest: row.digest })
}

fn unclaimed() -> Select<ready_place::Entity> {
    ready_place::Entity::find().filter(ready_place::Column::ClaimedAt.is_null())
}

fn copies() -> Select<ready_place::Entity> {
    ready_place::Entity::find().filter(ready_place::Column::Digest.eq(COPY))
}

/// The first of these that nobody else holds, held until the transaction ends. On SQLite the
/// transaction holds the registry's write lock already.
async fn hold_first<C: ConnectionTrait>(
    transaction: &C,
    mut find: Select<ready_place::Entity>,
) -> Result<Option<ReadyPlace>> {
    if transaction.get_database_backend() == DbBackend::MySql {
        return hold_one_of(transaction, find).await;
    }
    if transaction.get_database_backend() == DbBackend::Postgres {
        find = find.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    // All of one: a statement that is left after its first row may hold the row a moment longer, and
    // the next look would skip it.
    let rows = find.limit(1).all(transaction).await;
    let row = rows.map_err(Error::database("looking for a ready place"))?.pop();
    row.map(place_of).transpose()
}

/// How many places are tried where one after another has to be.
const CANDIDATES: u64 = 100;

/// MariaDB and MySQL hold all rows that they look at for the first of an order, so each is tried by its
/// name.
async fn hold_one_of<C: ConnectionTrait>(
    transaction: &C,
    find: Select<ready_place::Entity>,
) -> Result<Option<ReadyPlace>> {
    let doing = Error::database("looking for a ready place");
    let candidates = find.clone().limit(CANDIDATES).all(transaction).await.map_err(&doing)?;
    for candidate in candidates {
        let this = find
            .clone()
            .filter(ready_place::Column::Name.eq(candidate.name))
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        if let Some(row) = this.all(transaction).await.map_err(&doing)?.pop() {
            return place_of(row).map(Some);
        }
    }
    Ok(None)
}

impl Registry {
    /// Writes the name of a place down, which is used for nothing else ever after.
    pub(crate) async fn reserve_name<C: ConnectionTrait>(
        connection: &C,
        place: &Tenant,
    ) -> Result<()> {
        let row = physical_name_row(&place.physical_name, place.id, place.created_at);
        let written = connection.execute(&row).await;
        written.map(drop).map_err(Error::database("writing the name of a place down"))
    }

    /// Offers a place that is complete.
    pub(crate) async fn offer<C: ConnectionTrait>(
        connection: &C,
        place: &ReadyPlace,
    ) -> Result<()> {
        let row = ready_place::ActiveModel {
            name: Set(place.name.to_string()),
            tenant_id: Set(place.id.as_uuid()),
            digest: Set(place.digest.clone()),
            made_at: Set(Utc::now()),
            claimed_at: Set(None),
        };
        let offered = ready_place::Entity::insert(row).exec_without_returning(connection).await;
        offered.map(drop).map_err(Error::database("offering a ready place"))
    }

    /// How many places can be claimed by those who know these digests.
    pub(crate) async fn count_ready(&self, digests: &[String]) -> Result<u64> {
        unclaimed()
            .filter(ready_place::Column::Digest.is_in(digests))
            .count(&self.database)
            .await
            .map_err(Error::database("counting the ready places"))
    }

    /// Holds a place that can be claimed, one of the newest digest first. Of several who claim at
    /// the same time each gets another one.
    pub(crate) async fn hold_ready<C: ConnectionTrait>(
        transaction: &C,
        digests: &[String],
    ) -> Result<Option<ReadyPlace>> {
        use ready_place::Column;
        let newest = digests.last().map_or("", String::as_str);
        let is_older = Expr::case(Expr::col(Column::Digest).eq(newest), 0).finally(1);
        let find = unclaimed()
            .filter(Column::Digest.is_in(digests))
            .order_by_asc(Expr::expr(is_older))
            .order_by_asc(Column::MadeAt);
        hold_first(transaction, find).await
    }

    /// Holds this place if it can still be claimed. It waits for whoever holds it now: a message that
    /// was refused holds what it had touched a moment longer than its refusal takes to arrive.
    pub(crate) async fn hold_this<C: ConnectionTrait>(
        transaction: &C,
        place: &ReadyPlace,
    ) -> Result<Option<ReadyPlace>> {
        use ready_place::Column;
        let mut find = unclaimed()
            .filter(Column::Name.eq(place.name.as_str()))
            .filter(Column::Digest.eq(place.digest.as_str()));
        if transaction.get_database_backend() != DbBackend::Sqlite {
            find = find.lock_exclusive();
        }
        let rows = find.all(transaction).await;
        let row = rows.map_err(Error::database("looking for a ready place"))?.pop();
        row.map(place_of).transpose()
    }

    /// Holds a place that has not had all that it could have, behind this name.
    pub(crate) async fn hold_older<C: ConnectionTrait>(
        transaction: &C,
        digest: &str,
        after: Option<&PhysicalName>,
    ) -> Result<Option<ReadyPlace>> {
        use ready_place::Column;
        let after = after.map_or("", PhysicalName::as_str);
        let find = unclaimed()
            .filter(Column::Digest.ne(digest))
            .filter(Column::Name.gt(after))
            .order_by_asc(Column::Name);
        hold_first(transaction, find).await
    }

    /// Holds any place that is no tenant's, also one that a run was cut off in.
    pub(crate) async fn hold_any<C: ConnectionTrait>(
        transaction: &C,
    ) -> Result<Option<ReadyPlace>> {
        let tenants = Query::select().column(tenant::Column::Id).from(tenant::Entity).take();
        let find = ready_place::Entity::find()
            .filter(ready_place::Column::TenantId.not_in_subquery(tenants))
            .order_by_asc(ready_place::Column::Name);
        hold_first(transaction, find).await
    }

    /// Notes what has been done to a place.
    pub(crate) async fn set_digest<C: ConnectionTrait>(
        connection: &C,
        place: &ReadyPlace,
        digest: &str,
    ) -> Result<()> {
        ready_place::Entity::update_many()
            .col_expr(ready_place::Column::Digest, Expr::value(digest))
            .filter(ready_place::Column::Name.eq(place.name.as_str()))
            .exec(connection)
            .await
            .map(drop)
            .map_err(Error::database("noting what a ready place has had"))
    }

    /// Takes a place off the list. Its name stays used.
    pub(crate) async fn withdraw<C: ConnectionTrait>(
        connection: &C,
        place: &PhysicalName,
    ) -> Result<()> {
        ready_place::Entity::delete_by_id(place.as_str())
            .exec(connection)
            .await
            .map(drop)
            .map_err(Error::database("taking a ready place off the list"))
    }

    /// Marks a place as the one of a tenant that is being created, or as free again.
    pub(crate) async fn set_claimed<C: ConnectionTrait>(
        connection: &C,
        place: &ReadyPlace,
        is_claimed: bool,
    ) -> Result<()> {
        let claimed_at = is_claimed.then(Utc::now);
        ready_place::Entity::update_many()
            .col_expr(ready_place::Column::ClaimedAt, Expr::value(claimed_at))
            .filter(ready_place::Column::Name.eq(place.name.as_str()))
            .exec(connection)
            .await
            .map(drop)
            .map_err(Error::database("claiming a ready place"))
    }

    /// Notes that a place is being copied from another tenant's; the note goes when it is the new
    /// tenant's.
    pub(crate) async fn begin_copy<C: ConnectionTrait>(
        connection: &C,
        place: &Tenant,
    ) -> Result<()> {
        let now = Utc::now();
        let row = ready_place::ActiveModel {
            name: Set(place.physical_name.to_string()),
            tenant_id: Set(place.id.as_uuid()),
            digest: Set(COPY.to_owned()),
            made_at: Set(now),
            claimed_at: Set(Some(now)),
        };
        let begun = ready_place::Entity::insert(row).exec_without_returning(connection).await;
        begun.map(drop).map_err(Error::database("noting a copy"))
    }

    /// Holds the note of a copy until the transaction ends; `false` where it is not there any more.
    pub(crate) async fn hold_copy<C: ConnectionTrait>(
        transaction: &C,
        place: &PhysicalName,
    ) -> Result<bool> {
        let mut find = copies().filter(ready_place::Column::Name.eq(place.as_str()));
        if transaction.get_database_backend() != DbBackend::Sqlite {
            find = find.lock_exclusive();
        }
        let rows = find.all(transaction).await;
        rows.map(|rows| !rows.is_empty()).map_err(Error::database("looking for a copy"))
    }

    /// Holds a copy that nobody else holds: one that was cut off, or has only just been noted.
    pub(crate) async fn hold_cut_off<C: ConnectionTrait>(
        transaction: &C,
    ) -> Result<Option<ReadyPlace>> {
        hold_first(transaction, copies()).await
    }

    /// The place that a tenant has claimed and has not yet been put into service in.
    pub(crate) async fn claimed_by(&self, tenant: TenantId) -> Result<Option<ReadyPlace>> {
        let row = ready_place::Entity::find()
            .filter(ready_place::Column::TenantId.eq(tenant.as_uuid()))
            .one(&self.database)
            .await;
        row.map_err(Error::database("looking for the tenant's place"))?.map(place_of).transpose()
    }
}
