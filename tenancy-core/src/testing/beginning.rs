//! What a tenant begins with and how it ends, proven under a strategy on real databases: seeds,
//! hooks, places that stand ready.
//!
//! [`beginning_suite!`](crate::beginning_suite) makes a test of each function.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

mod hooks;
mod ready;
mod seeds;

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder};

pub use self::{
    hooks::{hooks_stand_at_the_beginning, hooks_stand_before_the_end},
    ready::{
        claims_that_were_cut_off_are_finished, failed_creations_give_the_place_back,
        lost_places_are_given_up, places_are_brought_forward, places_are_claimed_once,
        places_that_fail_are_not_offered, ready_places_are_no_tenants,
        what_was_cut_off_is_never_half, what_works_on_rows_waits,
    },
    seeds::{
        failed_seeds_leave_nothing, new_tenants_begin_with_seeds, seeds_run_once_for_a_tenant,
        tenants_behind_are_not_seeded,
    },
};
use super::world::customer;
use crate::{MigrationSets, Tenancy, Tenant, TenantSeed, TenantTransaction};

/// Makes a test of each function of this module, for each database.
#[macro_export]
macro_rules! beginning_suite {
    ($set_up:path) => {
        $crate::beginning_suite!(@on_each_database, $set_up);
    };
    ($set_up:path, mariadb) => {
        $crate::beginning_suite!(@on_mariadb, $set_up);
    };
    (@$on:ident, $set_up:path) => {
        $crate::$on!(
            beginning,
            $set_up,
            new_tenants_begin_with_seeds,
            seeds_run_once_for_a_tenant,
            failed_seeds_leave_nothing,
            tenants_behind_are_not_seeded,
            hooks_stand_at_the_beginning,
            hooks_stand_before_the_end,
            ready_places_are_no_tenants,
            places_are_claimed_once,
            places_are_brought_forward,
            what_works_on_rows_waits,
            failed_creations_give_the_place_back,
            lost_places_are_given_up,
            places_that_fail_are_not_offered,
            claims_that_were_cut_off_are_finished,
            what_was_cut_off_is_never_half,
        );
    };
}

/// A seed that is a statement.
struct Seed {
    name: &'static str,
    sql: &'static str,
}

#[async_trait]
impl TenantSeed for Seed {
    fn name(&self) -> &str {
        self.name
    }

    async fn run(&self, transaction: &TenantTransaction) -> Result<(), DbErr> {
        transaction.execute_unprepared(self.sql).await.map(drop)
    }
}

/// A customer that every tenant begins with.
const FIRST: Seed = Seed {
    name: "first",
    sql: "INSERT INTO customer (email, name) VALUES ('first@example.com', 'first')",
};

/// What rests on the first seed.
const GREET: Seed =
    Seed { name: "greet", sql: "UPDATE customer SET name = 'greeted' WHERE name = 'first'" };

/// A statement that no tenant may send.
const BROKEN: Seed = Seed { name: "broken", sql: "INSERT INTO nowhere (id) VALUES (1)" };

fn seeded(mut sets: MigrationSets, seeds: impl IntoIterator<Item = Seed>) -> MigrationSets {
    for seed in seeds {
        sets.seeds.push(Box::new(seed));
    }
    sets
}

/// The names of a tenant's customers, in order.
async fn names(tenancy: &Tenancy, tenant: &Tenant) -> Vec<String> {
    let tenant = tenancy.registry().tenant(&tenant.slug).await.unwrap();
    let connection = tenancy.connection(&tenant).await.unwrap();
    let customers = customer::Entity::find().order_by_asc(customer::Column::Id);
    let customers = customers.all(&connection).await.unwrap();
    customers.into_iter().map(|customer| customer.name).collect()
}
