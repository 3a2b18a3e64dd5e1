//! What a statement becomes, or why it is refused.

use snapbox::str;
use tenancy_core::testing::TestBackend;

use crate::{
    notes::Notes,
    world::{STRATEGIES, World},
};

fn scope(world: &World, sql: &str, rest: &[&str]) -> crate::program::Ended {
    world.notes(&Notes::NOW, &[&["scope", sql, "--tenant", "acme"], rest].concat())
}

#[test]
fn a_statement_is_shown_as_it_would_be_sent() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    scope(&world, "SELECT * FROM note WHERE id = ? OR done", &[]).is(str![[r#"
exit 0
--- stdout
SELECT "note"."id", "note"."title", "note"."done" FROM "main"."note" AS "note" WHERE "note"."tenant_id" = ?2 AND (`id` = ?1 OR `done`)
--- stderr
`?2` is the id of the tenant `acme`

"#]]);
    scope(&world, "SELECT * FROM note WHERE id = ? OR done", &["--format", "json"]).is(str![[r#"
exit 0
--- stdout
{"statement":{"sql":"SELECT \"note\".\"id\", \"note\".\"title\", \"note\".\"done\" FROM \"main\".\"note\" AS \"note\" WHERE \"note\".\"tenant_id\" = ?2 AND (`id` = ?1 OR `done`)","tenant_placeholder":"?2"},"tenant":"acme"}
--- stderr

"#]]);
    scope(&world, "SELECT price FROM plan", &[]).is(str![[r#"
exit 0
--- stdout
SELECT `price` FROM "main"."plan" AS "plan"
--- stderr

"#]]);
}

#[test]
fn a_tenants_own_schema_is_shown() {
    let postgres = World::new(TestBackend::Postgres, "schema-per-tenant");
    let Some(world) = postgres.map(|world| world.with_tenants(&Notes::NOW)) else { return };
    scope(&world, "DELETE FROM note WHERE id = $1", &[]).is(str![[r#"
exit 0
--- stdout
DELETE FROM "t_acme_[PLACE]"."note" AS "note" WHERE "id" = $1
--- stderr

"#]]);
}

#[test]
fn a_refused_statement_is_answered_with_the_reason() {
    for strategy in STRATEGIES {
        let world = World::sqlite(strategy).with_tenants(&Notes::NOW);
        scope(&world, "SELECT tenant_id FROM note", &[]).is(str![[r#"
exit 1
--- stdout
error[SCO108]: the name `tenant_id` is reserved
  hint: leave the tenant out of statements and entities: scoping adds it
--- stderr

"#]]);
        scope(&world, "SELECT 1; SELECT 2", &["--format", "json"]).is(str![[r#"
exit 1
--- stdout
{"refusal":{"code":"SCO102","hint":"send them one by one","message":"2 statements stand in one text","sources":[]},"tenant":"acme"}
--- stderr

"#]]);
    }
}

#[test]
fn a_tenant_out_of_service_has_no_statements() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    world.notes(&Notes::NOW, &["tenant", "suspend", "acme"]).succeeded();
    scope(&world, "SELECT 1", &[]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR103]: the tenant `acme` is suspended
  hint: `tenancy tenant resume` puts it back into service

"#]]);
}
