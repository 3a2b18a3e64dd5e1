//! Which statements change the tables. They go to the tenant migrations, as they would in an
//! application: a tenant's connection refuses them.

/// What to do with a statement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Definition {
    /// Make it the next tenant migration.
    Change(String),
    /// Drop this table if it is there.
    DropTable(String),
    /// Drop this type if it is there.
    DropType(String),
    /// Make this extension available, which is an administrator's task.
    Extension(String),
}

impl Definition {
    /// What a statement defines; nothing if it is about rows.
    pub(crate) fn of(sql: &str) -> Option<Self> {
        let sql = sql.trim().trim_end_matches(';').trim_end();
        if let Some(name) = after(sql, "CREATE EXTENSION IF NOT EXISTS ") {
            return Some(Self::Extension(name.to_owned()));
        }
        if let Some(name) = after(sql, "DROP TABLE IF EXISTS ") {
            return Some(Self::DropTable(dropped(name)));
        }
        if let Some(name) = after(sql, "DROP TYPE IF EXISTS ") {
            return Some(Self::DropType(dropped(name)));
        }
        let defines = ["CREATE ", "DROP ", "ALTER ", "COMMENT "];
        let defines = defines.into_iter().any(|verb| after(sql, verb).is_some());
        defines.then(|| Self::Change(sql.to_owned()))
    }
}

fn after<'a>(sql: &'a str, start: &str) -> Option<&'a str> {
    let found = sql.get(..start.len())?.eq_ignore_ascii_case(start);
    found.then(|| &sql[start.len()..])
}

/// The bare name in `"public"."name" CASCADE`.
fn dropped(names: &str) -> String {
    let name = names.trim_end_matches(" CASCADE");
    name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::Definition;

    #[test]
    fn definitions_are_told_from_rows() {
        let drop = Definition::of(r#"DROP TABLE IF EXISTS "public"."cake" CASCADE"#);
        assert_eq!(drop, Some(Definition::DropTable("cake".to_owned())));
        assert!(matches!(
            Definition::of("create table cake (id int);"),
            Some(Definition::Change(_))
        ));
        assert_eq!(Definition::of("SELECT 1"), None);
    }
}
