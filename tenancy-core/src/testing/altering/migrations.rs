//! Tables as they are created first, what alters them, and the same as they could have been created.

use sea_orm::sea_query::{
    ColumnDef, Expr, ExprTrait, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index,
    Table, TableCreateStatement, extension::postgres::Type,
};
use sea_orm_migration::schema::{
    enumeration, integer, integer_null, pk_auto, string, string_null, text, timestamp,
};

use crate::{
    Dialect, MigrationSets, Result, TenantMigration, TenantSchema,
    testing::{TestBackend, Written},
};

fn sets(migrations: impl IntoIterator<Item = Written>) -> MigrationSets {
    let boxed = |migration| Box::new(migration) as Box<dyn TenantMigration>;
    MigrationSets {
        tenant: migrations.into_iter().map(boxed).collect(),
        ..MigrationSets::default()
    }
}

fn creation(sets_null: bool) -> Written {
    Written::new(
        "m20260101_000001_create",
        if sets_null { create_nulling } else { create_cascading },
    )
}

pub(super) fn original(sets_null: bool) -> MigrationSets {
    sets([creation(sets_null)])
}

pub(super) fn altered(sets_null: bool) -> MigrationSets {
    altered_by(sets_null, Written::new("m20260102_000001_alter", alter))
}

/// The tables as they are created first, and then this.
pub(super) fn altered_by(sets_null: bool, migration: Written) -> MigrationSets {
    sets([creation(sets_null), migration])
}

/// The tables as they are created first, and a change that can be taken back.
pub(super) fn changed(sets_null: bool) -> MigrationSets {
    altered_by(sets_null, Written::new("m20260104_000001_change", change).with_down(change_back))
}

pub(super) fn created_so(sets_null: bool) -> MigrationSets {
    let create = if sets_null { create_so_nulling } else { create_so_cascading };
    sets([Written::new("m20260103_000001_create", create)])
}

/// Alterations that must fail where there are rows, named after why, in order.
pub(super) fn unfit(backend: TestBackend) -> Vec<Written> {
    let mut unfit = vec![
        Written::new("m20260102_000001_reference_to_nothing", |schema| {
            // There are three tags and two remarks.
            schema.create_foreign_key(&key("tag_remark_fk", ("tag", "id"), "remark"))
        }),
        Written::new("m20260102_000002_unique_over_rows_that_are_alike", |schema| {
            schema.create_unique_key("tag", "tag_label_key", ["label"]);
            Ok(())
        }),
        Written::new("m20260102_000003_not_null_where_there_is_one", |schema| {
            schema.alter_column("pin", ColumnDef::new("author_id").not_null())
        }),
        Written::new("m20260102_000004_check_that_rows_do_not_pass", |schema| {
            schema.create_check("tag", "tag_label_check", &Expr::col("label").eq("red"));
            Ok(())
        }),
        Written::new("m20260102_000005_column_without_values", |schema| {
            schema.add_column("tag", &string("colour").take())
        }),
    ];
    if backend == TestBackend::Sqlite {
        unfit.push(Written::new("m20260102_000006_trigger_on_a_reached_table", |schema| {
            let trigger = "CREATE TRIGGER remarked AFTER INSERT ON remark BEGIN \
                           DELETE FROM remark; END";
            let words = [(Dialect::Sqlite, trigger)];
            schema.raw("rows that are written twice would be seen", &words)?;
            schema.alter_column("note", ColumnDef::new("size").not_null())
        }));
        unfit.push(Written::new("m20260102_000007_trigger_on_the_table", |schema| {
            let trigger = "CREATE TRIGGER noted AFTER INSERT ON note BEGIN SELECT 1; END";
            schema.raw("a rebuild would lose it", &[(Dialect::Sqlite, trigger)])?;
            schema.drop_constraint("note", "note_title_key");
            Ok(())
        }));
    }
    unfit
}

