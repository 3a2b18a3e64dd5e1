//! `migrate` beyond `up`: plans, canaries, taking back, noting, verifying, throwing away.

use snapbox::str;

use crate::{
    notes::Notes,
    world::{STRATEGIES, World},
};

fn per_tenant() -> World {
    World::sqlite("schema-per-tenant").with_tenants(&Notes::FIRST)
}

#[test]
fn a_plan_is_shown_and_nothing_done() {
    let world = per_tenant();
    for _ in 0..2 {
        world.notes(&Notes::NOW, &["migrate", "up", "--plan"]).is(str![[r#"
exit 0
--- stdout
TENANT  PENDING
acme    m20260103_000001_add_done
globex  m20260103_000001_add_done
--- stderr
would apply 0 migrations once, and migrate 2 tenants

"#]]);
    }
    world.notes(&Notes::NOW, &["migrate", "up", "--plan", "--format", "json"]).is(str![[r#"
exit 0
--- stdout
{"shared":[],"tenants":[{"tenant":"acme","pending":["m20260103_000001_add_done"]},{"tenant":"globex","pending":["m20260103_000001_add_done"]}],"ahead":[]}
--- stderr

"#]]);
    world.notes(&Notes::NOW, &["migrate", "up", "--check"]).is(str![[r#"
exit 1
--- stdout
TENANT  PENDING
acme    m20260103_000001_add_done
globex  m20260103_000001_add_done
--- stderr
would apply 0 migrations once, and migrate 2 tenants

"#]]);
    world.notes(&Notes::NOW, &["migrate", "up"]).succeeded();
    world.notes(&Notes::NOW, &["migrate", "up", "--check"]).is(str![[r#"
exit 0
--- stdout
--- stderr
nothing is pending

"#]]);
}

#[test]
fn a_plan_for_all_tenants_at_once_names_what_is_applied_once() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::FIRST);
    world.notes(&Notes::NOW, &["migrate", "up", "--plan"]).is(str![[r#"
exit 0
--- stdout
would apply m20260103_000001_add_done
--- stderr
would apply 1 migration once, and migrate 0 tenants

"#]]);
    world.notes(&Notes::NOW, &["migrate", "up", "--tenant", "acme"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[MIG120]: `m20260103_000001_add_done` changes the tables that all tenants lie in, and only some tenants are selected
  hint: run it for all tenants first; data steps can then be run for some

"#]]);
}

#[test]
fn a_canary_goes_first_and_the_rest_after_it() {
    let world = per_tenant();
    world.notes(&Notes::NOW, &["migrate", "up", "--canary", "1"]).is(str![[r#"
exit 0
--- stdout
1 migrated, 0 failed, 0 up to date
--- stderr
migrated acme
1 tenant is behind; `tenancy migrate resume [ID]` goes on with the run

"#]]);
    world.notes(&Notes::NOW, &["migrate", "runs"]).is(str![[r#"
exit 0
--- stdout
RUN                                   WAY  TENANTS           BEGAN                    DONE WITH
[ID]  up   all, the first 1  [TIME]  no
[ID]  up   all               [TIME]  [TIME]
--- stderr

"#]]);
    world.notes(&Notes::NOW, &["migrate", "resume"]).is(str![[r#"
exit 0
--- stdout
1 migrated, 0 failed, 1 up to date
--- stderr
migrated globex

"#]]);
    world.notes(&Notes::NOW, &["migrate", "resume"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[MIG121]: no migration run was cut off or has tenants left
  hint: `tenancy migrate runs` shows them

"#]]);
}

#[test]
fn tenants_are_chosen_by_pattern() {
    let world = per_tenant();
    world.notes(&Notes::NOW, &["migrate", "up", "--tenant", "g*"]).is(str![[r#"
exit 0
--- stdout
1 migrated, 0 failed, 0 up to date
--- stderr
migrated globex

"#]]);
    world.notes(&Notes::NOW, &["migrate", "up", "--exclude", "acme"]).is(str![[r#"
exit 0
--- stdout
0 migrated, 0 failed, 1 up to date
--- stderr

"#]]);
    world.notes(&Notes::NOW, &["migrate", "up", "--tenant", "nobody"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR102]: no tenant `nobody`
  hint: `tenancy tenant list` shows all tenants

"#]]);
    world.notes(&Notes::NOW, &["migrate", "up", "--canary", "0%"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: invalid value '0%' for '--canary <N|N%>': `0%` is not a valid canary: it is a number of tenants, such as `20`, or a share of them, such as `5%`

For more information, try '--help'.

"#]]);
}

#[test]
fn migrations_are_taken_back() {
    for strategy in STRATEGIES {
        let world = World::sqlite(strategy).with_tenants(&Notes::NOW);
        let down = world.notes(&Notes::NOW, &["migrate", "down", "--steps", "1"]).succeeded();
        assert!(
            down.stdout.contains("add_done") || down.stdout.contains("2 rolled back"),
            "{down}"
        );
        let status = world.notes(&Notes::NOW, &["migrate", "status"]).succeeded();
        assert!(status.stderr.contains("2 of 2 tenants are behind"), "{strategy}: {status}");
        world.notes(&Notes::NOW, &["migrate", "up"]).succeeded();
        let irreversible = world.notes(&Notes::NOW, &["migrate", "down", "--steps", "2"]);
        assert!(irreversible.to_string().contains("MIG102"), "{strategy}: {irreversible}");
    }
    per_tenant().notes(&Notes::NOW, &["migrate", "down"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: the following required arguments were not provided:
  <--steps <N>|--to <NAME>|--run <RUN>>

Usage: notes migrate down <--steps <N>|--to <NAME>|--run <RUN>>

For more information, try '--help'.

"#]]);
}

#[test]
fn what_is_noted_wrongly_is_found() {
    let world = per_tenant();
    world.notes(&Notes::NOW, &["migrate", "verify"]).is(str![[r#"
exit 0
--- stdout
--- stderr
0 of 2 places are not as they should be

"#]]);
    world.notes(&Notes::NOW, &["migrate", "fake", "--tenant", "acme"]).is(str![[r#"
exit 0
--- stdout
1 migrated, 0 failed, 0 up to date
--- stderr
migrated acme

"#]]);
    world.notes(&Notes::NOW, &["migrate", "verify"]).is(str![[r#"
exit 1
--- stdout
acme
  the table `note` lacks the column `done` (boolean NOT NULL DEFAULT false)
--- stderr
1 of 2 places are not as they should be

"#]]);
    world.notes(&Notes::NOW, &["migrate", "verify", "--format", "json"]).is(str![[r#"
exit 1
--- stdout
{"places":2,"unsound":[{"place":"acme","problems":[{"problem":"table","difference":"missing-column","table":"note","expected":{"name":"done","data_type":"BOOLEAN","collation":null,"nullable":false,"default":"false","generated":null}}]}],"drift":{"fingerprint":"[TOKEN]","count":2,"others":[]}}
--- stderr

"#]]);
    world.notes(&Notes::NOW, &["migrate", "fake", "--to", "m20260101_000009_no"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[MIG119]: the tenant migrations have none named `m20260101_000009_no`
  hint: `tenancy migrate status` shows all

"#]]);
    world.notes(&Notes::NOW, &["migrate", "verify", "--mend"]).is(str![[r#"
exit 0
--- stdout
--- stderr
0 tenants were listed as their ledgers say

"#]]);
}

#[test]
fn entities_are_compared_with_migrations() {
    let world = per_tenant();
    world.notes(&Notes::NOW, &["migrate", "drift"]).is(str![[r#"
exit 0
--- stdout
--- stderr
no changes: entities and migrations say the same

"#]]);
    world.notes(&Notes::FIRST, &["migrate", "drift"]).is(str![[r#"
exit 1
--- stdout
no migration adds the column `done` (BOOLEAN) to the table `note`
--- stderr
1 difference

"#]]);
    world.notes(&Notes::FIRST, &["migrate", "drift", "--format", "json"]).is(str![[r#"
exit 1
--- stdout
{"drift":"missing-column","table":"note","column":"done","data_type":"BOOLEAN"}
--- stderr

"#]]);
}

#[test]
fn seeds_and_ready_places_are_there_for_the_command_line() {
    let world = per_tenant();
    world.notes(&Notes::FIRST, &["migrate", "seed"]).is(str![[r#"
exit 0
--- stdout
2 looked at, 0 failed
--- stderr

"#]]);
    world.notes(&Notes::FIRST, &["tenant", "prepare", "--count", "2"]).is(str![[r#"
exit 0
--- stdout
--- stderr
made 2 places; 2 stand ready

"#]]);
    let create = ["tenant", "create", "initech", "--domain", "initech.example.com"];
    world.notes(&Notes::FIRST, &create).succeeded();
    world.notes(&Notes::FIRST, &["tenant", "prepare", "--count", "1"]).is(str![[r#"
exit 0
--- stdout
--- stderr
made 0 places; 1 stand ready

"#]]);
}

#[test]
fn tables_are_thrown_away_only_where_it_is_allowed_and_said() {
    let world = per_tenant();
    world.notes(&Notes::NOW, &["migrate", "fresh"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI110]: the command throws rows away, and was not confirmed
  hint: give it `--yes` if nobody needs them

"#]]);
    world.notes(&Notes::NOW, &["migrate", "fresh", "--yes"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[MIG125]: the tables of tenants are not thrown away
  hint: set `migrate.fresh = "allow"` where nobody needs the rows

"#]]);
}
