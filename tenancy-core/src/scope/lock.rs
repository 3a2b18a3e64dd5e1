//! Row locks that the parser does not know: `FOR NO KEY UPDATE` and `FOR KEY SHARE`.
//!
//! They are read as the stronger lock of their kind and written back into what is printed, lock
//! by lock in the order of the text, which scoping keeps.

use sqlparser::{
    ast::Statement as Tree,
    tokenizer::{Location, Token, TokenWithSpan},
};

use super::{Dialect, parse::parse, refusal::Refusal};

/// The words after `FOR`, and what of them the parser is not shown.
const LOCKS: [(&[&str], &str); 4] = [
    (&["no", "key", "update"], "NO KEY "),
    (&["key", "share"], "KEY "),
    (&["update"], ""),
    (&["share"], ""),
];

/// The locks of a statement in the order of its text, each by the words that were taken out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Locks(Vec<&'static str>);

impl Locks {
    /// Takes the words that the parser does not know out of the tokens.
    pub(super) fn take(tokens: &mut Vec<TokenWithSpan>) -> Self {
        let (locks, hidden, _) = find(tokens);
        if !hidden.is_empty() {
            let mut position = 0;
            tokens.retain(|_| {
                position += 1;
                hidden.binary_search(&(position - 1)).is_err()
            });
        }
        Self(locks)
    }

    /// Puts the words back into the printed text.
    pub(super) fn restore(&self, text: String, tree: &Tree) -> Result<String, Refusal> {
        if self.0.iter().all(|words| words.is_empty()) {
            return Ok(text);
        }
        let unverified = || Refusal::Unverified { what: "its locks are not those it came with" };
        let (printed, _, places) = find(&Dialect::Postgres.tokens(&text)?);
        if printed.len() != self.0.len() {
            return Err(unverified());
        }
        let restored = insert(&text, self.0.iter().copied().zip(places)).ok_or_else(unverified)?;
        let mut again = Dialect::Postgres.tokens(&restored)?;
        if Self::take(&mut again) == *self && parse(Dialect::Postgres, again)? == *tree {
            return Ok(restored);
        }
        Err(unverified())
    }
}

/// The locks, the tokens to hide, and where the words after each `FOR` begin.
fn find(tokens: &[TokenWithSpan]) -> (Vec<&'static str>, Vec<usize>, Vec<Location>) {
    let written = |token: &TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
    let written: Vec<(usize, &TokenWithSpan)> =
        tokens.iter().enumerate().filter(|(_, token)| written(token)).collect();
    let (mut locks, mut hidden, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (_, token)) in written.iter().enumerate() {
        let after = written.get(at + 1..).unwrap_or_default();
        let follow = |words: &[&str]| {
            after.len() >= words.len() && words.iter().zip(after).all(|(w, (_, t))| is(t, w))
        };
        if !is(token, "for") {
            continue;
        }
        let Some((words, taken)) = LOCKS.iter().find(|(words, _)| follow(words)) else { continue };
        locks.push(*taken);
        hidden.extend(after.iter().take(words.len() - 1).map(|(position, _)| *position));
        places.extend(after.first().map(|(_, token)| token.span.start));
    }
    (locks, hidden, places)
}

fn is(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(found)
        if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

/// A text with words inserted at places that follow each other, given by line and column.
fn insert<'w>(text: &str, words: impl IntoIterator<Item = (&'w str, Location)>) -> Option<String> {
    let mut inserted = String::with_capacity(text.len() + 64);
    let mut rest = text.chars();
    let (mut line, mut column) = (1, 1);
    for (words, place) in words {
        while (line, column) != (place.line, place.column) {
            let c = rest.next()?;
            inserted.push(c);
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        inserted.push_str(words);
    }
    inserted.push_str(rest.as_str());
    Some(inserted)
}