fn key(
    name: &str,
    (from, column): (&'static str, &'static str),
    to: &'static str,
) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.name(name).from(from, column).to(to, "id");
    key
}

fn cascading(
    name: &str,
    from: (&'static str, &'static str),
    to: &'static str,
) -> ForeignKeyCreateStatement {
    key(name, from, to).on_delete(ForeignKeyAction::Cascade).take()
}

/// Points at an author that may go, leaving nothing or taking the row along.
fn pin(on_delete: ForeignKeyAction) -> TableCreateStatement {
    Table::create()
        .table("pin")
        .col(pk_auto("id"))
        .col(integer_null("author_id"))
        .col(string("label"))
        .foreign_key(key("pin_author_fk", ("pin", "author_id"), "author").on_delete(on_delete))
        .take()
}

fn remark() -> TableCreateStatement {
    Table::create()
        .table("remark")
        .col(pk_auto("id"))
        .col(integer("reply_id"))
        .col(text("body"))
        .foreign_key(&mut cascading("remark_reply_fk", ("remark", "reply_id"), "reply"))
        .take()
}

fn create_nulling(schema: &mut TenantSchema) -> Result<()> {
    create(schema, ForeignKeyAction::SetNull)
}

fn create_cascading(schema: &mut TenantSchema) -> Result<()> {
    create(schema, ForeignKeyAction::Cascade)
}

fn create(schema: &mut TenantSchema, on_delete: ForeignKeyAction) -> Result<()> {
    schema.create_type(Type::create().as_enum("mood").values(["glad", "sad"]))?;
    schema.create_table(
        Table::create()
            .table("author")
            .col(pk_auto("id"))
            .col(string_null("name"))
            .col(string_null("nick")),
    )?;
    schema.create_index(Index::create().name("author_nick").table("author").col("nick"))?;
    schema.create_table(
        Table::create()
            .table("note")
            .col(pk_auto("id"))
            .col(integer("author_id"))
            .col(string("title"))
            .col(string_null("size"))
            .col(enumeration("mood", "mood", ["glad", "sad"]).default("glad"))
            .index(Index::create().unique().name("note_title_key").col("author_id").col("size"))
            .foreign_key(&mut cascading("note_author_fk", ("note", "author_id"), "author")),
    )?;
    schema.create_index(Index::create().name("note_size").table("note").col("size"))?;
    schema.create_table(
        Table::create()
            .table("reply")
            .col(pk_auto("id"))
            .col(integer("note_id"))
            .col(text("body"))
            .foreign_key(&mut cascading("reply_note_fk", ("reply", "note_id"), "note")),
    )?;
    schema.create_table(&remark())?;
    schema.create_table(
        Table::create()
            .table("tag")
            .col(pk_auto("id"))
            .col(integer("note_id"))
            .col(string("label"))
            .foreign_key(&mut key("tag_note_fk", ("tag", "note_id"), "note")),
    )?;
    schema.create_table(&pin(on_delete))
}

fn alter(schema: &mut TenantSchema) -> Result<()> {
    let number = Expr::col("size").cast_as("integer");
    schema.drop_constraint("note", "note_title_key");
    schema.alter_column(
        "note",
        ColumnDef::new("size").integer().not_null().default(3).using(number),
    )?;
    schema.create_check("note", "note_size_check", &Expr::col("size").gte(0));
    schema.create_unique_key("note", "note_title_key", ["author_id", "title"]);
    schema.rename_column("note", "size", "length");
    schema.rename_index("note_size", "note_length");
    schema.drop_default("note", "mood");
    schema.alter_column("note", ColumnDef::new("mood").null())?;
    schema.sql("ALTER TABLE reply ADD COLUMN author_id integer")?;
    schema.create_foreign_key(&key("reply_author_fk", ("reply", "author_id"), "author"))?;
    schema.drop_foreign_key("tag", "tag_note_fk");
    schema.create_foreign_key(&cascading("tag_note_fk", ("tag", "note_id"), "note"))?;
    schema.drop_column("author", "nick");
    schema.alter_column("author", ColumnDef::new("name").not_null())?;
    schema.add_column("author", &timestamp("since").default(Expr::current_timestamp()).take())?;
    schema.alter_type(&Type::alter().name("mood").rename_value("glad", "happy"))?;
    schema.alter_type(&Type::alter().name("mood").add_value("tired").before("sad"))?;
    schema.alter_type(&Type::alter().name("mood").rename_to("temper"))
}

