//! Parts of a text by line and column, as the tokenizer tells them.

use sqlparser::tokenizer::{Location, Span};

/// A text with other words at places that follow each other.
pub(super) fn replace<'w>(
    text: &str,
    replacements: impl IntoIterator<Item = (Span, &'w str)>,
) -> Option<String> {
    let mut replaced = String::with_capacity(text.len() + 64);
    let mut rest = Rest { chars: text.chars(), at: Location { line: 1, column: 1 } };
    for (span, words) in replacements {
        while rest.at != span.start {
            replaced.push(rest.next()?);
        }
        while rest.at != span.end {
            rest.next()?;
        }
        replaced.push_str(words);
    }
    replaced.push_str(rest.chars.as_str());
    Some(replaced)
}

struct Rest<'t> {
    chars: std::str::Chars<'t>,
    at: Location,
}

impl Rest<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            self.at.line += 1;
            self.at.column = 1;
        } else {
            self.at.column += 1;
        }
        Some(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(line: u64, start: u64, end: u64) -> Span {
        Span { start: Location { line, column: start }, end: Location { line, column: end } }
    }

    #[test]
    fn what_stands_at_a_place_is_replaced() {
        let text = "one two\nthrée four";
        let replaced = replace(text, [(span(1, 5, 8), "2"), (span(2, 7, 7), "3.5 ")]);
        assert_eq!(replaced.as_deref(), Some("one 2\nthrée 3.5 four"));
        assert_eq!(replace("a", [(span(3, 1, 2), "b")]), None);
    }
}
