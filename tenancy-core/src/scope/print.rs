//! From a tree back to text, looked at a second time before it is believed.

use sqlparser::{
    ast::Statement as Tree,
    tokenizer::{Token, TokenWithSpan, Word},
};

use sea_orm::{Value, Values};

use super::{
    Dialect,
    parse::{Parsed, parse, split},
    refusal::Refusal,
    rules::{DATABASE_SENTINEL, Known, Rules, SCHEMA_SENTINEL, SENTINELS},
    span,
    walker::{Counts, Walker},
};
use crate::tenant::TenantId;

/// A scoped statement, from which that of each tenant is made.
#[derive(Debug)]
pub(super) struct Scoped {
    /// The text, parted where the tenant's schema goes.
    segments: Vec<Box<str>>,
    /// How many values come with the statement.
    pub(super) placeholders: usize,
    /// Whether the tenant's id comes after them.
    binds_tenant: bool,
    /// Which value each placeholder takes, where they are not numbered; the tenant's id is the one
    /// after the values.
    order: Option<Order>,
}

/// The places of values, in the order of the placeholders that take them.
type Order = Box<[usize]>;

impl Scoped {
    /// How many bytes it takes in the cache.
    pub(super) fn weight(&self) -> u64 {
        let text: usize = self.segments.iter().map(|segment| segment.len() + 16).sum();
        let text = text + self.order.as_ref().map_or(0, |order| size_of_val(&**order));
        u64::try_from(text + 64).unwrap_or(u64::MAX)
    }

    /// The values that go with the text for a tenant.
    pub(super) fn values(&self, given: Option<Values>, tenant: TenantId) -> Option<Values> {
        let Some(order) = &self.order else {
            if !self.binds_tenant {
                return given;
            }
            let mut values = given.unwrap_or_else(|| Values(Vec::new()));
            values.0.push(Value::from(tenant));
            return Some(values);
        };
        let given = given.map(|values| values.0).unwrap_or_default();
        let mut given: Vec<Option<Value>> = given.into_iter().map(Some).collect();
        let mut value = |at: &usize| given.get_mut(*at).and_then(Option::take);
        let values = order.iter().map(|at| value(at).unwrap_or_else(|| Value::from(tenant)));
        Some(Values(values.collect()))
    }

    /// The text for a tenant.
    pub(super) fn text(&self, schema: Option<&str>) -> Result<String, Refusal> {
        if let [only] = self.segments.as_slice() {
            return Ok(String::from(&**only));
        }
        schema.map(|schema| self.segments.join(schema)).ok_or(Refusal::NoTenantSchema)
    }
}

/// Prints a scoped statement and verifies the text.
pub(super) fn print(walker: &Walker<'_>, parsed: &Parsed) -> Result<Scoped, Refusal> {
    let Parsed { tree, placeholders, locks } = parsed;
    let text = tree.to_string();
    verify(walker.rules, tree, walker.counts, &text)?;
    let dialect = walker.rules.dialect;
    let text = locks.restore(dialect, text, tree)?;
    let (text, order) = match dialect {
        Dialect::Postgres | Dialect::Sqlite => (text, None),
        Dialect::MySql => {
            let text = in_database(&text, walker.rules.database.as_deref())?;
            in_order(&text, *placeholders)?
        }
    };
    let segments = text.split(SCHEMA_SENTINEL).map(Box::from).collect();
    let binds_tenant = walker.binds_tenant();
    Ok(Scoped { segments, placeholders: *placeholders, binds_tenant, order })
}

/// Names the database of the tables that are present once; where its name is not known, they are
/// those of the database that the connection is in.
fn in_database(text: &str, name: Option<&str>) -> Result<String, Refusal> {
    let name = name.map(|name| format!("`{}`.", name.replace('`', "``"))).unwrap_or_default();
    let text = text.replace(&format!("`{DATABASE_SENTINEL}`."), &name);
    if text.contains(DATABASE_SENTINEL) {
        return Err(Refusal::Unverified { what: "a text holds a reserved name" });
    }
    Ok(text)
}

