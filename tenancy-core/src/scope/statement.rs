//! Kinds of statements: those of rows are scoped, all others refused.

use std::rc::Rc;

use sqlparser::ast::{AnalyzeFormatKind, DescribeAlias, Expr, Statement, UtilityOption};

use super::{query::Place, refusal::Refusal, relation::refuse_if, rules::Columns, walker::Walker};

/// Options of `EXPLAIN` that run nothing.
const EXPLAIN_OPTIONS: [&str; 6] =
    ["costs", "format", "generic_plan", "settings", "summary", "verbose"];

impl Walker<'_> {
    /// Scopes a statement; gives the columns of its result.
    pub(super) fn statement(&mut self, statement: &mut Statement) -> Result<Columns, Refusal> {
        if let Some(kind) = refused_kind(statement) {
            return Err(Refusal::StatementKind { kind });
        }
        if let Statement::Query(query) = statement {
            return self.query(query, Place::Statement).map(|rows| rows.columns);
        }
        if let Statement::Insert(insert) = statement {
            return self.insert(insert);
        }
        if let Statement::Update(update) = statement {
            return self.update(update);
        }
        if let Statement::Delete(delete) = statement {
            return self.delete(delete);
        }
        self.explain(statement)
    }

    fn explain(&mut self, statement: &mut Statement) -> Result<Columns, Refusal> {
        let Statement::Explain {
            describe_alias,
            analyze,
            verbose: _,
            query_plan: _,
            estimate,
            statement,
            format,
            options,
        } = statement
        else {
            return Err(Refusal::StatementKind { kind: "this kind" });
        };
        refuse_if(*describe_alias != DescribeAlias::Explain, "`DESCRIBE`")?;
        refuse_if(*estimate, "`EXPLAIN ESTIMATE`")?;
        explain_options(*analyze, format.as_ref(), options.as_deref())?;
        if matches!(**statement, Statement::Explain { .. }) {
            return Err(Refusal::StatementKind { kind: "EXPLAIN EXPLAIN" });
        }
        self.statement(statement)?;
        Ok(Rc::new([]))
    }
}

fn explain_options(
    analyze: bool,
    format: Option<&AnalyzeFormatKind>,
    options: Option<&[UtilityOption]>,
) -> Result<(), Refusal> {
    // Isolation: it counts the rows of all tenants that were looked at.
    if analyze {
        return Err(Refusal::ExplainOption { option: "ANALYZE".to_owned() });
    }
    match format {
        None | Some(AnalyzeFormatKind::Keyword(_) | AnalyzeFormatKind::Assignment(_)) => {}
    }
    for UtilityOption { name, arg } in options.unwrap_or_default() {
        let lower = name.value.to_ascii_lowercase();
        let plain = matches!(arg, None | Some(Expr::Identifier(_) | Expr::Value(_)));
        if !plain || !EXPLAIN_OPTIONS.contains(&lower.as_str()) {
            return Err(Refusal::ExplainOption { option: lower.to_ascii_uppercase() });
        }
    }
    Ok(())
}

