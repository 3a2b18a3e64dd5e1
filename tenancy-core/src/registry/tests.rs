//! The registry on real databases.

use std::{num::NonZeroU16, time::Duration};

use chrono::Utc;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, TransactionTrait};

use super::*;
use crate::{
    databases::{PoolOptions, Watch, open_direct},
    domain::DomainName,
    invitation::InvitationStatus,
    member::Role,
    tenant::{Slug, Tenant, TenantStatus},
    testing::{TestBackend, TestDatabase},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A registry on a database of its own, installed.
async fn registry(backend: TestBackend) -> (Registry, TestDatabase) {
    let database = TestDatabase::create(backend).await.unwrap();
    let registry = on(&database).await;
    registry.install("shared-schema").await.unwrap();
    (registry, database)
}

/// A registry on a database, which is not installed.
async fn on(database: &TestDatabase) -> Registry {
    let connection = database.connect().await.unwrap();
    let options = PoolOptions { max_connections: 5, acquire_timeout: Duration::from_secs(30) };
    let direct = open_direct(database.url(), options, options.acquire_timeout, &Watch::default())
        .await
        .unwrap();
    Registry::new(connection, direct)
}

fn slug(slug: &str) -> Slug {
    slug.parse().unwrap()
}

fn domain(domain: &str) -> DomainName {
    domain.parse().unwrap()
}

fn acme() -> NewTenant {
    NewTenant::new(slug("acme"), "Acme").with_domain(domain("acme.example.com")).with_owner("ann")
}

async fn active(registry: &Registry, new: &NewTenant) -> Tenant {
    let tenant = registry.reserve(new).await.unwrap();
    Registry::set_head(registry.database(), tenant.id, None, Utc::now()).await.unwrap();
    registry.tenant(&tenant.slug).await.unwrap()
}

/// Runs a test on every database; those that tell of older releases not where there was none.
macro_rules! on_every_database {
    ([$($older:ident),* $(,)?], $($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::TestBackend::Sqlite).await; })*
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $older() { super::$older(super::TestBackend::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::TestBackend::Postgres).await; })*
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $older() { super::$older(super::TestBackend::Postgres).await; })*
        }
        mod mariadb {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::TestBackend::MariaDb).await; })*
        }
    };
}

on_every_database!(
    [tables_of_older_releases_are_upgraded],
    a_tenant_is_found_by_id_slug_and_domain,
    a_taken_slug_or_domain_leaves_nothing_behind,
    a_tenant_without_domain_is_refused,
    of_two_that_create_one_slug_one_does,
    pages_follow_each_other,
    tenants_are_found_by_what_stands_in_their_names,
    a_physical_name_survives_renaming_and_is_never_used_again,
    only_steps_of_a_tenants_life_are_taken,
    one_domain_is_primary,
    the_last_owner_stays,
    owners_who_leave_at_once_leave_one,
    an_invitation_is_accepted_once,
    of_concurrent_accepts_one_wins,
    a_link_is_accepted_as_often_as_it_says,
    a_closed_invitation_is_not_accepted,
    one_invitation_is_pending_for_an_address,
    another_strategy_or_release_is_refused,
    installing_twice_at_once_installs_once,
);

async fn a_tenant_is_found_by_id_slug_and_domain(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let new = acme().with_settings(serde_json::json!({"plan": "gold"}));
    let tenant = active(&registry, &new).await;
    assert_eq!(tenant.status, TenantStatus::Active);
    assert_eq!(tenant.settings["plan"], "gold");
    assert_eq!(registry.find(tenant.id).await.unwrap().as_ref(), Some(&tenant));
    let by_domain = registry.find_by_domain(&domain("ACME.example.com.:8080")).await.unwrap();
    assert_eq!(by_domain, Some(tenant));
    assert_eq!(registry.find_by_domain(&domain("globex.example.com")).await.unwrap(), None);
    let unknown = registry.tenant(&slug("globex")).await.unwrap_err();
    assert_eq!(unknown.code(), "COR102");
}

async fn a_taken_slug_or_domain_leaves_nothing_behind(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    active(&registry, &acme()).await;
    let same_slug = registry.reserve(&acme().with_domain(domain("other.example.com"))).await;
    assert!(matches!(same_slug, Err(Error::Taken { what: "slug", .. })), "{same_slug:?}");
    let new = NewTenant::new(slug("globex"), "Globex").with_domain(domain("acme.example.com"));
    let same_domain = registry.reserve(&new).await;
    assert!(matches!(same_domain, Err(Error::Taken { what: "domain", .. })), "{same_domain:?}");
    assert_eq!(registry.count().await.unwrap(), 1);
    assert!(registry.find_by_domain(&domain("other.example.com")).await.unwrap().is_none());
}

