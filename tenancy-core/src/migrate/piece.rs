//! The pieces of a definition that is kept as text: names, words, literals, symbols.

use super::render::quoted_in;
use crate::scope::Dialect;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword, an unquoted name or a number.
    Word,
    /// A name in quotes.
    QuotedName,
    /// A string in single quotes.
    Literal,
    /// An operator, or one of `( ) , .` and their like.
    Symbol,
}

/// A piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// Where it begins.
    pub(crate) at: usize,
}

impl Piece<'_> {
    /// Whether it is this keyword.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// The name that it is, without its quotes.
    pub(crate) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_owned()),
            Kind::QuotedName | Kind::Literal => {
                let inner = self.text.get(1..self.text.len() - 1)?;
                let quote = self.text.get(..1)?;
                Some(if quote == "[" {
                    inner.to_owned()
                } else {
                    inner.replace(&quote.repeat(2), quote)
                })
            }
            Kind::Symbol => None,
        }
    }
}

/// How many bytes a quoted text has, which begins the given one. The quote stands in it twice, or in a
/// text of MySQL's behind a backslash.
fn quoted_len(text: &str, close: char, escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if escapes && c == '\\' {
            chars.next();
            continue;
        }
        if c == close && chars.next_if(|(_, next)| *next == close).is_none() {
            return at + close.len_utf8();
        }
    }
    text.len()
}

fn run_len(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

fn is_operator_char(c: char) -> bool {
    matches!(c, '<' | '>' | '=' | '!' | '|' | '&' | '~' | '+' | '-' | '*' | '/' | '%' | '@' | '#')
}

/// Cuts a text into pieces; spaces and comments are between them. SQLite has two more kinds of
/// quotes for names, whose characters are others' in PostgreSQL. On MySQL names stand in one of those,
/// and double quotes are a text's.
pub(crate) fn pieces(text: &str, dialect: Dialect) -> Vec<Piece<'_>> {
    let is_sqlite = dialect == Dialect::Sqlite;
    let is_mysql = dialect == Dialect::MySql;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, len) = match first {
            '\'' => (Some(Kind::Literal), quoted_len(rest, '\'', is_mysql)),
            '"' if is_mysql => (Some(Kind::Literal), quoted_len(rest, '"', true)),
            '"' => (Some(Kind::QuotedName), quoted_len(rest, '"', false)),
            '`' if is_sqlite || is_mysql => (Some(Kind::QuotedName), quoted_len(rest, '`', false)),
            '#' if is_mysql => (None, run_len(rest, |c| c != '\n')),
            '[' if is_sqlite => {
                (Some(Kind::QuotedName), rest.find(']').map_or(rest.len(), |end| end + 1))
            }
            _ if rest.starts_with("--") => (None, run_len(rest, |c| c != '\n')),
            _ if rest.starts_with("/*") => {
                (None, rest.find("*/").map_or(rest.len(), |end| end + 2))
            }
            c if c.is_whitespace() => (None, run_len(rest, char::is_whitespace)),
            c if is_word_char(c) => (Some(Kind::Word), run_len(rest, is_word_char)),
            c if is_operator_char(c) => (Some(Kind::Symbol), run_len(rest, is_operator_char)),
            c => (Some(Kind::Symbol), c.len_utf8()),
        };
        if let Some(kind) = kind {
            found.push(Piece { kind, text: &rest[..len], at });
        }
        at += len;
    }
    found
}

/// Whether a piece can be the name of a column, rather than of a table, function or type.
fn is_column(pieces: &[Piece<'_>], at: usize) -> bool {
    let is_cast = at.checked_sub(1).and_then(|before| pieces.get(before)).is_some_and(|before| {
        before.is_symbol(":") || before.is_word("AS") || before.is_word("COLLATE")
    });
    let is_other = pieces.get(at + 1).is_some_and(|next| {
        next.is_symbol("(") || next.is_symbol(".") || next.kind == Kind::Literal
    });
    !is_cast && !is_other
}

/// Whether a piece is this name. Neither database tells cases apart in a name without quotes.
fn is_name(piece: &Piece<'_>, name: &str) -> bool {
    match piece.kind {
        Kind::Word => piece.text.eq_ignore_ascii_case(name),
        Kind::QuotedName => piece.name().as_deref() == Some(name),
        Kind::Literal | Kind::Symbol => false,
    }
}

/// Whether an expression names a column.
pub(crate) fn mentions(text: &str, column: &str, dialect: Dialect) -> bool {
    let pieces = pieces(text, dialect);
    let is_mention =
        |(at, piece): (usize, &Piece<'_>)| is_name(piece, column) && is_column(&pieces, at);
    pieces.iter().enumerate().any(is_mention)
}

fn replaced(
    text: &str,
    to: &str,
    dialect: Dialect,
    is_meant: impl Fn(&[Piece<'_>], usize) -> bool,
) -> String {
    let pieces = pieces(text, dialect);
    let mut changed = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, piece) in pieces.iter().enumerate() {
        if is_meant(&pieces, at) {
            changed.push_str(&text[copied..piece.at]);
            changed.push_str(&quoted_in(dialect, to));
            copied = piece.at + piece.text.len();
        }
    }
    changed.push_str(&text[copied..]);
    changed
}

/// An expression with a column under another name.
pub(crate) fn with_column(text: &str, from: &str, to: &str, dialect: Dialect) -> String {
    replaced(text, to, dialect, |pieces, at| is_name(&pieces[at], from) && is_column(pieces, at))
}

/// An expression with the table before its columns under another name.
pub(crate) fn with_table(text: &str, from: &str, to: &str, dialect: Dialect) -> String {
    replaced(text, to, dialect, |pieces, at| {
        is_name(&pieces[at], from) && pieces.get(at + 1).is_some_and(|next| next.is_symbol("."))
    })
}

/// A type with an enum type in it under another name.
pub(crate) fn with_type(text: &str, from: &str, to: &str, dialect: Dialect) -> String {
    replaced(text, to, dialect, |pieces, at| is_name(&pieces[at], from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_renamed_and_what_is_called_alike_is_not() {
        for (written, expected) in [
            ("\"size\" > 0 AND SIZE < 9", "\"length\" > 0 AND \"length\" < 9"),
            ("size(title) > note.size", "size(title) > note.\"length\""),
            ("title <> 'size' AND x::size = 1", "title <> 'size' AND x::size = 1"),
            ("CHECK (\"sizes\" > 0)", "CHECK (\"sizes\" > 0)"),
        ] {
            assert_eq!(with_column(written, "size", "length", Dialect::Postgres), expected);
            assert_eq!(mentions(written, "size", Dialect::Postgres), written != expected);
        }
        let of_table = with_table("note.note > \"note\".size", "note", "memo", Dialect::Postgres);
        assert_eq!(of_table, "\"memo\".note > \"memo\".size");
    }
}