fn change(schema: &mut TenantSchema) -> Result<()> {
    let number = Expr::col("size").cast_as("integer");
    schema.drop_constraint("note", "note_title_key");
    schema.alter_column(
        "note",
        ColumnDef::new("size").integer().not_null().default(3).using(number),
    )?;
    schema.create_check("note", "note_size_check", &Expr::col("size").gte(0));
    schema.create_unique_key("note", "note_key", ["title", "size"]);
    schema.rename_index("note_size", "note_length");
    schema.drop_foreign_key("tag", "tag_note_fk");
    schema.create_foreign_key(&cascading("tag_note_fk", ("tag", "note_id"), "note"))
}

fn change_back(schema: &mut TenantSchema) -> Result<()> {
    schema.drop_foreign_key("tag", "tag_note_fk");
    schema.create_foreign_key(&key("tag_note_fk", ("tag", "note_id"), "note"))?;
    schema.rename_index("note_length", "note_size");
    schema.drop_constraint("note", "note_key");
    schema.drop_constraint("note", "note_size_check");
    schema.drop_default("note", "size");
    schema.alter_column("note", ColumnDef::new("size").string().null())?;
    schema.create_unique_key("note", "note_title_key", ["author_id", "size"]);
    Ok(())
}

fn create_so_nulling(schema: &mut TenantSchema) -> Result<()> {
    create_so(schema, ForeignKeyAction::SetNull)
}

fn create_so_cascading(schema: &mut TenantSchema) -> Result<()> {
    create_so(schema, ForeignKeyAction::Cascade)
}

fn create_so(schema: &mut TenantSchema, on_delete: ForeignKeyAction) -> Result<()> {
    schema.create_type(Type::create().as_enum("temper").values(["happy", "tired", "sad"]))?;
    schema.create_table(
        Table::create()
            .table("author")
            .col(pk_auto("id"))
            .col(string("name"))
            .col(timestamp("since").default(Expr::current_timestamp())),
    )?;
    schema.create_table(
        Table::create()
            .table("note")
            .col(pk_auto("id"))
            .col(integer("author_id"))
            .col(string("title"))
            .col(integer("length").default(3))
            .col(enumeration("mood", "temper", ["glad", "sad"]).null())
            .index(Index::create().unique().name("note_title_key").col("author_id").col("title"))
            .foreign_key(&mut cascading("note_author_fk", ("note", "author_id"), "author")),
    )?;
    schema.create_check("note", "note_size_check", &Expr::col("length").gte(0));
    schema.create_index(Index::create().name("note_length").table("note").col("length"))?;
    schema.create_table(
        Table::create()
            .table("reply")
            .col(pk_auto("id"))
            .col(integer("note_id"))
            .col(text("body"))
            .col(integer_null("author_id"))
            .foreign_key(&mut cascading("reply_note_fk", ("reply", "note_id"), "note"))
            .foreign_key(&mut key("reply_author_fk", ("reply", "author_id"), "author")),
    )?;
    schema.create_table(&remark())?;
    schema.create_table(
        Table::create()
            .table("tag")
            .col(pk_auto("id"))
            .col(integer("note_id"))
            .col(string("label"))
            .foreign_key(&mut cascading("tag_note_fk", ("tag", "note_id"), "note")),
    )?;
    schema.create_table(&pin(on_delete))
}