/// Takes the numbers from the placeholders, and tells which value each takes.
fn in_order(text: &str, values: usize) -> Result<(String, Option<Order>), Refusal> {
    let unverified = || Refusal::Unverified { what: "its values are not those it came with" };
    let (mut order, mut places) = (Vec::new(), Vec::new());
    for TokenWithSpan { token, span } in Dialect::MySql.tokens(text)? {
        let Token::Placeholder(placeholder) = token else { continue };
        let number = placeholder.strip_prefix('?').and_then(|digits| digits.parse().ok());
        let number: usize = number.ok_or_else(unverified)?;
        order.push(number.checked_sub(1).ok_or_else(unverified)?);
        places.push((span, "?"));
    }
    // Isolation: each value goes where it came with, and the tenant's id everywhere else.
    let mut own: Vec<usize> = order.iter().copied().filter(|&at| at != values).collect();
    own.sort_unstable();
    if !own.into_iter().eq(0..values) {
        return Err(unverified());
    }
    let text = span::replace(text, places).ok_or_else(unverified)?;
    let is_plain = order.iter().copied().eq(0..values);
    Ok((text, (!is_plain).then(|| order.into())))
}

/// Puts scoped statements into one text.
pub(super) fn join(dialect: Dialect, texts: &[String]) -> Result<String, Refusal> {
    let joined = texts.join("; ");
    // Isolation: where one ends and the next begins must be what it was when each was looked at.
    if split(dialect.tokens(&joined)?).len() != texts.len() {
        return Err(Refusal::Unverified { what: "it holds another number of statements" });
    }
    Ok(joined)
}

pub(super) fn verify(
    rules: &Rules,
    tree: &Tree,
    counts: Counts,
    text: &str,
) -> Result<(), Refusal> {
    let unverified = |what| Err(Refusal::Unverified { what });
    let tokens = rules.dialect.tokens(text)?;
    if let Some(what) = count(rules, tokens.iter().map(|token| &token.token), counts, text) {
        return unverified(what);
    }
    // Isolation: the printed text must mean what was walked, and nothing else.
    match parse(rules.dialect, tokens) {
        Ok(again) if again == *tree => Ok(()),
        Ok(_) => unverified("it reads back as another statement"),
        Err(Refusal::TooDeep) => Err(Refusal::TooDeep),
        Err(_) => unverified("it does not read back"),
    }
}

/// Counts in the text, without the walk, what the walk says it put there.
fn count<'t>(
    rules: &Rules,
    tokens: impl Iterator<Item = &'t Token>,
    counts: Counts,
    text: &str,
) -> Option<&'static str> {
    let tokens: Vec<&Token> =
        tokens.filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let mut found = Counts::default();
    let mut sentinels = [0; SENTINELS.len()];
    let mut inserted = 0;
    for (at, token) in tokens.iter().enumerate() {
        let Some(name) = name(token) else { continue };
        let next = tokens.get(at + 1).copied();
        for (found, sentinel) in sentinels.iter_mut().zip(SENTINELS) {
            *found += usize::from(name == sentinel);
        }
        if rules.is_reserved(name) {
            if next == Some(&Token::Eq) {
                found.predicates += 1;
            } else {
                found.columns += 1;
            }
            continue;
        }
        let before = at.checked_sub(2).and_then(|before| tokens.get(before..at));
        let schema = match before {
            Some([schema, Token::Period]) => self::name(schema),
            Some(_) | None => None,
        };
        if schema.is_some() && schema == rules.type_schema() && rules.is_tenant_type(name) {
            found.types += 1;
        }
        if let Some(Known::Table(table)) = rules.known(name) {
            let is_reference = schema.is_some_and(|schema| schema == table.schema());
            found.tables += usize::from(is_reference);
            found.filtered += usize::from(is_reference && table.filter_column().is_some());
            let into = at.checked_sub(3).and_then(|before| tokens.get(before).copied());
            let is_into = |token| is_word(token, "INTO");
            let is_inserted = table.filter_column().is_some() && into.is_some_and(is_into);
            inserted += usize::from(is_reference && is_inserted);
            let bare = !is_reference && next != Some(&Token::Period);
            let position = at.checked_sub(1).and_then(|before| tokens.get(before).copied());
            // `ON DUPLICATE KEY UPDATE` is followed by a column.
            let key = at.checked_sub(2).and_then(|before| tokens.get(before).copied());
            let sets = key.is_some_and(|token| is_word(token, "KEY"));
            if bare && !sets && position.is_some_and(opens_relation) {
                return Some("a table stands without its schema");
            }
        }
    }
    if found != counts || found.filtered > found.predicates + inserted {
        return Some("not every table that is named was scoped");
    }
    let in_text = SENTINELS.map(|sentinel| text.matches(sentinel).count());
    (in_text != sentinels).then_some("a text holds a reserved name")
}

