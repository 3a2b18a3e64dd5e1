//! The tests that do not pass for a tenant, and why.

use super::Strategy;

/// A test that cannot pass.
#[derive(Debug)]
pub(super) struct Difference {
    /// `file::name`.
    test: &'static str,
    /// The strategy under which it cannot; `None` for each.
    strategy: Option<Strategy>,
    pub(super) why: &'static str,
}

/// All of them.
const DIFFERENCES: [Difference; 10] = [
    in_schemas(FROM_ROWS, TYPE_NAME),
    in_schemas(FROM_STRINGS, TYPE_NAME),
    in_schemas(FROM_RAW_SQL, TYPE_NAME),
    everywhere("connection_tests::connection_ping_closed_postgres", POOL),
    everywhere("schema_sync_tests::test_sync_add_unique_column_no_drop", SYNC),
    everywhere("schema_sync_tests::test_sync_drop_unique_constraint", SYNC),
    everywhere("schema_sync_tests::test_sync_make_existing_column_unique", SYNC),
    everywhere("schema_sync_tests::test_sync_non_default_schema", SYNC),
    everywhere("schema_sync_tests::test_sync_non_default_schema_indexes", SYNC),
    everywhere("schema_sync_tests::test_sync_unique_column_no_drop", SYNC),
];

const FROM_ROWS: &str =
    "active_enum_from_query_result_tests::from_query_result_with_native_pg_enum";
const FROM_STRINGS: &str =
    "active_enum_from_query_result_tests::from_query_result_with_native_pg_enum_rs_type_string";
const FROM_RAW_SQL: &str =
    "active_enum_from_query_result_tests::from_raw_sql_into_model_with_native_pg_enum";

const TYPE_NAME: &str = "selects an enum column as it is; the driver knows its type as \
                         `schema.name`, since the schema is on no search path, and SeaORM compares \
                         with `name` (a cast to text, as entities make it, is read)";
const POOL: &str = "takes the pool out of the connection; a tenant's hands none out";
const SYNC: &str = "schema sync reads the database's catalogs and changes tables through the \
                    connection; a tenant's tables change by migrations";

const fn in_schemas(test: &'static str, why: &'static str) -> Difference {
    Difference { test, strategy: Some(Strategy::SchemaPerTenant), why }
}

const fn everywhere(test: &'static str, why: &'static str) -> Difference {
    Difference { test, strategy: None, why }
}

impl Difference {
    fn is_of(&self, test: &str, strategy: Strategy) -> bool {
        self.test == test && self.strategy.is_none_or(|only| only == strategy)
    }

    /// The explanation of a test, if there is one.
    pub(super) fn of(test: &str, strategy: Strategy) -> Option<&'static Self> {
        DIFFERENCES.iter().find(|difference| difference.is_of(test, strategy))
    }
}
