//! How the text of MySQL and MariaDB is read: a parser that takes nothing for text of SQL that the
//! server alone would, and tokens in one form.

use std::any::TypeId;

use sqlparser::{
    ast::{Expr, Statement},
    dialect::{Dialect, MySqlDialect},
    parser::{Parser, ParserError},
    tokenizer::{Token, TokenWithSpan},
};

use super::refusal::Refusal;

/// The parser's dialect without what it reads in another way than the server.
// Isolation: what stands in `/*! .. */` is text of the statement for the parser's own dialect, so
// that it could not be refused; and `BINARY a = b` means `BINARY (a = b)` to it.
#[derive(Debug)]
pub(super) struct MySql;

const PLAIN: MySqlDialect = MySqlDialect {};

impl Dialect for MySql {
    fn dialect(&self) -> TypeId {
        TypeId::of::<MySqlDialect>()
    }

    fn supports_multiline_comment_hints(&self) -> bool {
        false
    }

    fn supports_comment_optimizer_hint(&self) -> bool {
        false
    }

    fn supports_binary_kw_as_cast(&self) -> bool {
        false
    }

    fn supports_string_literal_table_alias(&self, explicit: bool) -> bool {
        PLAIN.supports_string_literal_table_alias(explicit)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        PLAIN.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        PLAIN.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        PLAIN.is_delimited_identifier_start(ch)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        PLAIN.identifier_quote_style(identifier)
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        PLAIN.supports_string_literal_backslash_escape()
    }

    fn supports_string_literal_concatenation(&self) -> bool {
        PLAIN.supports_string_literal_concatenation()
    }

    fn ignores_wildcard_escapes(&self) -> bool {
        PLAIN.ignores_wildcard_escapes()
    }

    fn supports_numeric_prefix(&self) -> bool {
        PLAIN.supports_numeric_prefix()
    }

    fn supports_literal_prefix_in_qualified_name(&self) -> bool {
        PLAIN.supports_literal_prefix_in_qualified_name()
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        PLAIN.supports_bitwise_shift_operators()
    }

    fn supports_singular_value_keyword(&self) -> bool {
        PLAIN.supports_singular_value_keyword()
    }

    fn parse_infix(
        &self,
        parser: &mut Parser<'_>,
        expr: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        PLAIN.parse_infix(parser, expr, precedence)
    }

    fn parse_statement(&self, parser: &mut Parser<'_>) -> Option<Result<Statement, ParserError>> {
        PLAIN.parse_statement(parser)
    }

    fn require_interval_qualifier(&self) -> bool {
        PLAIN.require_interval_qualifier()
    }

    fn supports_limit_comma(&self) -> bool {
        PLAIN.supports_limit_comma()
    }

    fn supports_insert_set(&self) -> bool {
        PLAIN.supports_insert_set()
    }

    fn is_table_factor_alias(
        &self,
        explicit: bool,
        keyword: &sqlparser::keywords::Keyword,
        parser: &mut Parser<'_>,
    ) -> bool {
        PLAIN.is_table_factor_alias(explicit, keyword, parser)
    }

    fn supports_table_hints(&self) -> bool {
        PLAIN.supports_table_hints()
    }

    fn requires_single_line_comment_whitespace(&self) -> bool {
        PLAIN.requires_single_line_comment_whitespace()
    }

    fn supports_hash_comment(&self) -> bool {
        PLAIN.supports_hash_comment()
    }

    fn supports_match_against(&self) -> bool {
        PLAIN.supports_match_against()
    }

    fn supports_select_modifiers(&self) -> bool {
        PLAIN.supports_select_modifiers()
    }

    fn supports_set_names(&self) -> bool {
        PLAIN.supports_set_names()
    }

    fn supports_comma_separated_set_assignments(&self) -> bool {
        PLAIN.supports_comma_separated_set_assignments()
    }

    fn supports_update_order_by(&self) -> bool {
        PLAIN.supports_update_order_by()
    }

    fn supports_cross_join_constraint(&self) -> bool {
        PLAIN.supports_cross_join_constraint()
    }

    fn supports_double_ampersand_operator(&self) -> bool {
        PLAIN.supports_double_ampersand_operator()
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        PLAIN.get_next_precedence(parser)
    }

    fn supports_table_partitions(&self) -> bool {
        PLAIN.supports_table_partitions()
    }

    fn supports_group_by_with_modifier(&self) -> bool {
        PLAIN.supports_group_by_with_modifier()
    }

    fn supports_left_associative_joins_without_parens(&self) -> bool {
        PLAIN.supports_left_associative_joins_without_parens()
    }
}

/// Brings tokens into the one form in which they are printed, and refuses those that hold more
/// than they say: variables, and numbers that are strings.
pub(super) fn normalize(tokens: &mut [TokenWithSpan]) -> Result<(), Refusal> {
    for TokenWithSpan { token, span } in tokens {
        if is_variable(token) {
            return Err(Refusal::Clause { clause: "a variable" });
        }
        if let Token::SingleQuotedString(text) = token {
            *text = canonical(text, '\'');
        } else if let Token::DoubleQuotedString(text) = token {
            *token = Token::SingleQuotedString(canonical(text, '"'));
        } else if let Token::HexStringLiteral(digits) = token {
            // `0x41` may be a number and `x'41'` is always a string; only that is printed.
            let written = span.end.column.saturating_sub(span.start.column);
            if u64::try_from(digits.len()).is_ok_and(|digits| written < digits + 3) {
                return Err(Refusal::Literal { kind: "a hexadecimal number" });
            }
        }
    }
    Ok(())
}

/// `@user`, `@@system`, and what sets them.
fn is_variable(token: &Token) -> bool {
    if let Token::Word(word) = token {
        return word.quote_style.is_none() && word.value.contains('@');
    }
    [Token::AtSign, Token::AtAt, Token::Assignment].contains(token)
}

/// The text between single quotes in which each quote follows a backslash, so that the parser and
/// the server see its end in the same place.
fn canonical(raw: &str, quote: char) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            match chars.next() {
                Some('"') => text.push('"'),
                Some(escaped) => text.extend(['\\', escaped]),
                None => text.push_str(r"\\"),
            }
            continue;
        }
        if c == quote {
            // Inside of a string a quote of its own kind stands twice.
            chars.next();
        }
        match c {
            '\'' => text.push_str(r"\'"),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_one_form() {
        for (raw, quote, text) in [
            ("plain", '\'', "plain"),
            ("it''s", '\'', r"it\'s"),
            (r"it\'s", '\'', r"it\'s"),
            (r"a\\''b", '\'', r"a\\\'b"),
            (r#"say "a""#, '\'', r#"say "a""#),
            (r#"say ""a"""#, '"', r#"say "a""#),
            (r#"say \"a\""#, '"', r#"say "a""#),
            ("it's", '"', r"it\'s"),
            (r"100\%", '\'', r"100\%"),
            ("", '\'', ""),
        ] {
            assert_eq!(canonical(raw, quote), text, "{raw}");
        }
    }
}
