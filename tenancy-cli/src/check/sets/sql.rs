//! Reads what SQL text does to tables, as far as plain statements show it.

use super::migration::StepKind;

/// What the statements of a text do to tables, each with the line within the text, from 0.
pub(super) fn steps(text: &str) -> Vec<(StepKind, usize)> {
    let tokens = tokens(text);
    let statements = tokens.split(|token| token.text == ";");
    let mut steps = Vec::new();
    for statement in statements {
        let Some(first) = statement.first() else { continue };
        let mut reader = Reader { tokens: statement, at: 0 };
        let kinds = reader.statement();
        steps.extend(kinds.into_iter().map(|kind| (kind, first.line)));
    }
    steps
}

#[derive(Debug)]
struct Token {
    text: String,
    is_quoted: bool,
    line: usize,
}

/// Cuts a text into words, quoted names and signs; comments and values are left out.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let line_at =
        |rest: &str| text.get(..text.len() - rest.len()).unwrap_or_default().matches('\n').count();
    while let Some(first) = rest.chars().next() {
        let line = line_at(rest);
        let (token, behind) = if let Some(comment) = rest.strip_prefix("--") {
            (None, comment.split_once('\n').map_or("", |(_, behind)| behind))
        } else if let Some(comment) = rest.strip_prefix("/*") {
            (None, comment.split_once("*/").map_or("", |(_, behind)| behind))
        } else if let Some(body) = rest.strip_prefix("$$") {
            (None, body.split_once("$$").map_or("", |(_, behind)| behind))
        } else if let Some(body) = rest.strip_prefix('\'') {
            (None, body.split_once('\'').map_or("", |(_, behind)| behind))
        } else if matches!(first, '"' | '`') {
            let body = rest.get(1..).unwrap_or_default();
            let (name, behind) = body.split_once(first).unwrap_or((body, ""));
            (Some((name, true)), behind)
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            (Some((word, false)), behind)
        } else {
            let (sign, behind) = rest.split_at(first.len_utf8());
            ((!first.is_whitespace()).then_some((sign, false)), behind)
        };
        tokens.extend(token.map(|(text, is_quoted)| Token {
            text: text.to_owned(),
            is_quoted,
            line,
        }));
        rest = behind;
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn statement(&mut self) -> Vec<StepKind> {
        let mut steps = self.references();
        if self.takes("create") {
            let is_temporary = self.takes("temporary") || self.takes("temp");
            let _ = self.takes("unlogged");
            if self.takes("table") && !is_temporary {
                steps.extend(self.create());
            }
        } else if self.takes("drop") && self.takes("table") {
            let _ = self.takes("if") && self.takes("exists");
            while let Some(table) = self.name() {
                steps.push(StepKind::Drop { table });
                if !self.takes(",") {
                    break;
                }
            }
        } else if self.takes("alter") && self.takes("table") {
            steps.extend(self.alter());
        } else if ["do", "call", "execute"].iter().any(|word| self.takes(word)) {
            steps.push(StepKind::Unknown("its SQL runs other SQL".to_owned()));
        }
        steps
    }

    fn create(&mut self) -> Option<StepKind> {
        let _ = self.takes("if") && self.takes("not") && self.takes("exists");
        let table = self.name()?;
        let mut columns = Vec::new();
        let mut depth = 0_usize;
        let mut begins = false;
        for token in self.tokens.get(self.at..).unwrap_or_default() {
            match token.text.as_str() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                name if begins && depth == 1 && !is_constraint(token) => {
                    columns.push(name.to_owned());
                }
                _ => {}
            }
            begins = depth == 1 && matches!(token.text.as_str(), "(" | ",");
        }
        Some(StepKind::Create { table, columns })
    }

    fn alter(&mut self) -> Vec<StepKind> {
        let _ = self.takes("if") && self.takes("exists");
        let _ = self.takes("only");
        let Some(table) = self.name() else { return Vec::new() };
        let mut steps = vec![StepKind::Reference { table: table.clone() }];
        while self.at < self.tokens.len() {
            let table = table.clone();
            if self.takes("rename") && self.takes("to") {
                steps.extend(self.name().map(|to| StepKind::Rename { table, to }));
            } else if self.takes("drop") {
                let is_column = self.takes("column") || !self.is_next_constraint();
                let _ = self.takes("if") && self.takes("exists");
                let column = self.name().filter(|_| is_column);
                steps.extend(column.map(|column| StepKind::DropColumn { table, column }));
            } else if self.takes("add") {
                let is_column = self.takes("column") || !self.is_next_constraint();
                let _ = self.takes("if") && self.takes("not") && self.takes("exists");
                let column = self.name().filter(|_| is_column);
                steps.extend(column.map(|column| StepKind::AddColumn { table, column }));
            } else {
                self.at += 1;
            }
        }
        steps
    }

    /// The tables that a statement refers to, wherever it does.
    fn references(&self) -> Vec<StepKind> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            if !token.is_quoted && token.text.eq_ignore_ascii_case("references") {
                let mut behind = Reader { tokens: self.tokens, at: at + 1 };
                found.extend(behind.name().map(|table| StepKind::Reference { table }));
            }
        }
        found
    }

    fn takes(&mut self, word: &str) -> bool {
        let next = self.tokens.get(self.at);
        let is_next =
            next.is_some_and(|next| !next.is_quoted && next.text.eq_ignore_ascii_case(word));
        if is_next {
            self.at += 1;
        }
        is_next
    }

    fn is_next_constraint(&self) -> bool {
        self.tokens.get(self.at).is_some_and(is_constraint)
    }

    /// A name, of which a schema in front is left out.
    fn name(&mut self) -> Option<String> {
        let mut name = None;
        while let Some(token) = self.tokens.get(self.at) {
            if !token.is_quoted && !token.text.chars().all(is_word) {
                break;
            }
            let text = if token.is_quoted { token.text.clone() } else { token.text.to_lowercase() };
            name = Some(text);
            self.at += 1;
            if !self.takes(".") {
                break;
            }
        }
        name
    }
}

