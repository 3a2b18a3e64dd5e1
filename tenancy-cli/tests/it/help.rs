//! Help, usage and completions.

use snapbox::str;
use tempfile::tempdir;

use crate::program::tenancy;

#[test]
#[expect(clippy::too_many_lines, reason = "the whole text is compared")]
fn help_is_data_and_names_the_exit_codes() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &[], &["--help"]).is(str![[r#"
exit 0
--- stdout
Multi-tenancy for SeaORM: check, migrate and manage the tenants of an application

Usage: tenancy [OPTIONS] <COMMAND>

Commands:
  new          Make an application for several tenants that builds, serves and passes its tests
  init         Add what an application on SeaORM lacks of it; nothing is overwritten
  migration    Write migrations
  check        Check configuration, code and migrations, and report everything that is wrong at once
  explain      Explain a check: what it finds, why it is wrong, how to fix it
  scope        Show what a statement becomes for a tenant, or why it is refused; it is not sent
  exec         Send a statement for each of some tenants, and show what it answers
  run          Run a program for each of some tenants, which the environment tells it
  config       Look at the configuration
  migrate      Bring tables forward, and see where they stand
  tenant       Create, list and change tenants
  domain       Manage the domains that lead to a tenant
  member       Manage who belongs to a tenant
  invite       Manage invitations into a tenant
  db           The database itself: its roles
  man          Write the manual pages
  completions  Write a completion script for a shell
  help         Print this message or the help of the given subcommand(s)

Options:
  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version

Global options:
      --config <FILE>
          The configuration file [default: what `TENANCY_CONFIG` names, or else tenancy.toml]

      --strategy <NAME>
          How tenants are kept apart; must be what the other places say

      --database-url <URL>
          The address of the database; other users of the machine can see it here, so prefer
          `DATABASE_URL`

      --format <FORMAT>
          How the answer is written

          Possible values:
          - human: For people
          - json:  For programs: an object a line
          - sarif: For code scanning, SARIF 2.1.0: findings of `check` only
          
          [default: human]

      --color <WHEN>
          Whether there are colours

          Possible values:
          - auto:   On a terminal, unless `NO_COLOR` is set
          - always: Always
          - never:  Never
          
          [default: auto]

Examples:
  tenancy new notes --strategy shared-schema
  tenancy check
  tenancy migrate up --jobs 8 --continue-on-error
  tenancy tenant create acme --domain acme.example.com --owner user-1
  tenancy tenant list --status suspended --format json

Exit codes:
  0  done
  1  done, and the answer is not good: findings that are errors, tenants that failed
  2  not done

Data is written to the standard output, everything else to the standard error.
--- stderr

"#]]);
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = tempdir().unwrap();
    for command in [
        "new",
        "init",
        "migration new",
        "check",
        "explain",
        "scope",
        "exec",
        "run",
        "config show",
        "migrate up",
        "migrate down",
        "migrate resume",
        "migrate fake",
        "migrate fake-initial",
        "migrate fresh",
        "migrate seed",
        "migrate verify",
        "migrate drift",
        "migrate status",
        "migrate runs",
        "tenant create",
        "tenant list",
        "tenant show",
        "tenant suspend",
        "tenant resume",
        "tenant archive",
        "tenant delete",
        "tenant restore",
        "tenant prepare",
        "tenant rename",
        "tenant finish",
        "domain add",
        "domain remove",
        "domain primary",
        "domain list",
        "member add",
        "member remove",
        "member role",
        "member list",
        "invite create",
        "invite accept",
        "invite revoke",
        "invite list",
        "man",
        "completions",
    ] {
        let args: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let ended = tenancy(folder.path(), &[], &args).succeeded();
        assert!(ended.stdout.contains(&format!("\n  tenancy {command}")), "{ended}");
    }
}

#[test]
fn a_wrong_argument_is_refused() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &[], &["tenant", "lsit"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: unrecognized subcommand 'lsit'

  tip: a similar subcommand exists: 'list'

Usage: tenancy tenant [OPTIONS] <COMMAND>

For more information, try '--help'.

"#]]);
}

#[test]
fn completions_are_written_for_every_shell() {
    let folder = tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ended = tenancy(folder.path(), &[], &["completions", shell]).succeeded();
        assert!(ended.stdout.contains("tenancy") && ended.stderr.is_empty(), "{ended}");
    }
}

#[test]
fn manual_pages_are_written_for_every_verb() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &[], &["man", "pages"]).succeeded();
    let page =
        |name: &str| std::fs::read_to_string(folder.path().join("pages").join(name)).unwrap();
    assert!(page("tenancy.1").contains("Exit codes"));
    assert!(page("tenancy-tenant-delete.1").contains("tenancy tenant delete acme"));
    assert!(page("tenancy-migrate-up.1").contains("canary"));
    std::fs::write(folder.path().join("file"), "").unwrap();
    tenancy(folder.path(), &[], &["man", "file"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI115]: `file` could not be used
  caused by: File exists (os error 17)

"#]]);
}

#[test]
fn the_version_names_the_features() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &[], &["--version"]).is(str![[r#"
exit 0
--- stdout
tenancy-cli 0.1.0
features: mysql, postgres, sqlite
--- stderr

"#]]);
}
