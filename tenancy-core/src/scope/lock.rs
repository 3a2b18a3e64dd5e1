//! Row locks that the parser does not know: `FOR NO KEY UPDATE` and `FOR KEY SHARE` of PostgreSQL,
//! `LOCK IN SHARE MODE` of MySQL.
//!
//! They are read as a lock of their kind that it knows and written back into what is printed, lock
//! by lock in the order of the text, which scoping keeps.

use sqlparser::{
    ast::Statement as Tree,
    tokenizer::{Span, Token, TokenWithSpan},
};

use super::{Dialect, parse::parse, refusal::Refusal, span};

/// A lock as it is written, and as the parser is shown it.
type Lock = (&'static [&'static str], &'static str);

/// The locks of a database, the longer ones first. What a lock is shown as is one of them too.
const POSTGRES: [Lock; 4] = [
    (&["for", "no", "key", "update"], "FOR UPDATE"),
    (&["for", "key", "share"], "FOR SHARE"),
    (&["for", "update"], "FOR UPDATE"),
    (&["for", "share"], "FOR SHARE"),
];
const MYSQL: [Lock; 3] = [
    (&["lock", "in", "share", "mode"], "FOR SHARE"),
    (&["for", "update"], "FOR UPDATE"),
    (&["for", "share"], "FOR SHARE"),
];

impl Dialect {
    fn locks(self) -> &'static [Lock] {
        match self {
            Self::Postgres => &POSTGRES,
            Self::MySql => &MYSQL,
            Self::Sqlite => &[],
        }
    }
}

/// The locks of a statement in the order of its text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Locks(Vec<&'static [&'static str]>);

impl Locks {
    /// Puts locks that the parser knows in the place of those that it does not.
    pub(super) fn take(dialect: Dialect, tokens: &mut Vec<TokenWithSpan>) -> Self {
        let found = find(dialect, tokens);
        if found.iter().any(Found::is_unknown) {
            let mut shown = Vec::with_capacity(tokens.len());
            let mut unknown = found.iter().filter(|found| found.is_unknown()).peekable();
            for (at, token) in std::mem::take(tokens).into_iter().enumerate() {
                while unknown.next_if(|found| found.last < at).is_some() {}
                match unknown.peek() {
                    Some(found) if found.first == at => shown.extend(found.shown(token.span)),
                    Some(found) if found.first < at => {}
                    Some(_) | None => shown.push(token),
                }
            }
            *tokens = shown;
        }
        Self(found.into_iter().map(|found| found.lock.0).collect())
    }

    /// Writes the locks into the printed text as they came.
    pub(super) fn restore(
        &self,
        dialect: Dialect,
        text: String,
        tree: &Tree,
    ) -> Result<String, Refusal> {
        if self.0.iter().all(|words| words.len() == 2) {
            return Ok(text);
        }
        let unverified = || Refusal::Unverified { what: "its locks are not those it came with" };
        let printed = find(dialect, &dialect.tokens(&text)?);
        if printed.len() != self.0.len() {
            return Err(unverified());
        }
        let written: Vec<String> =
            self.0.iter().map(|words| words.join(" ").to_ascii_uppercase()).collect();
        let places = printed.iter().map(|found| found.span);
        let restored = span::replace(&text, places.zip(written.iter().map(String::as_str)))
            .ok_or_else(unverified)?;
        let mut again = dialect.tokens(&restored)?;
        if Self::take(dialect, &mut again) == *self && parse(dialect, again)? == *tree {
            return Ok(restored);
        }
        Err(unverified())
    }
}

/// A lock in a row of tokens.
struct Found {
    lock: Lock,
    /// The places of its first and last word.
    first: usize,
    last: usize,
    /// Where it stands in the text.
    span: Span,
}

impl Found {
    /// Whether the parser does not know it.
    fn is_unknown(&self) -> bool {
        self.lock.0.len() > 2
    }

    /// The tokens that the parser is shown.
    fn shown(&self, span: Span) -> impl Iterator<Item = TokenWithSpan> {
        let words = self.lock.1.split(' ').map(Token::make_keyword);
        words.map(move |token| TokenWithSpan { token, span })
    }
}

fn find(dialect: Dialect, tokens: &[TokenWithSpan]) -> Vec<Found> {
    let written = |token: &TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
    let written: Vec<(usize, &TokenWithSpan)> =
        tokens.iter().enumerate().filter(|(_, token)| written(token)).collect();
    let mut found = Vec::new();
    for start in 0..written.len() {
        let after = written.get(start..).unwrap_or_default();
        let is_lock = |words: &[&str]| {
            after.len() >= words.len() && words.iter().zip(after).all(|(w, (_, t))| is(t, w))
        };
        let Some(lock) = dialect.locks().iter().find(|(words, _)| is_lock(words)) else { continue };
        let last = after.get(lock.0.len() - 1);
        if let (Some((first, start)), Some((last, end))) = (after.first(), last) {
            let span = Span { start: start.span.start, end: end.span.end };
            found.push(Found { lock: *lock, first: *first, last: *last, span });
        }
    }
    found
}

fn is(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(found)
        if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}