/// What a refused kind of statement is called; `None` for the kinds that are scoped.
///
/// A kind that is new in the parser does not compile here.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of statement")]
fn refused_kind(statement: &Statement) -> Option<&'static str> {
    let kind = match statement {
        Statement::Query(_)
        | Statement::Insert(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Explain { .. } => return None,
        Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::ReleaseSavepoint { .. } => "BEGIN or COMMIT",
        Statement::Set(_) | Statement::AlterSession { .. } | Statement::Use(_) => "SET",
        Statement::Reset(_) => "RESET",
        Statement::Discard { .. } => "DISCARD",
        Statement::ShowFunctions { .. }
        | Statement::ShowVariable { .. }
        | Statement::ShowStatus { .. }
        | Statement::ShowVariables { .. }
        | Statement::ShowCreate { .. }
        | Statement::ShowColumns { .. }
        | Statement::ShowCatalogs { .. }
        | Statement::ShowDatabases { .. }
        | Statement::ShowProcessList { .. }
        | Statement::ShowSchemas { .. }
        | Statement::ShowCharset(_)
        | Statement::ShowObjects(_)
        | Statement::ShowTables { .. }
        | Statement::ShowViews { .. }
        | Statement::ShowCollation { .. } => "SHOW",
        Statement::Copy { .. }
        | Statement::CopyIntoSnowflake { .. }
        | Statement::Unload { .. }
        | Statement::ExportData(_)
        | Statement::LoadData { .. } => "COPY",
        Statement::Call(_) => "CALL",
        Statement::Prepare { .. } | Statement::Execute { .. } | Statement::Deallocate { .. } => {
            "PREPARE or EXECUTE"
        }
        Statement::Lock(_) | Statement::LockTables { .. } | Statement::UnlockTables => "LOCK",
        Statement::LISTEN { .. } | Statement::UNLISTEN { .. } | Statement::NOTIFY { .. } => {
            "LISTEN or NOTIFY"
        }
        Statement::Grant(_)
        | Statement::GrantRole(_)
        | Statement::Deny(_)
        | Statement::Revoke(_)
        | Statement::RevokeRole(_)
        | Statement::AlterDefaultPrivileges(_) => "GRANT or REVOKE",
        Statement::Vacuum(_) | Statement::Analyze(_) | Statement::OptimizeTable { .. } => {
            "VACUUM or ANALYZE"
        }
        Statement::Pragma { .. } => "PRAGMA",
        Statement::AttachDatabase { .. }
        | Statement::AttachDuckDBDatabase { .. }
        | Statement::DetachDuckDBDatabase { .. } => "ATTACH or DETACH",
        Statement::Merge(_) => "MERGE",
        Statement::Truncate(_) => "TRUNCATE",
        Statement::Open(_)
        | Statement::Close { .. }
        | Statement::Fetch { .. }
        | Statement::Declare { .. } => "DECLARE or FETCH",
        Statement::ExplainTable { .. } => "DESCRIBE",
        Statement::CreateView(_)
        | Statement::CreateTable(_)
        | Statement::CreateVirtualTable { .. }
        | Statement::CreateIndex(_)
        | Statement::CreateRole(_)
        | Statement::CreateSecret { .. }
        | Statement::CreateServer(_)
        | Statement::CreateForeignTable(_)
        | Statement::CreateForeignDataWrapper(_)
        | Statement::CreateUserMapping(_)
        | Statement::CreatePolicy(_)
        | Statement::CreateRule(_)
        | Statement::CreateConnector(_)
        | Statement::CreateOperator(_)
        | Statement::CreateOperatorFamily(_)
        | Statement::CreateOperatorClass(_)
        | Statement::CreateTextSearch(_)
        | Statement::CreateAggregate(_)
        | Statement::AlterTable(_)
        | Statement::AlterSchema(_)
        | Statement::AlterIndex { .. }
        | Statement::AlterView(_)
        | Statement::AlterFunction(_)
        | Statement::AlterType(_)
        | Statement::AlterCollation(_)
        | Statement::AlterOperator(_)
        | Statement::AlterOperatorFamily(_)
        | Statement::AlterOperatorClass(_)
        | Statement::AlterTextSearch(_)
        | Statement::AlterRole { .. }
        | Statement::AlterPolicy(_)
        | Statement::AlterTrigger(_)
        | Statement::AlterConnector { .. }
        | Statement::Drop { .. }
        | Statement::DropFunction(_)
        | Statement::DropDomain(_)
        | Statement::DropProcedure { .. }
        | Statement::DropSecret { .. }
        | Statement::DropPolicy(_)
        | Statement::DropRule(_)
        | Statement::DropConnector { .. }
        | Statement::CreateExtension(_)
        | Statement::CreateCollation(_)
        | Statement::DropExtension(_)
        | Statement::DropOperator(_)
        | Statement::DropOperatorFamily(_)
        | Statement::DropOperatorClass(_)
        | Statement::Comment { .. }
        | Statement::CreateSchema { .. }
        | Statement::CreateDatabase { .. }
        | Statement::CreateFunction(_)
        | Statement::CreateTrigger(_)
        | Statement::DropTrigger(_)
        | Statement::CreateProcedure { .. }
        | Statement::CreateMacro { .. }
        | Statement::CreateStage { .. }
        | Statement::CreateFileFormat { .. }
        | Statement::CreateWarehouse(_)
        | Statement::CreateSequence { .. }
        | Statement::CreateDomain(_)
        | Statement::CreateType { .. }
        | Statement::RenameTable(_)
        | Statement::CreateUser(_)
        | Statement::AlterUser(_)
        | Statement::RefreshMaterializedView(_) => "CREATE, ALTER or DROP",
        Statement::Msck(_)
        | Statement::Install { .. }
        | Statement::Load { .. }
        | Statement::Directory { .. }
        | Statement::Case(_)
        | Statement::If(_)
        | Statement::While(_)
        | Statement::Raise(_)
        | Statement::Flush { .. }
        | Statement::Assert { .. }
        | Statement::Kill { .. }
        | Statement::Cache { .. }
        | Statement::UNCache { .. }
        | Statement::List(_)
        | Statement::Put { .. }
        | Statement::Remove(_)
        | Statement::RaisError { .. }
        | Statement::Throw(_)
        | Statement::Print(_)
        | Statement::WaitFor(_)
        | Statement::Return(_) => "a statement of another database",
    };
    Some(kind)
}