async fn a_tenant_without_domain_is_refused(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let refused = registry.reserve(&NewTenant::new(slug("acme"), "Acme")).await;
    assert!(matches!(refused, Err(Error::NoDomain { .. })));
    assert_eq!(registry.count().await.unwrap(), 0);
}

async fn of_two_that_create_one_slug_one_does(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let new: Vec<NewTenant> = (0..4)
        .map(|i| {
            NewTenant::new(slug("acme"), "Acme").with_domain(domain(&format!("a{i}.example.com")))
        })
        .collect();
    let outcomes = join_all(new.iter().map(|new| registry.reserve(new))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(refused, Error::Taken { what: "slug", .. }), "{refused:?}");
    }
    let tenant = registry.tenant(&slug("acme")).await.unwrap();
    assert_eq!(registry.domains(tenant.id).await.unwrap().len(), 1);
}

async fn pages_follow_each_other(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    for name in ["delta", "alpha", "echo", "bravo", "charlie"] {
        let new = NewTenant::new(slug(name), name);
        registry.reserve(&new.with_domain(domain(&format!("{name}.example.com")))).await.unwrap();
    }
    let mut page = ListTenants { limit: Some(2), ..ListTenants::default() };
    let mut seen = Vec::new();
    loop {
        let tenants = registry.list(&page).await.unwrap();
        assert!(tenants.len() <= 2);
        page.after = tenants.last().map(|tenant| tenant.slug.clone());
        if page.after.is_none() {
            break;
        }
        seen.extend(tenants.into_iter().map(|tenant| tenant.slug.to_string()));
    }
    assert_eq!(seen, ["alpha", "bravo", "charlie", "delta", "echo"]);
    let active = ListTenants { status: Some(TenantStatus::Active), ..ListTenants::default() };
    assert!(registry.list(&active).await.unwrap().is_empty());
}

async fn tenants_are_found_by_what_stands_in_their_names(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    for (of, name, host) in [
        ("acme", "Acme Hardware", "acme.example.com"),
        ("globex", "100% Books", "books.example.org"),
        ("initech", "Under_score", "initech.example.com"),
    ] {
        active(&registry, &NewTenant::new(slug(of), name).with_domain(domain(host))).await;
    }
    for (text, found) in [
        ("hard", &["acme"][..]),
        ("INITECH", &["initech"]),
        ("example.org", &["globex"]),
        ("example", &["acme", "globex", "initech"]),
        ("0%", &["globex"]),
        ("r_s", &["initech"]),
        ("e_e", &[]),
        ("\\", &[]),
        ("' OR 1=1 --", &[]),
    ] {
        let which = ListTenants { search: Some(text.to_owned()), ..ListTenants::default() };
        let tenants = registry.list(&which).await.unwrap();
        let slugs: Vec<_> = tenants.iter().map(|tenant| tenant.slug.as_str()).collect();
        assert_eq!(slugs, found, "{text}");
    }
}

async fn a_physical_name_survives_renaming_and_is_never_used_again(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = registry.reserve(&acme()).await.unwrap();
    let change = TenantChange { slug: Some(slug("apex")), ..TenantChange::default() };
    let renamed = registry.update(tenant.id, change).await.unwrap();
    assert_eq!(renamed.physical_name, tenant.physical_name);
    registry.release(&renamed).await.unwrap();
    let kept = entity::physical_name::Entity::find_by_id(tenant.physical_name.as_str())
        .one(registry.database())
        .await
        .unwrap();
    assert!(kept.is_some());
    let successor = registry.reserve(&acme()).await.unwrap();
    assert_ne!(successor.physical_name, tenant.physical_name);
}

async fn only_steps_of_a_tenants_life_are_taken(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    let suspended = registry.set_status(tenant.id, TenantStatus::Suspended).await.unwrap();
    assert_eq!(suspended.generation, tenant.generation);
    let archived = registry.set_status(tenant.id, TenantStatus::Archived).await.unwrap();
    assert_eq!(archived.generation, tenant.generation + 1);
    let refused = registry.set_status(tenant.id, TenantStatus::Provisioning).await;
    assert!(matches!(refused, Err(Error::StatusChange { .. })));
}

async fn one_domain_is_primary(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    let shop = domain("shop.example.com");
    registry.add_domain(tenant.id, &shop).await.unwrap();
    registry.set_primary_domain(tenant.id, &shop).await.unwrap();
    let primaries = |domains: &[Domain]| -> Vec<String> {
        domains.iter().filter(|d| d.is_primary).map(|d| d.name.to_string()).collect()
    };
    assert_eq!(primaries(&registry.domains(tenant.id).await.unwrap()), ["shop.example.com"]);
    registry.remove_domain(tenant.id, &shop).await.unwrap();
    assert_eq!(primaries(&registry.domains(tenant.id).await.unwrap()), ["acme.example.com"]);
    let last = registry.remove_domain(tenant.id, &domain("acme.example.com")).await;
    assert!(matches!(last, Err(Error::LastDomain { .. })));
    let foreign = registry.set_primary_domain(tenant.id, &domain("globex.example.com")).await;
    assert!(matches!(foreign, Err(Error::UnknownDomain { .. })));
    let transaction = registry.database().begin().await.unwrap();
    let second = domain::insert(&transaction, tenant.id, &shop, true).await;
    assert!(second.is_err(), "the database let a second primary domain in");
}

