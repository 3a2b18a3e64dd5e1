//! Layouts of both databases.

use tenancy_core::Table;

use super::*;

fn text(name: &str) -> ColumnDefinition {
    ColumnDefinition {
        name: name.to_owned(),
        data_type: "text".to_owned(),
        generated_key: false,
        nullable: false,
        options: Vec::new(),
    }
}

fn id() -> ColumnDefinition {
    ColumnDefinition { generated_key: true, ..text("id") }
}

fn reference(to: &str, on_delete: Option<ReferentialAction>) -> ForeignKeyDefinition {
    ForeignKeyDefinition {
        name: "fk".to_owned(),
        columns: vec!["other_id".to_owned()],
        references_schema: None,
        references: to.to_owned(),
        referenced_columns: vec!["id".to_owned()],
        on_delete,
        on_update: None,
    }
}

fn note() -> TableDefinition {
    TableDefinition {
        name: "note".to_owned(),
        columns: vec![id(), text("title")],
        primary_key: vec!["id".to_owned()],
        unique_keys: vec![UniqueDefinition {
            name: "uq".to_owned(),
            columns: vec!["title".to_owned()],
        }],
        foreign_keys: Vec::new(),
        checks: Vec::new(),
    }
}

fn tables() -> Catalog {
    let mut tables = Catalog::default();
    for (name, kind) in
        [("customer", TableKind::Tenant), ("currency", TableKind::Shared { writable: false })]
    {
        let columns = vec!["id".to_owned()];
        tables.insert(Table { name: name.to_owned(), kind, columns, keys: Vec::new() });
    }
    tables
}

fn laid_out(table: TableDefinition, dialect: Dialect) -> Result<TableDefinition> {
    let column = Identifier::parse("tenant_id").unwrap();
    let tables = tables();
    let layout = Layout { column: &column, tables: &tables, dialect };
    let mut changes = layout.change(&SchemaChange::CreateTable(table))?;
    match changes.pop() {
        Some(SchemaChange::CreateTable(table)) => Ok(table),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_key_is_led_by_the_tenant_column_on_postgres() {
    let table = laid_out(note(), Dialect::Postgres).unwrap();
    assert_eq!(table.primary_key, ["tenant_id", "id"]);
    assert_eq!(table.unique_keys[0].columns, ["tenant_id", "title"]);
    assert_eq!(table.columns[0].name, "tenant_id");
    assert!(!table.columns[0].nullable);
    assert_eq!(table.foreign_keys[0].references, "tenants_tenant");
}

#[test]
fn an_added_unique_key_is_led_by_the_tenant_column() {
    let column = Identifier::parse("tenant_id").unwrap();
    let tables = tables();
    let layout = Layout { column: &column, tables: &tables, dialect: Dialect::Postgres };
    let key = UniqueDefinition { name: "uq".to_owned(), columns: vec!["title".to_owned()] };
    let change = SchemaChange::AddUniqueKey { table: "note".to_owned(), key };
    let laid_out = layout.change(&change).unwrap();
    let [SchemaChange::AddUniqueKey { key, .. }] = laid_out.as_slice() else {
        panic!("{laid_out:?}")
    };
    assert_eq!(key.columns, ["tenant_id", "title"]);
}

#[test]
fn sqlite_keeps_a_generated_key_and_gains_a_led_one() {
    let table = laid_out(note(), Dialect::Sqlite).unwrap();
    assert_eq!(table.primary_key, ["id"]);
    assert!(table.unique_keys.iter().any(|key| key.columns == ["tenant_id", "id"]));
}

#[test]
fn mysql_leads_a_generated_key_as_any_other() {
    let table = laid_out(note(), Dialect::MySql).unwrap();
    assert_eq!(table.primary_key, ["tenant_id", "id"]);
    assert!(table.columns[1].generated_key);
    assert_eq!(
        (table.columns[0].name.as_str(), table.columns[0].data_type.as_str()),
        ("tenant_id", "binary(16)")
    );
}

#[test]
fn an_index_is_led_in_the_quotes_of_the_database() {
    let index = IndexDefinition {
        name: "by_title".to_owned(),
        table: "note".to_owned(),
        unique: false,
        concurrently: false,
        method: None,
        parts: vec![IndexPart { column: Some("title".to_owned()), text: "`title`".to_owned() }],
        predicate: None,
    };
    let column = Identifier::parse("tenant_id").unwrap();
    let tables = tables();
    let layout = Layout { column: &column, tables: &tables, dialect: Dialect::MySql };
    let laid_out = layout.change(&SchemaChange::CreateIndex(index)).unwrap();
    let [SchemaChange::CreateIndex(index)] = laid_out.as_slice() else { panic!("{laid_out:?}") };
    assert_eq!(index.parts[0].text, "`tenant_id`");
}

#[test]
fn sqlite_leads_a_key_that_it_does_not_generate() {
    let mut plain = note();
    plain.columns[0].generated_key = false;
    assert_eq!(laid_out(plain, Dialect::Sqlite).unwrap().primary_key, ["tenant_id", "id"]);
}

#[test]
fn a_reference_between_tenant_tables_cannot_leave_the_tenant() {
    for to in ["customer", "note"] {
        let mut table = note();
        table.foreign_keys.push(reference(to, None));
        let table = laid_out(table, Dialect::Sqlite).unwrap();
        assert_eq!(table.foreign_keys[0].columns, ["tenant_id", "other_id"]);
        assert_eq!(table.foreign_keys[0].referenced_columns, ["tenant_id", "id"]);
    }
}

#[test]
fn a_reference_to_a_shared_table_stays_plain() {
    let mut table = note();
    table.foreign_keys.push(reference("currency", None));
    let table = laid_out(table, Dialect::Postgres).unwrap();
    assert_eq!(table.foreign_keys[0].columns, ["other_id"]);
}

#[test]
fn set_null_spares_the_tenant_column_or_is_refused() {
    let mut table = note();
    table.foreign_keys.push(reference("customer", Some(ReferentialAction::SetNull(Vec::new()))));
    let on_postgres = laid_out(table.clone(), Dialect::Postgres).unwrap();
    assert_eq!(
        on_postgres.foreign_keys[0].on_delete,
        Some(ReferentialAction::SetNull(vec!["other_id".to_owned()]))
    );
    assert!(laid_out(table.clone(), Dialect::Sqlite).is_err());
    assert!(laid_out(table, Dialect::MySql).is_err());
}
