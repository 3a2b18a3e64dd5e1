//! From text to a tree: tokens are looked at, placeholders counted, and each statement parsed.

use sqlparser::{
    ast::Statement as Tree,
    dialect::{PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
    tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace},
};

use super::{
    Dialect,
    lock::Locks,
    mysql::{self, MySql},
    refusal::Refusal,
    rules::SENTINELS,
};

/// How deep expressions and queries may be nested.
const NESTING: usize = 128;

/// How deep the parser may go: for each level of nesting a few steps of its own, and as many again
/// for the parentheses that are added.
const PARSER_STEPS: usize = 8 * NESTING;

/// How deep the parser may go where statements are nested in statements, and how many steps of the
/// walk that takes of the stack.
const PARSER_STATEMENTS: usize = 32;
const STEPS_OF_STATEMENTS: usize = 512;

/// How statements on rows begin.
const ON_ROWS: [&str; 7] = ["select", "with", "values", "insert", "update", "delete", "replace"];

/// What may stand between `EXPLAIN` and a statement.
const EXPLAIN_WORDS: [&str; 4] = ["analyze", "verbose", "query", "plan"];

/// How many steps of the walk a query or join in parentheses takes.
const STEPS_PER_NESTING: usize = 40;

/// How many operators a statement may chain: they are as deep in the tree as they are many.
const OPERATORS: usize = 20_000;

/// A statement as it came.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) tree: Tree,
    /// How many values its placeholders take.
    pub(super) placeholders: usize,
    /// Its row locks.
    pub(super) locks: Locks,
}

impl Dialect {
    pub(super) fn parser_dialect(self) -> &'static dyn sqlparser::dialect::Dialect {
        match self {
            Self::Postgres => &PostgreSqlDialect {},
            Self::Sqlite => &SQLiteDialect {},
            Self::MySql => &MySql,
        }
    }

    pub(super) fn tokens(self, sql: &str) -> Result<Vec<TokenWithSpan>, Refusal> {
        // Strings are kept as they are written: what is printed is the same, quotes and all.
        Tokenizer::new(self.parser_dialect(), sql)
            .with_unescape(false)
            .tokenize_with_location()
            .map_err(|error| not_parsed(&error.location.to_string()))
    }
}

/// The tokens of a text, checked and with numbered placeholders.
#[derive(Debug)]
pub(super) struct Tokens {
    tokens: Vec<TokenWithSpan>,
    placeholders: usize,
    depth: usize,
    holds_statements: bool,
    locks: Locks,
}

impl Tokens {
    /// The tokens of a text that is one statement.
    pub(super) fn of(dialect: Dialect, sql: &str) -> Result<Self, Refusal> {
        let mut statements = Self::of_each(dialect, sql)?;
        match (statements.pop(), statements.len()) {
            (Some(only), 0) => Ok(only),
            (_, others) => Err(Refusal::StatementCount { found: others + 1 }),
        }
    }

    /// The tokens of each statement of a text; there is at least one.
    pub(super) fn of_each(dialect: Dialect, sql: &str) -> Result<Vec<Self>, Refusal> {
        let statements = split(from_outside(dialect, sql)?).into_iter();
        let statements = statements.map(|tokens| Self::checked(dialect, tokens));
        let statements: Vec<Self> = statements.collect::<Result<_, _>>()?;
        if statements.is_empty() {
            return Err(Refusal::StatementCount { found: 0 });
        }
        Ok(statements)
    }

    fn checked(dialect: Dialect, mut tokens: Vec<TokenWithSpan>) -> Result<Self, Refusal> {
        let placeholders = placeholders(dialect, &mut tokens)?;
        let operators = tokens.iter().filter(|token| deepens(&token.token)).count();
        if operators > OPERATORS {
            return Err(Refusal::TooDeep);
        }
        // The parser does not count joins in parentheses itself, and where it tries one reading
        // after another it does not say that one was too deep.
        let nesting = nesting(&tokens);
        if nesting > NESTING {
            return Err(Refusal::TooDeep);
        }
        let holds_statements = holds_statements(&tokens);
        let statements = if holds_statements { STEPS_OF_STATEMENTS } else { 0 };
        let depth = operators + nesting * STEPS_PER_NESTING + statements;
        let locks = Locks::take(dialect, &mut tokens);
        Ok(Self { tokens, placeholders, depth, holds_statements, locks })
    }