async fn the_last_owner_stays(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    let removed = registry.remove_member(tenant.id, "ann").await;
    assert!(matches!(removed, Err(Error::LastOwner { .. })));
    let demoted = registry.set_role(tenant.id, "ann", Role::User).await;
    assert!(matches!(demoted, Err(Error::LastOwner { .. })));
    registry.add_member(tenant.id, "bob", Role::Owner).await.unwrap();
    registry.remove_member(tenant.id, "ann").await.unwrap();
    assert_eq!(registry.members(tenant.id).await.unwrap().len(), 1);
    assert_eq!(registry.memberships("bob").await.unwrap()[0].tenant, tenant.id);
    let twice = registry.add_member(tenant.id, "bob", Role::User).await;
    assert!(matches!(twice, Err(Error::Taken { what: "member", .. })));
}

async fn owners_who_leave_at_once_leave_one(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    registry.add_member(tenant.id, "bob", Role::Owner).await.unwrap();
    let leave = ["ann", "bob"].map(|user| registry.remove_member(tenant.id, user));
    let outcomes = join_all(leave).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(registry.members(tenant.id).await.unwrap().len(), 1);
}

async fn an_invitation_is_accepted_once(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    let (invitation, token) =
        registry.invite(tenant.id, " Bob@Example.COM ", Role::Manager, DAY, None).await.unwrap();
    assert_eq!(invitation.address.as_deref(), Some("bob@example.com"));
    assert!(!format!("{token:?}").contains(token.reveal()));
    let member = registry.accept_invitation(token.reveal(), "bob").await.unwrap();
    assert_eq!((member.role, member.tenant), (Role::Manager, tenant.id));
    let again = registry.accept_invitation(token.reveal(), "eve").await;
    assert!(matches!(again, Err(Error::InvitationClosed)));
    let stored = registry.invitations(tenant.id).await.unwrap();
    assert_eq!(stored[0].status, InvitationStatus::Accepted);
}

async fn of_concurrent_accepts_one_wins(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    let (_, token) =
        registry.invite(tenant.id, "bob@example.com", Role::User, DAY, None).await.unwrap();
    let users = ["bob", "eve", "joe", "sue"];
    let accepts = users.map(|user| registry.accept_invitation(token.reveal(), user));
    let outcomes = join_all(accepts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for lost in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(lost, Error::InvitationClosed), "{lost:?}");
    }
    assert_eq!(registry.members(tenant.id).await.unwrap().len(), 2);
}

async fn a_link_is_accepted_as_often_as_it_says(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    let three = NonZeroU16::new(3).unwrap();
    let (link, token) =
        registry.invite_by_link(tenant.id, Role::User, DAY, three, None).await.unwrap();
    assert_eq!((link.address, link.most_uses, link.uses), (None, 3, 0));
    let users = ["bob", "eve", "joe", "sue", "tom", "zoe"];
    let accepts = users.map(|user| registry.accept_invitation(token.reveal(), user));
    let outcomes = join_all(accepts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    for lost in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(lost, Error::InvitationClosed), "{lost:?}");
    }
    assert_eq!(registry.members(tenant.id).await.unwrap().len(), 4);
    let link = registry.find_invitation(token.reveal()).await.unwrap().unwrap();
    assert_eq!((link.status, link.uses), (InvitationStatus::Accepted, 3));
    assert!(!link.is_open(Utc::now()));

    // Who is a member already takes no use away.
    let (_, token) =
        registry.invite_by_link(tenant.id, Role::User, DAY, NonZeroU16::MIN, None).await.unwrap();
    let again = registry.accept_invitation(token.reveal(), "ann").await;
    assert!(matches!(again, Err(Error::Taken { .. })), "{again:?}");
    registry.accept_invitation(token.reveal(), "uma").await.unwrap();
}

