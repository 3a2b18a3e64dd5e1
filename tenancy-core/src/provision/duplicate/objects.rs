//! What a schema of PostgreSQL holds beside tables and enum types: what migrations have made of it is
//! there in the copy, rights and sequences are brought over, and anything else stops the copy.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};

use super::{Copying, execute, not_copied};
use crate::{
    error::{Error, Result},
    migrate::render::quoted,
    name::PhysicalName,
};

const DOING: &str = "comparing the copy";

/// Views, functions, triggers, rules, policies, domains, composite types and sequences of a schema, by
/// kind, name and definition. Names in definitions are free of the schema where the search path begins
/// with it.
const OBJECTS: &str = "\
SELECT 'view', c.relname::text, pg_catalog.pg_get_viewdef(c.oid)
FROM pg_catalog.pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('v', 'm')
UNION ALL SELECT 'function', p.oid::regprocedure::text, pg_catalog.pg_get_functiondef(p.oid)
FROM pg_catalog.pg_proc p WHERE p.pronamespace = $1::regnamespace AND p.prokind IN ('f', 'p', 'w')
UNION ALL SELECT 'aggregate', p.oid::regprocedure::text, a.aggtransfn::text
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.pronamespace = $1::regnamespace
UNION ALL SELECT 'trigger', t.tgname::text, pg_catalog.pg_get_triggerdef(t.oid)
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = $1::regnamespace AND NOT t.tgisinternal
UNION ALL SELECT 'rule', r.rulename::text, pg_catalog.pg_get_ruledef(r.oid)
FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
WHERE c.relnamespace = $1::regnamespace AND r.rulename <> '_RETURN'
UNION ALL SELECT 'policy', p.polname::text, concat_ws(' ', c.relname, p.polcmd, p.polpermissive,
  pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
WHERE c.relnamespace = $1::regnamespace
UNION ALL SELECT 'type', t.typname::text, concat_ws(' ', t.typtype,
  pg_catalog.format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
  (SELECT string_agg(concat_ws(' ', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', '
   ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0))
FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE t.typnamespace = $1::regnamespace
AND (t.typtype IN ('d', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
UNION ALL SELECT 'sequence', c.relname::text, concat_ws(' ', s.seqtypid::regtype, s.seqstart,
  s.seqincrement, s.seqmax, s.seqmin, s.seqcycle)
FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
WHERE c.relnamespace = $1::regnamespace AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i'))";

/// The rights on what a schema holds and on itself, as statements that give them in another one, whose
/// name is the second value.
const RIGHTS: &str = "\
SELECT format('GRANT %s ON %s %I.%I TO %s%s', a.privilege_type,
  CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, $2, c.relname,
  CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
FROM pg_catalog.pg_class c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
UNION ALL SELECT format('GRANT %s ON SCHEMA %I TO %s', a.privilege_type, $2,
  CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
WHERE n.oid = $1::regnamespace
ORDER BY 1";

type Object = (String, String, String);

impl Copying<'_> {
    /// Compares what the two schemas hold beside tables, and brings over rights and where sequences
    /// are.
    pub(super) async fn objects(&self, transaction: &DatabaseTransaction) -> Result<()> {
        let (from, to) = (&self.from.physical_name, &self.to.physical_name);
        let (before, after) = (objects(transaction, from).await?, objects(transaction, to).await?);
        if let Some((kind, name, _)) = before.difference(&after).next() {
            return Err(not_copied(format!(
                "the {kind} `{name}` of `{}` is not what the migrations make",
                self.from.slug
            )));
        }
        if let Some((kind, name, _)) = after.difference(&before).next() {
            return Err(not_copied(format!(
                "`{}` lacks the {kind} `{name}` that the migrations make",
                self.from.slug
            )));
        }
        for (_, name, _) in before.iter().filter(|(kind, _, _)| kind == "sequence") {
            let values = [format!("{}.{}", to.quoted(), quoted(name)).into()];
            let set = format!(
                "SELECT pg_catalog.setval($1::regclass, last_value, is_called) FROM {}.{}",
                from.quoted(),
                quoted(name)
            );
            query(transaction, &set, values).await?;
        }
        self.rights(transaction).await
    }

    async fn rights(&self, transaction: &DatabaseTransaction) -> Result<()> {
        let (from, to) = (&self.from.physical_name, &self.to.physical_name);
        let read = async |schema: &PhysicalName| {
            let values = [schema.quoted().into(), to.as_str().into()];
            let rows = query(transaction, RIGHTS, values).await?;
            // A role of the tenant's own has the name of its place.
            let own = |grant: String| grant.replace(schema.as_str(), to.as_str());
            rows.iter()
                .map(|row| row.try_get_by_index(0).map(own))
                .collect::<std::result::Result<BTreeSet<String>, _>>()
                .map_err(Error::database(DOING))
        };
        let (before, after) = (read(from).await?, read(to).await?);
        for grant in before.difference(&after) {
            execute(transaction, grant).await?;
        }
        Ok(())
    }
}

async fn query(
    transaction: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<sea_orm::QueryResult>> {
    let select = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    transaction.query_all_raw(select).await.map_err(Error::database(DOING))
}

/// What a schema holds, without its name.
async fn objects(
    transaction: &DatabaseTransaction,
    schema: &PhysicalName,
) -> Result<BTreeSet<Object>> {
    let doing = Error::database(DOING);
    let path = "SELECT pg_catalog.set_config('search_path', $1, true)";
    query(transaction, path, [schema.quoted().into()]).await?;
    let mut found = BTreeSet::new();
    for row in query(transaction, OBJECTS, [schema.quoted().into()]).await? {
        let cell = |at: usize| row.try_get_by_index::<String>(at).map_err(&doing);
        // The name has a random part, so that nothing else is called so.
        let plain =
            |text: String| text.replace(&format!("{schema}."), "").replace(schema.as_str(), "");
        found.insert((cell(0)?, plain(cell(1)?), plain(cell(2)?)));
    }
    Ok(found)
}