    /// An upper bound for the depth of the tree.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn parse(self, dialect: Dialect) -> Result<Parsed, Refusal> {
        let steps = if self.holds_statements { PARSER_STATEMENTS } else { PARSER_STEPS };
        let tree = parse_within(steps, dialect, self.tokens)?;
        Ok(Parsed { tree, placeholders: self.placeholders, locks: self.locks })
    }
}

/// Tokens of a text that the application wrote.
fn from_outside(dialect: Dialect, sql: &str) -> Result<Vec<TokenWithSpan>, Refusal> {
    // They stand for schemas in what is printed, and must not come from outside.
    if let Some(sentinel) = SENTINELS.into_iter().find(|sentinel| sql.contains(sentinel)) {
        return Err(Refusal::ReservedName { name: sentinel.to_owned() });
    }
    let mut tokens = dialect.tokens(sql)?;
    tokens.iter().try_for_each(|token| comment(&token.token))?;
    if dialect == Dialect::MySql {
        mysql::normalize(&mut tokens)?;
    }
    Ok(tokens)
}

/// The statements in a row of tokens.
pub(super) fn split(tokens: Vec<TokenWithSpan>) -> Vec<Vec<TokenWithSpan>> {
    let mut statements = vec![Vec::new()];
    for token in tokens {
        if token.token == Token::SemiColon {
            statements.push(Vec::new());
        } else if let Some(statement) = statements.last_mut() {
            statement.push(token);
        }
    }
    statements.retain(|statement| written(statement).next().is_some());
    statements
}

/// The tokens that say something.
fn written(tokens: &[TokenWithSpan]) -> impl Iterator<Item = &Token> {
    let says_something = |token: &&Token| !matches!(token, Token::Whitespace(_) | Token::EOF);
    tokens.iter().map(|token| &token.token).filter(says_something)
}

/// Whether it may be a statement that holds another one, as no statement on rows does but after
/// `EXPLAIN`. The parser does not look after its stack where statements are nested.
fn holds_statements(tokens: &[TokenWithSpan]) -> bool {
    let mut tokens = written(tokens).peekable();
    if tokens.next_if(|token| is_word(token, "explain")).is_some() {
        let option = |token: &&Token| EXPLAIN_WORDS.iter().any(|word| is_word(token, word));
        while tokens.next_if(option).is_some() {}
        if tokens.next_if(|token| **token == Token::LParen).is_some() {
            tokens.find(|token| **token == Token::RParen);
        }
    }
    let on_rows = |token: &&Token| {
        **token == Token::LParen || ON_ROWS.iter().any(|word| is_word(token, word))
    };
    tokens.next_if(on_rows).is_none()
}

/// Parses tokens of exactly one statement, which is on rows.
pub(super) fn parse(dialect: Dialect, tokens: Vec<TokenWithSpan>) -> Result<Tree, Refusal> {
    parse_within(PARSER_STEPS, dialect, tokens)
}

fn parse_within(
    steps: usize,
    dialect: Dialect,
    tokens: Vec<TokenWithSpan>,
) -> Result<Tree, Refusal> {
    let mut statements = Parser::new(dialect.parser_dialect())
        .with_recursion_limit(steps)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| parser_refusal(&error))?;
    match (statements.pop(), statements.len()) {
        (Some(tree), 0) => Ok(tree),
        (last, others) => {
            Err(Refusal::StatementCount { found: others + usize::from(last.is_some()) })
        }
    }
}

fn parser_refusal(error: &sqlparser::parser::ParserError) -> Refusal {
    use sqlparser::parser::ParserError;
    match error {
        ParserError::RecursionLimitExceeded => Refusal::TooDeep,
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => {
            not_parsed(message)
        }
    }
}

