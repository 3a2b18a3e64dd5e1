//! Operators: the built-in ones, and those of well-known extensions by their spelling.

use sqlparser::ast::{BinaryOperator, UnaryOperator};

use super::refusal::Refusal;

/// Operators of pg_trgm, pgvector and PostGIS that the parser has no name for.
const EXTENSION_OPERATORS: [&str; 16] = [
    "%>", "%>>", "&&&", "<#>", "<%", "<%>", "<+>", "<->", "<->>", "<->>>", "<<%", "<<->", "<<->>",
    "<<<->", "<=>", "<~>",
];

#[expect(clippy::too_many_lines, reason = "every operator of the parser is named")]
pub(super) fn binary(operator: &BinaryOperator) -> Result<(), Refusal> {
    match operator {
        BinaryOperator::Plus
        | BinaryOperator::Minus
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::StringConcat
        | BinaryOperator::Gt
        | BinaryOperator::Lt
        | BinaryOperator::GtEq
        | BinaryOperator::LtEq
        | BinaryOperator::Spaceship
        | BinaryOperator::Eq
        | BinaryOperator::NotEq
        | BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::BitwiseOr
        | BinaryOperator::BitwiseAnd
        | BinaryOperator::BitwiseXor
        | BinaryOperator::Match
        | BinaryOperator::Regexp
        | BinaryOperator::Glob
        | BinaryOperator::PGBitwiseXor
        | BinaryOperator::PGBitwiseShiftLeft
        | BinaryOperator::PGBitwiseShiftRight
        | BinaryOperator::PGExp
        | BinaryOperator::PGOverlap
        | BinaryOperator::PGRegexMatch
        | BinaryOperator::PGRegexIMatch
        | BinaryOperator::PGRegexNotMatch
        | BinaryOperator::PGRegexNotIMatch
        | BinaryOperator::PGLikeMatch
        | BinaryOperator::PGILikeMatch
        | BinaryOperator::PGNotLikeMatch
        | BinaryOperator::PGNotILikeMatch
        | BinaryOperator::PGStartsWith
        | BinaryOperator::Arrow
        | BinaryOperator::LongArrow
        | BinaryOperator::HashArrow
        | BinaryOperator::HashLongArrow
        | BinaryOperator::AtAt
        | BinaryOperator::AtArrow
        | BinaryOperator::ArrowAt
        | BinaryOperator::HashMinus
        | BinaryOperator::AtQuestion
        | BinaryOperator::Question
        | BinaryOperator::QuestionAnd
        | BinaryOperator::QuestionPipe
        | BinaryOperator::Overlaps
        | BinaryOperator::DoubleHash
        | BinaryOperator::LtDashGt
        | BinaryOperator::AndLt
        | BinaryOperator::AndGt
        | BinaryOperator::LtLtPipe
        | BinaryOperator::PipeGtGt
        | BinaryOperator::AndLtPipe
        | BinaryOperator::PipeAndGt
        | BinaryOperator::LtCaret
        | BinaryOperator::GtCaret
        | BinaryOperator::QuestionHash
        | BinaryOperator::QuestionDash
        | BinaryOperator::QuestionDashPipe
        | BinaryOperator::QuestionDoublePipe
        | BinaryOperator::At
        | BinaryOperator::TildeEq
        | BinaryOperator::Xor
        | BinaryOperator::MyIntegerDivide
        | BinaryOperator::Is
        | BinaryOperator::IsNot => Ok(()),
        BinaryOperator::Custom(symbol) if EXTENSION_OPERATORS.contains(&symbol.as_str()) => Ok(()),
        BinaryOperator::PGCustomBinaryOperator(parts) => named(parts),
        BinaryOperator::Custom(_)
        | BinaryOperator::DuckIntegerDivide
        | BinaryOperator::Assignment => Err(Refusal::Operator { operator: operator.to_string() }),
    }
}

/// `OPERATOR(schema.symbol)`: another schema could define the symbol in its own way.
fn named(parts: &[String]) -> Result<(), Refusal> {
    let symbol = |symbol: &str| symbol.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c));
    match parts {
        [schema, name] if schema == "pg_catalog" && symbol(name) => Ok(()),
        parts => Err(Refusal::Operator { operator: parts.join(".") }),
    }
}

pub(super) fn unary(operator: UnaryOperator) -> Result<(), Refusal> {
    match operator {
        UnaryOperator::AtDashAt
        | UnaryOperator::BitwiseNot
        | UnaryOperator::DoubleAt
        | UnaryOperator::Hash
        | UnaryOperator::Plus
        | UnaryOperator::Minus
        | UnaryOperator::Not
        | UnaryOperator::PGAbs
        | UnaryOperator::PGCubeRoot
        | UnaryOperator::PGSquareRoot
        | UnaryOperator::QuestionDash
        | UnaryOperator::QuestionPipe => Ok(()),
        UnaryOperator::BangNot
        | UnaryOperator::PGPostfixFactorial
        | UnaryOperator::PGPrefixFactorial => {
            Err(Refusal::Operator { operator: operator.to_string() })
        }
    }
}
