//! Making a statement the tenant's: every statement is scoped or refused before it is sent.

mod cache;
mod data_type;
pub(crate) mod declared;
mod delete;
mod expression;
mod filter;
mod function;
mod insert;
mod join;
mod literal;
mod lock;
mod mysql;
mod name;
mod operator;
mod parse;
mod print;
mod query;
pub mod refusal;
mod relation;
mod rules;
mod select;
mod span;
mod star;
mod statement;
mod update;
mod walker;
mod window;

use std::sync::Arc;

use sea_orm::{DbBackend, Statement};
use sqlparser::ast::{CastKind, DataType, Expr, Value as Literal};

use self::{cache::Cache, parse::Tokens, print::Scoped, rules::Rules, walker::Walker};
pub use self::{cache::CacheUse, refusal::Refusal};
use crate::{
    catalog::Catalog,
    error::{Error, Result},
    name::{Identifier, PhysicalName},
    strategy::{TenancyStrategy, TenantSetting},
    tenant::TenantId,
};

/// The SQL dialects in which statements can be scoped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
    /// MySQL and MariaDB.
    MySql,
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
            Self::MySql => "MySQL",
        })
    }
}

impl Dialect {
    /// The schema in which the registry and the tables that are present once lie.
    #[must_use]
    pub fn shared_schema(self) -> Identifier {
        Identifier::known(match self {
            Self::Postgres => "public",
            // On MySQL it stands for the database of the connection, whatever its name.
            Self::Sqlite | Self::MySql => "main",
        })
    }
}

impl TryFrom<DbBackend> for Dialect {
    type Error = Error;

    fn try_from(backend: DbBackend) -> Result<Self> {
        if backend == DbBackend::Postgres {
            Ok(Self::Postgres)
        } else if backend == DbBackend::Sqlite {
            Ok(Self::Sqlite)
        } else if backend == DbBackend::MySql {
            Ok(Self::MySql)
        } else {
            Err(Error::UnsupportedDatabase { backend: format!("{backend:?}") })
        }
    }
}

/// What a strategy says of a table: how a reference to it becomes the tenant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableRule {
    /// The rows of all tenants lie together in `schema`; each reference is filtered by
    /// `column = <the tenant's id>`, and inserted rows get the column.
    Filter {
        /// The schema the table lies in.
        schema: Identifier,
        /// The tenant column.
        column: Identifier,
    },
    /// The table lies in the tenant's own schema; each reference is qualified with it.
    TenantSchema,
    /// The table lies in `schema` of the connection, which holds nothing of another tenant; each
    /// reference is qualified with it and nothing else.
    Schema(Identifier),
}

/// The tenant that a statement is scoped for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantScope {
    /// The value of the tenant column.
    pub id: TenantId,
    /// The tenant's own schema, where the strategy has one.
    pub schema: Option<PhysicalName>,
}

/// Bytes of stack for the walk of a plain statement, and for each step deeper.
const STACK: usize = 256 * 1024;
const STACK_PER_STEP: usize = 8 * 1024;

/// Makes statements the tenant's, or refuses them.
///
/// What is sent is printed from a tree in which each table was looked at, never the text that
/// came: what is not understood cannot get through.
#[derive(Debug)]
pub struct Scoper {
    rules: Rules,
    cache: Cache,
    tenant_setting: Option<TenantSetting>,
}

impl Scoper {
    /// Prepares scoping for the tables of a catalog, by the rules of a strategy.
    ///
    /// # Errors
    /// None at present; a strategy may come to refuse a table.
    pub fn new(
        dialect: Dialect,
        catalog: Arc<Catalog>,
        strategy: &dyn TenancyStrategy,
    ) -> Result<Self> {
        Ok(Self {
            tenant_setting: strategy.tenant_setting(dialect),
            rules: Rules::new(dialect, catalog, strategy),
            cache: Cache::new(),
        })
    }

    /// Keeps a name for the framework: a statement that holds it is refused.
    ///
    /// The tenant column of a strategy that filters is reserved without it; under a strategy that
    /// does not, this refuses the same statements.
    #[must_use]
    pub fn with_reserved_column(mut self, name: &Identifier) -> Self {
        self.rules.reserve(name.as_str());
        self
    }

    /// Allows functions of the application, by their names in lower case (`slugify`,
    /// `extension.slugify`). They must compute from their arguments only: what they read or write
    /// themselves is not scoped.
    #[must_use]
    pub fn with_functions(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.rules.functions.extend(names);
        self
    }

    /// Names the database of the server in which the tables lie that are present once, on MySQL and
    /// MariaDB. Without it they are those of the database that the connection is in.
    #[must_use]
    pub fn with_database(mut self, name: String) -> Self {
        self.rules.database = Some(name);
        self
    }

    /// The setting that tells the database whose statement it is, where it has rules of its own.
    pub(crate) fn tenant_setting(&self) -> Option<TenantSetting> {
        self.tenant_setting
    }

    /// How full the cache of scoped statements is.
    #[must_use]
    pub fn cache_use(&self) -> CacheUse {
        self.cache.use_of()
    }