/// Keeps only the place of an error: the rest of the parser's message quotes the statement.
fn not_parsed(message: &str) -> Refusal {
    let place = message.rfind(" at Line: ").and_then(|at| message.get(at + 4..));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | ':' | ',');
    let reason = match place {
        Some(place) if place.chars().all(plain) => {
            format!("unexpected text at {}", place.to_ascii_lowercase())
        }
        Some(_) | None => "unexpected text".to_owned(),
    };
    Refusal::NotParsed { reason }
}

/// Comments are not printed and so never sent; those that a database acts on are refused, because
/// leaving them out would change what the statement says.
fn comment(token: &Token) -> Result<(), Refusal> {
    let Token::Whitespace(Whitespace::MultiLineComment(text)) = token else { return Ok(()) };
    for (start, marker) in [("!", "/*!"), ("M!", "/*M!"), ("+", "/*+")] {
        if text.starts_with(start) {
            return Err(Refusal::Comment { marker });
        }
    }
    Ok(())
}

/// Counts placeholders; on SQLite and MySQL anonymous ones are numbered in the order of the text
/// first, because added text would shift them. MySQL knows no others.
fn placeholders(dialect: Dialect, tokens: &mut [TokenWithSpan]) -> Result<usize, Refusal> {
    let mut anonymous = 0;
    let mut highest = 0;
    for token in tokens {
        let Token::Placeholder(placeholder) = &mut token.token else { continue };
        if dialect != Dialect::Postgres && placeholder == "?" {
            anonymous += 1;
            *placeholder = format!("?{anonymous}");
            continue;
        }
        let sign = match dialect {
            Dialect::Postgres => '$',
            Dialect::Sqlite => '?',
            Dialect::MySql => return Err(Refusal::PlaceholderForm),
        };
        let digits =
            placeholder.strip_prefix(sign).filter(|digits| !digits.starts_with(['0', '+']));
        let number = digits.and_then(|digits| digits.parse::<u16>().ok());
        highest = highest.max(usize::from(number.ok_or(Refusal::PlaceholderForm)?));
    }
    if anonymous > 0 && highest > 0 {
        return Err(Refusal::PlaceholderForm);
    }
    Ok(anonymous.max(highest))
}

/// How deep parentheses, `CASE` and signs before an operand are nested.
fn nesting(tokens: &[TokenWithSpan]) -> usize {
    let (mut parentheses, mut cases, mut signs) =
        (Depth::default(), Depth::default(), Depth::default());
    for token in written(tokens) {
        if matches!(token, Token::LParen | Token::LBracket) {
            parentheses.more();
        } else if matches!(token, Token::RParen | Token::RBracket) {
            parentheses.less();
        } else if is_word(token, "case") {
            cases.more();
        } else if is_word(token, "end") {
            cases.less();
        }
        if is_sign(token) {
            signs.more();
        } else {
            signs.now = 0;
        }
    }
    parentheses.most + cases.most + signs.most
}

/// A depth while tokens are counted, and the greatest that there was.
#[derive(Debug, Default)]
struct Depth {
    now: usize,
    most: usize,
}

impl Depth {
    fn more(&mut self) {
        self.now += 1;
        self.most = self.most.max(self.now);
    }

    fn less(&mut self) {
        self.now = self.now.saturating_sub(1);
    }
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found)
        if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

/// Whether a token can stand before an operand, and there as often as one likes.
fn is_sign(token: &Token) -> bool {
    let signs = [Token::Minus, Token::Plus, Token::Tilde, Token::AtSign, Token::ExclamationMark];
    is_word(token, "not") || signs.contains(token)
}

/// Words that stand in long lists, and make no tree deeper.
const FLAT_WORDS: [&str; 4] = ["null", "true", "false", "default"];

/// Whether a token can make the tree deeper without nesting.
fn deepens(token: &Token) -> bool {
    if let Token::Word(word) = token {
        let is = |flat: &&str| word.value.eq_ignore_ascii_case(flat);
        return word.quote_style.is_none() && !FLAT_WORDS.iter().any(is);
    }
    !matches!(
        token,
        Token::EOF
            | Token::Number(_, _)
            | Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::Comma
            | Token::Whitespace(_)
            | Token::LParen
            | Token::RParen
            | Token::Period
            | Token::SemiColon
            | Token::RBracket
            | Token::Placeholder(_)
    )
}
