//! Statements with some tokens swapped, left out, doubled, or taken from another statement.

use std::{ops::Range, sync::LazyLock};

use fastrand::Rng;
use sqlparser::{
    dialect::GenericDialect,
    keywords::Keyword,
    tokenizer::{Token, Tokenizer},
};

/// What scoping is tested with text by text.
const CORPORA: [&str; 4] = [
    include_str!("../../scope/tests/corpus_both.txt"),
    include_str!("../../scope/tests/corpus_postgres.txt"),
    include_str!("../../scope/tests/corpus_sqlite.txt"),
    include_str!("../../scope/tests/corpus_mysql.txt"),
];

/// Names that could mean something of another tenant, or of nobody.
const NAMES: [&str; 20] = [
    "customer",
    "product",
    "\"order\"",
    "order_item",
    "currency",
    "feedback",
    "tenants_tenant",
    "tenant_id",
    "\"tenant_id\"",
    "excluded",
    "id",
    "name",
    "email",
    "c",
    "o",
    "x",
    "public",
    "t_globex.customer",
    "c.id",
    "customer.name",
];

/// What may stand in parentheses.
const GROUPS: [&str; 8] = [
    "(SELECT id FROM customer)",
    "(SELECT * FROM product)",
    "(SELECT id FROM currency)",
    "(SELECT p.id FROM product p JOIN customer c ON c.id = p.id)",
    "(SELECT id FROM customer UNION SELECT id FROM product)",
    "(WITH w AS (SELECT id FROM customer) SELECT id FROM w)",
    "(customer a CROSS JOIN product b)",
    "(id)",
];

/// What changes the meaning of what is around it.
const SPLICES: [&str; 28] = [
    ".",
    ".*",
    "*",
    "(",
    ")",
    "[1]",
    ",",
    ";",
    "--",
    "/*",
    "*/",
    "'",
    "\"",
    "`",
    "?",
    "?2",
    ":name",
    "::regclass",
    "FROM",
    "JOIN",
    "LEFT JOIN customer z ON true",
    "FULL JOIN",
    "NATURAL",
    "LATERAL",
    "UNION SELECT id FROM customer",
    "RETURNING *",
    "OR 1 = 1",
    "TABLE customer",
];

/// What a token may be replaced by without the text becoming none of SQL's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Literal,
    Open,
    Blank,
    Other,
}

#[derive(Debug, Clone)]
struct Part {
    text: String,
    kind: Kind,
}

/// The statements of the corpora, in tokens.
static STATEMENTS: LazyLock<Vec<Vec<Part>>> = LazyLock::new(|| {
    let blocks = CORPORA.iter().flat_map(|corpus| corpus.split("\n\n"));
    let blocks = blocks.filter(|block| block.starts_with("- "));
    let statements = blocks.filter_map(|block| block.lines().nth(1)).map(parts);
    // The tokens are those of no database, to which some strings have no end.
    statements.filter(|parts| !parts.is_empty()).collect()
});

/// Gives a number below the one it is given.
type Choose<'c> = &'c mut dyn FnMut(usize) -> usize;

/// A mutated statement, always the same for a seed.
#[must_use]
pub fn from_seed(seed: u64) -> String {
    let mut rng = Rng::with_seed(seed);
    mutated(&mut |below| rng.usize(..below))
}

/// A mutated statement, as the bytes choose.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> String {
    let mut bytes = bytes.iter();
    mutated(&mut |below| {
        let mut next = || bytes.next().copied().map_or(0, usize::from);
        (next() | next() << 8) % below
    })
}

/// Mutates a statement of the corpora.
fn mutated(choose: Choose<'_>) -> String {
    let mut parts = STATEMENTS[choose(STATEMENTS.len())].clone();
    for _ in 0..=choose(3) {
        mutate(&mut parts, choose);
    }
    parts.into_iter().map(|part| part.text).collect()
}

fn mutate(parts: &mut Vec<Part>, choose: Choose<'_>) {
    let Some(at) = place(parts, choose, |kind| kind != Kind::Blank) else { return };
    match choose(10) {
        // As likely as the others together: what remains a statement is worth more.
        0..=4 => exchange(parts, choose),
        5 => {
            parts.remove(at);
        }
        6 => {
            let other = place(parts, choose, |kind| kind != Kind::Blank).unwrap_or(at);
            parts.swap(at, other);
        }
        7 => {
            let copied = taken(parts, at, 1 + choose(8));
            parts.splice(at..at, copied);
        }
        8 => {
            let from = &STATEMENTS[choose(STATEMENTS.len())];
            let start = choose(from.len());
            let copied = taken(from, start, 1 + choose(12));
            parts.splice(at..at, copied);
        }
        _ => parts.insert(at, spliced(SPLICES[choose(SPLICES.len())], Kind::Other)),
    }
}

/// Replaces a token, or what stands in parentheses, by another of its kind.
fn exchange(parts: &mut Vec<Part>, choose: Choose<'_>) {
    let is_exchanged = |kind| matches!(kind, Kind::Name | Kind::Literal | Kind::Open);
    let Some(at) = place(parts, choose, is_exchanged) else { return };
    let kind = parts[at].kind;
    if kind == Kind::Open {
        let group = spliced(GROUPS[choose(GROUPS.len())], Kind::Other);
        parts.splice(group_at(parts, at), [group]);
        return;
    }
    let from = &STATEMENTS[choose(STATEMENTS.len())];
    match choose(3) {
        0 if kind == Kind::Name => parts[at] = spliced(NAMES[choose(NAMES.len())], kind),
        1 => {
            if let Some(other) = place(from, choose, |of| of == kind) {
                parts[at] = from[other].clone();
            }
        }
        _ => {
            if let Some(other) = place(parts, choose, |of| of == kind) {
                parts.swap(at, other);
            }
        }
    }
}

/// From a parenthesis to the one that closes it.
fn group_at(parts: &[Part], at: usize) -> Range<usize> {
    let mut depth = 0_usize;
    for (end, part) in parts.iter().enumerate().skip(at) {
        match part.text.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at..end + 1;
        }
    }
    at..parts.len()
}

fn taken(parts: &[Part], start: usize, count: usize) -> Vec<Part> {
    parts.iter().skip(start).take(count).cloned().collect()
}

fn spliced(text: &str, kind: Kind) -> Part {
    Part { text: format!(" {text} "), kind }
}

/// The place of a token of a kind.
fn place(parts: &[Part], choose: Choose<'_>, is: impl Fn(Kind) -> bool) -> Option<usize> {
    let places = parts.iter().enumerate().filter(|(_, part)| is(part.kind));
    let places: Vec<usize> = places.map(|(at, _)| at).collect();
    (!places.is_empty()).then(|| places[choose(places.len())])
}

/// The tokens of a text as they are written, white space among them.
fn parts(text: &str) -> Vec<Part> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).with_unescape(false).tokenize();
    let part = |token: &Token| Part { text: token.to_string(), kind: kind(token) };
    tokens.unwrap_or_default().iter().map(part).collect()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others are mutated alike")]
fn kind(token: &Token) -> Kind {
    match token {
        Token::Word(word) if word.quote_style.is_some() || word.keyword == Keyword::NoKeyword => {
            Kind::Name
        }
        Token::Number(_, _) | Token::SingleQuotedString(_) | Token::Placeholder(_) => Kind::Literal,
        Token::LParen => Kind::Open,
        Token::Whitespace(_) => Kind::Blank,
        _ => Kind::Other,
    }
}