/// The name in a quoted word; all names are quoted in what is printed.
fn name(token: &Token) -> Option<&str> {
    let Token::Word(Word { value, quote_style: Some(_), keyword: _ }) = token else { return None };
    Some(value)
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(Word { value, quote_style: None, keyword: _ }) if value == word)
}

/// Whether the next name is that of a relation.
fn opens_relation(token: &Token) -> bool {
    let Token::Word(Word { value, quote_style: None, keyword: _ }) = token else { return false };
    ["from", "join", "into", "update"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

impl Dialect {
    /// The placeholder of the tenant's id after so many others.
    pub(super) fn placeholder(self, others: usize) -> String {
        let number = others + 1;
        match self {
            Self::Postgres => format!("${number}"),
            Self::Sqlite | Self::MySql => format!("?{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlparser::ast::{Expr, SelectItem, SetExpr, Value};

    use super::*;
    use crate::scope::{
        parse::Tokens,
        tests::support::{catalog, filtering_strategy},
    };

    fn rules() -> Rules {
        Rules::new(Dialect::Postgres, catalog(), filtering_strategy())
    }

    fn tree(sql: &str) -> Tree {
        Tokens::of(Dialect::Postgres, sql).unwrap().parse(Dialect::Postgres).unwrap().tree
    }

    fn verified(sql: &str, counts: Counts) -> Result<(), Refusal> {
        let tree = tree(sql);
        verify(&rules(), &tree, counts, &tree.to_string())
    }

    #[test]
    fn a_table_that_was_not_scoped_is_found_in_the_text() {
        let unscoped = r#"SELECT 1 FROM "customer" AS "customer""#;
        assert!(verified(unscoped, Counts::default()).is_err());
        let unfiltered = r#"SELECT 1 FROM "public"."customer" AS "customer""#;
        let counts = Counts { tables: 1, filtered: 1, ..Counts::default() };
        assert!(verified(unfiltered, counts).is_err());
        let filtered = r#"SELECT 1 FROM "public"."customer" AS "c" WHERE "c"."tenant_id" = $1"#;
        let counts = Counts { predicates: 1, ..counts };
        assert_eq!(verified(filtered, counts), Ok(()));
        assert!(verified(filtered, Counts { tables: 2, ..counts }).is_err());
        assert!(verified(filtered, Counts { columns: 1, ..counts }).is_err());
        assert!(verified(filtered, Counts { predicates: 2, ..counts }).is_err());
        assert!(verified(filtered, Counts { types: 1, ..counts }).is_err());
    }

    #[test]
    fn a_text_that_reads_back_as_something_else_is_refused() {
        let Tree::Query(mut query) = tree("SELECT 'a'") else { panic!("not a query") };
        let SetExpr::Select(select) = &mut *query.body else { panic!("not a select") };
        // A quote after a backslash is printed as if it were escaped.
        let text = Value::SingleQuotedString(r"a\' OR true --".to_owned());
        select.projection = vec![SelectItem::UnnamedExpr(Expr::Value(text.with_empty_span()))];
        let tree = Tree::Query(query);
        let printed = tree.to_string();
        let mangled = verify(&rules(), &tree, Counts::default(), &printed);
        assert!(mangled.is_err(), "{printed}");
        assert_eq!(
            verify(&rules(), &self::tree("SELECT 1"), Counts::default(), "SELECT 2"),
            Err(Refusal::Unverified { what: "it reads back as another statement" })
        );
    }
}
