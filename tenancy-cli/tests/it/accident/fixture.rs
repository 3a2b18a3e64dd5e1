//! The migrations of the fixture, as they stand there.

#[path = "../../fixtures/accident/src/migration/shared/m0001_create_plan.rs"]
pub(super) mod m0001_create_plan;
#[path = "../../fixtures/accident/src/migration/shared/m0002_create_client.rs"]
pub(super) mod m0002_create_client;
#[path = "../../fixtures/accident/src/migration/shared/m0003_add_plan_price.rs"]
pub(super) mod m0003_add_plan_price;
#[path = "../../fixtures/accident/src/migration/shared/m0004_add_schema_name_and_domain_model.rs"]
pub(super) mod m0004_add_schema_name_and_domain_model;
#[path = "../../fixtures/accident/src/migration/shared/m0004_client_domain.rs"]
pub(super) mod m0004_client_domain;
#[path = "../../fixtures/accident/src/migration/shared/m0005_merge.rs"]
pub(super) mod m0005_merge;
#[path = "../../fixtures/accident/src/migration/tenant/m0006_create_note.rs"]
pub(super) mod m0006_create_note;