async fn a_closed_invitation_is_not_accepted(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    let invite = async |address, valid_for| {
        registry.invite(tenant.id, address, Role::User, valid_for, None).await.unwrap()
    };
    let (_, late) = invite("late@example.com", Duration::ZERO).await;
    let (revoked, token) = invite("revoked@example.com", DAY).await;
    registry.revoke_invitation(tenant.id, revoked.id).await.unwrap();
    for token in [late.reveal(), token.reveal(), "guessed"] {
        let refused = registry.accept_invitation(token, "eve").await;
        assert!(matches!(refused, Err(Error::InvitationClosed)));
    }
    let (_, held) = invite("bob@example.com", DAY).await;
    registry.set_status(tenant.id, TenantStatus::Suspended).await.unwrap();
    let refused = registry.accept_invitation(held.reveal(), "bob").await;
    assert!(matches!(refused, Err(Error::NotServed { .. })));
    assert_eq!(registry.members(tenant.id).await.unwrap().len(), 1);
}

async fn one_invitation_is_pending_for_an_address(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    let invite =
        |valid_for| registry.invite(tenant.id, "bob@example.com", Role::User, valid_for, None);
    invite(Duration::ZERO).await.unwrap();
    invite(DAY).await.unwrap();
    assert!(matches!(invite(DAY).await, Err(Error::Taken { what: "pending invitation", .. })));
    let bad = registry.invite(tenant.id, "not an address", Role::User, DAY, None).await;
    assert!(matches!(bad, Err(Error::InvalidName { .. })));
}

async fn another_strategy_or_release_is_refused(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let refused = registry.install("schema-per-tenant").await;
    assert!(matches!(refused, Err(Error::OtherStrategy { .. })), "{refused:?}");
    registry.marker("shared-schema").await.unwrap();
    entity::marker::Entity::update_many()
        .col_expr(
            entity::marker::Column::RegistryVersion,
            sea_orm::sea_query::Expr::value(schema::VERSION + 1),
        )
        .exec(registry.database())
        .await
        .unwrap();
    let newer = registry.marker("shared-schema").await;
    assert!(matches!(newer, Err(Error::NewerRegistry { .. })), "{newer:?}");
}

async fn installing_twice_at_once_installs_once(backend: TestBackend) {
    let database = TestDatabase::create(backend).await.unwrap();
    let registry = on(&database).await;
    let missing = registry.marker("shared-schema").await;
    assert!(matches!(missing, Err(Error::NotInitialised)));
    let outcomes = join_all((0..3).map(|_| registry.install("shared-schema"))).await;
    for outcome in outcomes {
        outcome.unwrap();
    }
}

/// What a release before this one has left is brought forward with everything in it.
async fn tables_of_older_releases_are_upgraded(backend: TestBackend) {
    let (registry, _database) = registry(backend).await;
    let tenant = active(&registry, &acme()).await;
    registry.invite(tenant.id, "bob@example.com", Role::User, DAY, None).await.unwrap();
    // What each version added, from the newest back to the second.
    let added: [(i32, &[&str]); 4] = [
        (
            5,
            &[
                "DROP INDEX tenants_invitation_one_pending",
                "CREATE UNIQUE INDEX tenants_invitation_one_pending ON tenants_invitation \
                 (tenant_id, address) WHERE status = 'pending'",
                "ALTER TABLE tenants_invitation DROP COLUMN uses",
                "ALTER TABLE tenants_invitation DROP COLUMN most_uses",
            ],
        ),
        (4, &[]),
        (3, &["DROP TABLE tenants_former_migration"]),
        (2, &["DROP TABLE tenants_ready_place", "DROP TABLE tenants_seed"]),
    ];
    let mut gone: Vec<&str> = Vec::new();
    for (version, statements) in added {
        gone.extend(statements);
        if version < 5 {
            crate::changes::triggers::remove(registry.database()).await.unwrap();
        }
        // On one connection: another one of the pool may not have seen yet what went.
        registry.database().execute_unprepared(&gone.join("; ")).await.unwrap();
        let older = format!("UPDATE tenants_marker SET registry_version = {version}");
        registry.database().execute_unprepared(&older).await.unwrap();
        let refused = registry.current_marker("shared-schema").await;
        let is_older =
            matches!(refused, Err(Error::OlderRegistry { database, .. }) if database == version);
        assert!(is_older, "{refused:?}");
        registry.install("shared-schema").await.unwrap();
    }
    registry.current_marker("shared-schema").await.unwrap();
    assert_eq!(registry.count_ready(&[String::new()]).await.unwrap(), 0);
    let kept = registry.invitations(tenant.id).await.unwrap();
    assert_eq!((kept[0].most_uses, kept[0].uses), (1, 0));
    let again = registry.invite(tenant.id, "bob@example.com", Role::User, DAY, None).await;
    assert!(matches!(again, Err(Error::Taken { .. })), "{again:?}");
    for _ in 0..2 {
        let uses = NonZeroU16::MIN;
        registry.invite_by_link(tenant.id, Role::User, DAY, uses, None).await.unwrap();
    }
    assert_eq!(registry.find(tenant.id).await.unwrap().unwrap().slug, tenant.slug);
}