/// Words that begin a constraint where a column could stand.
fn is_constraint(token: &Token) -> bool {
    let words = ["constraint", "primary", "unique", "foreign", "check", "exclude", "like", "key"];
    !token.is_quoted && words.iter().any(|word| token.text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |(kind, line): (StepKind, usize)| match kind {
            StepKind::Create { table, columns } => format!("{line} create {table} {columns:?}"),
            StepKind::Drop { table } => format!("{line} drop {table}"),
            StepKind::Rename { table, to } => format!("{line} rename {table} {to}"),
            StepKind::AddColumn { table, column } => format!("{line} add {table}.{column}"),
            StepKind::DropColumn { table, column } => format!("{line} drop {table}.{column}"),
            StepKind::Reference { table } => format!("{line} refer {table}"),
            StepKind::Unknown(reason) => format!("{line} unknown {reason}"),
        };
        steps(text).into_iter().map(show).collect()
    }

    #[test]
    fn creations_are_read_with_their_columns() {
        let text = "CREATE TABLE IF NOT EXISTS app.\"Note\" (id serial PRIMARY KEY, \"tenant_id\" \
                    uuid REFERENCES tenant (id), CHECK (id > 0), body text DEFAULT 'a, (b')";
        assert_eq!(
            shown(text),
            ["0 refer tenant", "0 create Note [\"id\", \"tenant_id\", \"body\"]"]
        );
    }

    #[test]
    fn comments_and_values_say_nothing() {
        let text = "-- DROP TABLE a;\nSELECT 'DROP TABLE b'; /* DROP TABLE c; */\nDROP TABLE d, e";
        assert_eq!(shown(text), ["2 drop d", "2 drop e"]);
        assert!(shown("CREATE TEMP TABLE x (a int)").is_empty());
    }

    #[test]
    fn changes_of_a_table_are_read_one_by_one() {
        let text = "ALTER TABLE note ADD COLUMN a int, DROP b, DROP CONSTRAINT c, RENAME TO memo";
        assert_eq!(
            shown(text),
            ["0 refer note", "0 add note.a", "0 drop note.b", "0 rename note memo"]
        );
    }

    #[test]
    fn what_is_cut_off_ends() {
        for text in ["CREATE TABLE", "DROP TABLE \"a", "ALTER TABLE a DROP", "/*", "'", "$$", "é"]
        {
            let _ = shown(text);
        }
        assert_eq!(shown("DO $$ x $$"), ["0 unknown its SQL runs other SQL"]);
    }
}
