//! On PostgreSQL: a connection of its own that listens.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    DatabaseConnection, DbErr, RuntimeErr,
    sqlx::{
        self, Row,
        postgres::{PgListener, PgPoolOptions, PgRow},
    },
};
use tokio::time::timeout;
use uuid::Uuid;

use super::{Changes, Live, Subject, standing::Standing, triggers};
use crate::{
    error::{Error, Result},
    tenant::TenantId,
};

/// How the connection calls itself, for whoever looks at the server's.
pub(crate) const APPLICATION: &str = "tenancy-watch";

/// How often a silent connection is asked whether it is still there, and how long it may take to
/// answer.
const BEAT: Duration = Duration::from_secs(1);

/// How long a notification may take that the connection is tried with.
const PROBE: Duration = Duration::from_secs(5);

fn doing(error: sqlx::Error) -> Error {
    let source = DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)));
    Error::Database { doing: "listening for changes of the registry", source }
}

fn deaf(why: &str) -> Error {
    let source = DbErr::Custom(why.to_owned());
    Error::Database { doing: "listening for changes of the registry", source }
}

/// Listens until the connection is lost.
pub(super) async fn listen(changes: &Changes, direct: &DatabaseConnection) -> Result<()> {
    let options = direct.get_postgres_connection_pool().connect_options();
    let options = (*options).clone().application_name(APPLICATION);
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(PROBE)
        .max_lifetime(None)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await.map_err(doing)?;
    // After a gap it is begun anew, so that nothing is missed in it.
    listener.eager_reconnect(false);
    listener.listen(triggers::CHANNEL).await.map_err(doing)?;
    let tells: bool = sqlx::query(triggers::ARE_THERE)
        .fetch_one(&mut listener)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(doing)?;
    if !tells {
        return Err(deaf("the registry's tables do not tell of changes"));
    }
    probe(&mut listener, &pool).await?;
    // What changed before is not told.
    refresh(&mut listener, changes, &changes.live()).await?;
    changes.set_watching(true);
    loop {
        match timeout(BEAT, listener.try_recv()).await {
            Ok(Ok(Some(told))) => heard(&mut listener, changes, told.payload()).await?,
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(doing(error)),
            Err(_silent) => {
                let beat = sqlx::query("SELECT 1").execute(&mut listener);
                let beat = timeout(BEAT, beat).await;
                beat.map_err(|_| deaf("the connection does not answer"))?.map_err(doing)?;
            }
        }
    }
}

/// A pooler that gives a transaction's connection to others takes the order to listen and tells
/// nobody: what is sent over another connection has to arrive here.
async fn probe(listener: &mut PgListener, pool: &sqlx::PgPool) -> Result<()> {
    let probe = format!("probe {}", Uuid::now_v7());
    let sent = sqlx::query("SELECT pg_catalog.pg_notify($1, $2)")
        .bind(triggers::CHANNEL)
        .bind(&probe)
        .execute(pool)
        .await;
    sent.map_err(doing)?;
    let arrived = timeout(PROBE, async {
        loop {
            match listener.try_recv().await.map_err(doing)? {
                Some(told) if told.payload() == probe => return Ok(()),
                Some(_) => {}
                None => return Err(deaf("the connection ended")),
            }
        }
    });
    let missed = "notifications do not arrive: `database.direct_url` must lead past any pooler";
    arrived.await.map_err(|_| deaf(missed))?
}

async fn heard(listener: &mut PgListener, changes: &Changes, payload: &str) -> Result<()> {
    let mut words = payload.split(' ');
    let what = words.next().unwrap_or_default();
    let id = words.next().and_then(|id| Uuid::try_parse(id).ok()).map(TenantId::from);
    let name = words.next();
    match (what, id, name) {
        ("probe", ..) => {}
        ("tenant", Some(id), Some(slug)) => {
            let told = changes.live_one(id);
            refresh(listener, changes, &told).await?;
            changes.changed(&[Subject::Tenant(id), Subject::Slug(slug)]);
            if told.is_empty() {
                // Isolation: as with `live_beside`.
                refresh(listener, changes, &changes.live_one(id)).await?;
            }
        }
        ("domain", Some(id), Some(domain)) => {
            changes.changed(&[Subject::Tenant(id), Subject::Domain(domain)]);
        }
        ("member", Some(id), None) => changes.changed(&[Subject::Members(id)]),
        _ => {
            let told = changes.live();
            refresh(listener, changes, &told).await?;
            changes.all_changed();
            refresh(listener, changes, &changes.live_beside(&told)).await?;
        }
    }
    Ok(())
}

/// Tells handles how their tenants stand. What a notification says is not taken for it: anybody who
/// may connect may send one.
async fn refresh(listener: &mut PgListener, changes: &Changes, handles: &Live) -> Result<()> {
    if handles.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = handles.keys().map(ToString::to_string).collect();
    let rows = sqlx::query(
        "SELECT id::text, status, generation, \
         (extract(epoch FROM updated_at) * 1000000)::bigint \
         FROM tenants_tenant WHERE id = ANY($1::text[]::uuid[])",
    )
    .bind(ids)
    .fetch_all(listener)
    .await
    .map_err(doing)?;
    let standings: Result<Vec<_>, _> = rows.iter().map(standing).collect();
    changes.settle(handles, &standings.map_err(doing)?);
    Ok(())
}

fn standing(row: &PgRow) -> Result<Standing, sqlx::Error> {
    let id: String = row.try_get(0)?;
    let id = Uuid::try_parse(&id).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Standing {
        id: TenantId::from(id),
        status: row.try_get(1)?,
        generation: row.try_get(2)?,
        since: row.try_get(3)?,
    })
}