    #[cfg(test)]
    fn with_cache_of(mut self, capacity: u64) -> Self {
        self.cache = Cache::of(capacity);
        self
    }

    /// Scopes a statement with its values.
    ///
    /// # Errors
    /// A [`Refusal`] that names the construct and the way to say it.
    pub fn scope(&self, statement: Statement, tenant: &TenantScope) -> Result<Statement, Refusal> {
        self.scope_or_return(statement, tenant).map_err(|refused| refused.0)
    }

    /// The same; with the refusal it gives the statement back.
    pub(crate) fn scope_or_return(
        &self,
        statement: Statement,
        tenant: &TenantScope,
    ) -> Result<Statement, Box<(Refusal, Statement)>> {
        let (sql, scoped) = match self.scoped_for(&statement, tenant) {
            Ok(scoped) => scoped,
            Err(refusal) => return Err(Box::new((refusal, statement))),
        };
        let Statement { sql: _, values, db_backend } = statement;
        Ok(Statement { sql, values: scoped.values(values, tenant.id), db_backend })
    }

    /// The text to send, and what it was made from.
    fn scoped_for(
        &self,
        statement: &Statement,
        tenant: &TenantScope,
    ) -> Result<(String, Arc<Scoped>), Refusal> {
        let Statement { sql, values, db_backend } = statement;
        if Dialect::try_from(*db_backend).ok() != Some(self.rules.dialect) {
            return Err(Refusal::WrongDatabase);
        }
        let scoped = self.scoped(sql)?;
        let given = values.as_ref().map_or(0, |values| values.0.len());
        if given != scoped.placeholders {
            return Err(Refusal::Placeholders { placeholders: scoped.placeholders, values: given });
        }
        Ok((scoped.text(tenant.schema())?, scoped))
    }

    /// Scopes the statements of a text without values, the tenant written into each as a literal.
    /// One that is refused refuses the whole text.
    ///
    /// # Errors
    /// As [`Scoper::scope`].
    pub fn scope_unprepared(&self, sql: &str, tenant: &TenantScope) -> Result<String, Refusal> {
        let dialect = self.rules.dialect;
        let literal = self.literal(tenant.id);
        let mut texts = Vec::new();
        for tokens in Tokens::of_each(dialect, sql)? {
            let scoped = self.scope_tokens(tokens, |_| literal.clone())?;
            if scoped.placeholders != 0 {
                return Err(Refusal::Placeholders { placeholders: scoped.placeholders, values: 0 });
            }
            texts.push(scoped.text(tenant.schema())?);
        }
        print::join(dialect, &texts)
    }

    /// The text that [`Scoper::scope`] would send, for people to read.
    ///
    /// # Errors
    /// As [`Scoper::scope`].
    pub fn explain(&self, statement: &Statement, tenant: &TenantScope) -> Result<String, Refusal> {
        self.scope(statement.clone(), tenant).map(|scoped| scoped.sql)
    }

    fn scoped(&self, sql: &str) -> Result<Arc<Scoped>, Refusal> {
        if let Some(scoped) = self.cache.get(sql) {
            return Ok(scoped);
        }
        let dialect = self.rules.dialect;
        let placeholder = |others| Literal::Placeholder(dialect.placeholder(others)).into_expr();
        let scoped = Arc::new(self.scope_tokens(Tokens::of(dialect, sql)?, placeholder)?);
        self.cache.insert(sql, &scoped);
        Ok(scoped)
    }

    fn scope_tokens(
        &self,
        tokens: Tokens,
        tenant: impl FnOnce(usize) -> Expr,
    ) -> Result<Scoped, Refusal> {
        let dialect = self.rules.dialect;
        let stack = STACK + tokens.depth() * STACK_PER_STEP;
        stacker::maybe_grow(stack, stack + STACK, || {
            let mut parsed = tokens.parse(dialect)?;
            let mut walker = Walker::new(&self.rules, tenant(parsed.placeholders));
            walker.statement(&mut parsed.tree)?;
            print::print(&walker, &parsed)
        })
    }

    /// A tenant's id as each driver binds it: a UUID on PostgreSQL, its 16 bytes elsewhere.
    fn literal(&self, id: TenantId) -> Expr {
        match self.rules.dialect {
            Dialect::Postgres => Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(Literal::SingleQuotedString(id.to_string()).into_expr()),
                data_type: DataType::Uuid,
                format: None,
            },
            Dialect::Sqlite | Dialect::MySql => {
                let digits = id.as_uuid().simple().to_string().to_ascii_uppercase();
                Literal::HexStringLiteral(digits).into_expr()
            }
        }
    }
}

impl TenantScope {
    fn schema(&self) -> Option<&str> {
        self.schema.as_ref().map(PhysicalName::as_str)
    }
}

/// A literal as an expression.
trait IntoExpr {
    fn into_expr(self) -> Expr;
}

impl IntoExpr for Literal {
    fn into_expr(self) -> Expr {
        Expr::Value(self.with_empty_span())
    }
}

#[cfg(test)]
mod tests;
