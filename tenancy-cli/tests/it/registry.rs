//! Tenants, domains, members and invitations, by the stand-alone command.

use snapbox::str;

use crate::{notes::Notes, world::World};

fn world() -> World {
    World::sqlite("shared-schema").with_tenants(&Notes::NOW)
}

#[test]
fn tenants_are_listed_and_shown() {
    let world = world();
    world.tenancy(&["tenant", "list"]).is(str![[r#"
exit 0
--- stdout
SLUG    NAME    STATUS  NEWEST MIGRATION
acme    acme    active  m20260103_000001_add_done
globex  globex  active  m20260103_000001_add_done
--- stderr

"#]]);
    world.tenancy(&["tenant", "list", "--format", "json"]).is(str![[r#"
exit 0
--- stdout
{"id":"[ID]","slug":"acme","name":"acme","status":"active","generation":1,"physical_name":"t_acme_[PLACE]","settings":{},"migration_head":"m20260103_000001_add_done","created_at":"[INSTANT]","updated_at":"[INSTANT]"}
{"id":"[ID]","slug":"globex","name":"globex","status":"active","generation":1,"physical_name":"t_globex_[PLACE]","settings":{},"migration_head":"m20260103_000001_add_done","created_at":"[INSTANT]","updated_at":"[INSTANT]"}
--- stderr

"#]]);
    world.tenancy(&["tenant", "show", "acme"]).is(str![[r#"
exit 0
--- stdout
slug              acme
name              acme
status            active
id                [ID]
physical name     t_acme_[PLACE]
settings          {}
newest migration  m20260103_000001_add_done
created           [TIME]
changed           [TIME]

domains
DOMAIN            PRIMARY  SINCE
acme.example.com  yes      [TIME]

members
USER  ROLE   SINCE
ann   owner  [TIME]
--- stderr

"#]]);
    world.tenancy(&["tenant", "show", "acme", "--format", "json"]).is(str![[r#"
exit 0
--- stdout
{"id":"[ID]","slug":"acme","name":"acme","status":"active","generation":1,"physical_name":"t_acme_[PLACE]","settings":{},"migration_head":"m20260103_000001_add_done","created_at":"[INSTANT]","updated_at":"[INSTANT]","domains":[{"tenant":"[ID]","name":"acme.example.com","is_primary":true,"since":"[INSTANT]"}],"members":[{"tenant":"[ID]","user":"ann","role":"owner","since":"[INSTANT]"}]}
--- stderr

"#]]);
}

#[test]
fn a_tenant_is_suspended_resumed_and_archived() {
    let world = world();
    world.tenancy(&["tenant", "suspend", "acme"]).is(str![[r#"
exit 0
--- stdout
--- stderr
suspended the tenant `acme`

"#]]);
    world.tenancy(&["tenant", "list", "--status", "suspended"]).is(str![[r#"
exit 0
--- stdout
SLUG  NAME  STATUS     NEWEST MIGRATION
acme  acme  suspended  m20260103_000001_add_done
--- stderr

"#]]);
    world.tenancy(&["tenant", "list", "--status", "archived"]).is(str![[r#"
exit 0
--- stdout
--- stderr
no tenants

"#]]);
    world.tenancy(&["tenant", "resume", "acme", "--format", "json"]).is(str![[r#"
exit 0
--- stdout
{"id":"[ID]","slug":"acme","name":"acme","status":"active","generation":1,"physical_name":"t_acme_[PLACE]","settings":{},"migration_head":"m20260103_000001_add_done","created_at":"[INSTANT]","updated_at":"[INSTANT]"}
--- stderr

"#]]);
    world.tenancy(&["tenant", "archive", "acme"]).is(str![[r#"
exit 0
--- stdout
--- stderr
archived the tenant `acme`

"#]]);
    let show = world.tenancy(&["tenant", "show", "globex"]).succeeded();
    assert!(show.stdout.contains("active"), "{show}");
}

#[test]
fn a_tenant_is_renamed_and_its_place_stays() {
    let world = world();
    let place = |slug| {
        let shown = world.tenancy(&["tenant", "show", slug, "--format", "json"]).succeeded();
        let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
        shown["physical_name"].as_str().unwrap().to_owned()
    };
    let before = place("acme");
    world.tenancy(&["tenant", "rename", "acme", "--slug", "acme-group"]).is(str![[r#"
exit 0
--- stdout
--- stderr
renamed the tenant `acme` to `acme-group`

"#]]);
    world.tenancy(&["tenant", "rename", "acme-group", "--name", "Acme\u{1b}[31m"]).is(str![[r#"
exit 0
--- stdout
--- stderr
renamed the tenant `acme-group`

"#]]);
    assert_eq!(place("acme-group"), before);
    world.tenancy(&["tenant", "list"]).is(str![[r#"
exit 0
--- stdout
SLUG        NAME            STATUS  NEWEST MIGRATION
acme-group  Acme\u{1b}[31m  active  m20260103_000001_add_done
globex      globex          active  m20260103_000001_add_done
--- stderr

"#]]);
    world.tenancy(&["tenant", "rename", "acme-group", "--slug", "globex"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR110]: the slug `globex` is taken
  hint: choose another name

"#]]);
    world.tenancy(&["tenant", "rename", "acme-group"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: the following required arguments were not provided:
  <--slug <NEW>|--name <NEW>>

Usage: tenancy tenant rename <--slug <NEW>|--name <NEW>> <SLUG>

For more information, try '--help'.

"#]]);
}

#[test]
fn domains_are_added_made_primary_and_removed() {
    let world = world();
    world.tenancy(&["domain", "add", "acme", "WWW.Acme.example.org."]).is(str![[r#"
exit 0
--- stdout
--- stderr
`www.acme.example.org` leads to the tenant `acme`

"#]]);
    world.tenancy(&["domain", "add", "globex", "www.acme.example.org"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR110]: the domain `www.acme.example.org` is taken
  hint: choose another domain, or remove it from the tenant that has it

"#]]);
    world.tenancy(&["domain", "primary", "acme", "www.acme.example.org"]).is(str![[r#"
exit 0
--- stdout
--- stderr
`www.acme.example.org` is the primary domain of the tenant `acme`

"#]]);
    world.tenancy(&["domain", "list", "acme"]).is(str![[r#"
exit 0
--- stdout
DOMAIN                PRIMARY  SINCE
www.acme.example.org  yes      [TIME]
acme.example.com      no       [TIME]
--- stderr

"#]]);
    world.tenancy(&["domain", "remove", "acme", "globex.example.com"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR112]: the tenant has no domain `globex.example.com`
  hint: `tenancy domain list` shows its domains

"#]]);
    world.tenancy(&["domain", "remove", "acme", "acme.example.com"]).is(str![[r#"
exit 0
--- stdout
--- stderr
`acme.example.com` leads nowhere

"#]]);
    world.tenancy(&["domain", "remove", "acme", "www.acme.example.org"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR113]: `www.acme.example.org` is the only domain of the tenant `acme`
  hint: add another domain first

"#]]);
}

#[test]
fn members_are_added_changed_and_removed() {
    let world = world();
    world.tenancy(&["member", "add", "acme", "ben", "--role", "admin"]).is(str![[r#"
exit 0
--- stdout
--- stderr
`ben` belongs to the tenant `acme` as admin

"#]]);
    world.tenancy(&["member", "add", "acme", "cat", "--role", "boss"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: invalid value 'boss' for '--role <ROLE>'
  [possible values: owner, admin, manager, user, readonly]

For more information, try '--help'.

"#]]);
    world.tenancy(&["member", "remove", "acme", "ann"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR115]: the user `ann` is the only owner of the tenant `acme`
  hint: make another member an owner first

"#]]);
    world.tenancy(&["member", "role", "acme", "ben", "owner"]).is(str![[r#"
exit 0
--- stdout
--- stderr
`ben` belongs to the tenant `acme` as owner

"#]]);
    world.tenancy(&["member", "list", "acme"]).is(str![[r#"
exit 0
--- stdout
USER  ROLE   SINCE
ann   owner  [TIME]
ben   owner  [TIME]
--- stderr

"#]]);
    world.tenancy(&["member", "remove", "acme", "ann"]).is(str![[r#"
exit 0
--- stdout
--- stderr
`ann` no longer belongs to the tenant `acme`

"#]]);
    world.tenancy(&["member", "list", "globex", "--format", "json"]).is(str![[r#"
exit 0
--- stdout
{"tenant":"[ID]","user":"ann","role":"owner","since":"[INSTANT]"}
--- stderr

"#]]);
}

#[test]
fn an_invitation_is_accepted_once() {
    let world = world();
    let invite = ["invite", "create", "acme", "Dan@example.com", "--role", "user"];
    let invited = world.tenancy(&invite);
    invited.is(str![[r#"
exit 0
--- stdout
[TOKEN]
--- stderr
invited `dan@example.com` to the tenant `acme` as user until [TIME]; the token is not shown again

"#]]);
    world.tenancy(&["invite", "list", "acme"]).is(str![[r#"
exit 0
--- stdout
ID                                    ADDRESS          ROLE  STATUS   UNTIL
[ID]  dan@example.com  user  pending  [TIME]
--- stderr

"#]]);
    world.tenancy(&invite).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR110]: the pending invitation `dan@example.com` is taken
  hint: revoke the one that is pending, or let the user accept it

"#]]);
    let token = invited.stdout.trim();
    world.tenancy(&["invite", "accept", token, "--user", "dan"]).is(str![[r#"
exit 0
--- stdout
USER  ROLE  SINCE
dan   user  [TIME]
--- stderr

"#]]);
    world.tenancy(&["invite", "accept", token, "--user", "eve"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR116]: the invitation is not open
  hint: ask for a new invitation

"#]]);
}

#[test]
fn an_invitation_is_accepted_by_a_token_that_no_other_user_of_the_machine_sees() {
    let world = world();
    let invite = ["invite", "create", "acme", "dan@example.com", "--role", "user"];
    let token = world.tenancy(&invite).succeeded().stdout;
    let accept = ["invite", "accept", "-", "--user", "dan"];
    world.notes_reading(&token, &Notes::NOW, &accept).is(str![[r#"
exit 0
--- stdout
USER  ROLE  SINCE
dan   user  [TIME]
--- stderr

"#]]);
}

#[test]
fn an_invitation_is_revoked() {
    let world = world();
    let invite =
        ["invite", "create", "acme", "dan@example.com", "--role", "user", "--format", "json"];
    let invited = world.tenancy(&invite).succeeded();
    let invited: serde_json::Value = serde_json::from_str(&invited.stdout).unwrap();
    let (id, token) = (invited["invitation"]["id"].as_str(), invited["token"].as_str());
    world.tenancy(&["invite", "revoke", "globex", id.unwrap()]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR116]: the invitation is not open
  hint: ask for a new invitation

"#]]);
    world.tenancy(&["invite", "revoke", "acme", id.unwrap()]).is(str![[r#"
exit 0
--- stdout
--- stderr
revoked the invitation `[ID]`

"#]]);
    world.tenancy(&["invite", "revoke", "acme", "17"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI104]: `17` is not the id of an invitation
  hint: `tenancy invite list` shows the ids

"#]]);
    world.tenancy(&["invite", "accept", token.unwrap(), "--user", "dan"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR116]: the invitation is not open
  hint: ask for a new invitation

"#]]);
}

#[test]
fn all_pages_are_listed() {
    let world = World::sqlite("shared-schema");
    world.notes(&Notes::NOW, &["migrate", "up"]).succeeded();
    world.fill(1_001);
    let ended = world.tenancy(&["tenant", "list", "--format", "json"]).succeeded();
    assert_eq!(ended.stdout.lines().count(), 1_001);
}

#[test]
fn a_table_fits_the_terminal() {
    let world = world();
    world.notes_narrow(34, &Notes::NOW, &["tenant", "list"]).is(str![[r#"
exit 0
--- stdout
SLUG    NAME    STATUS  NEWEST
                        MIGRATIO
                        N
acme    acme    active  m2026010
                        3_000001
                        _add_don
                        e
globex  globex  active  m2026010
                        3_000001
                        _add_don
                        e
--- stderr

"#]]);
}
