//! The words of a database about what it has, as they are compared.

use crate::{
    migrate::{
        piece::{Kind, Piece, pieces},
        render::quoted,
    },
    scope::Dialect,
};

/// Takes the name of a schema off everything in a text that PostgreSQL has written.
///
/// The text is written under a search path without it, so all that lies in the schema is written with
/// its name, and all else with another.
pub(super) fn without_schema(text: &str, schema: &str) -> String {
    let pieces = pieces(text, Dialect::Postgres);
    let symbol = |at: usize, symbol: &str| pieces.get(at).is_some_and(|p| p.is_symbol(symbol));
    let mut stripped = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, piece) in pieces.iter().enumerate() {
        let is_named = piece.kind != Kind::Literal && piece.name().as_deref() == Some(schema);
        let is_inner = at > 0 && symbol(at - 1, ".");
        // `note.*` is the row of a table that is named like the schema.
        if is_named && !is_inner && symbol(at + 1, ".") && !symbol(at + 2, "*") {
            stripped.push_str(&text[copied..piece.at]);
            copied = pieces[at + 1].at + 1;
        }
        // `nextval('acme.note_id_seq'::regclass)`
        let is_object = piece.kind == Kind::Literal
            && symbol(at + 1, ":")
            && symbol(at + 2, ":")
            && pieces.get(at + 3).is_some_and(|cast| cast.text.starts_with("reg"));
        if let (true, Some(object)) = (is_object, piece.name()) {
            stripped.push_str(&text[copied..piece.at]);
            stripped.push_str(&literal(&without_schema(&object, schema)));
            copied = piece.at + piece.text.len();
        }
    }
    stripped.push_str(&text[copied..]);
    stripped
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The definition of an index, as PostgreSQL writes it, without its name, under which it stands.
pub(super) fn without_index_name(text: &str) -> String {
    let pieces = pieces(text, Dialect::Postgres);
    let name = pieces.iter().position(|piece| piece.is_word("INDEX")).map(|at| at + 1);
    match name.and_then(|at| Some((pieces.get(at)?, pieces.get(at + 1)?))) {
        Some((name, next)) => format!("{}{}", &text[..name.at], &text[next.at..]),
        None => text.to_owned(),
    }
}

/// One way of writing pieces that a person wrote in another: single spaces, no comments, and no
/// quotes around names that need none.
pub(super) fn normal(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let tight =
            |symbols: &[&str], piece: &Piece<'_>| symbols.iter().any(|s| piece.is_symbol(s));
        let before = at.checked_sub(1).map(|before| &pieces[before]);
        let is_spaced = before.is_some_and(|before| !tight(&["(", "."], before))
            && !tight(&["(", ")", ",", "."], piece);
        if is_spaced {
            text.push(' ');
        }
        text.push_str(&normal_name(piece));
    }
    text
}

fn normal_name(piece: &Piece<'_>) -> String {
    let plain = |name: &String| {
        let mut chars = name.chars();
        chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match piece.kind {
        Kind::QuotedName => match piece.name() {
            Some(name) if plain(&name) => name,
            Some(name) => quoted(&name),
            None => piece.text.to_owned(),
        },
        Kind::Word | Kind::Literal | Kind::Symbol => piece.text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_goes_and_others_stay() {
        for (written, stripped) in [
            ("nextval('acme.note_id_seq'::regclass)", "nextval('note_id_seq'::regclass)"),
            ("nextval('acme.\"It''s\"'::regclass)", "nextval('\"It''s\"'::regclass)"),
            ("'acme.glad'::acme.mood", "'acme.glad'::mood"),
            ("'{}'::acme.mood[]", "'{}'::mood[]"),
            (
                "FOREIGN KEY (acme) REFERENCES public.acme(acme)",
                "FOREIGN KEY (acme) REFERENCES public.acme(acme)",
            ),
            (
                "CREATE INDEX acme ON acme.acme USING btree (acme)",
                "CREATE INDEX acme ON acme USING btree (acme)",
            ),
            ("CHECK ((acme.* IS NOT NULL))", "CHECK ((acme.* IS NOT NULL))"),
            ("CHECK ((title <> 'it''s acme.x'::text))", "CHECK ((title <> 'it''s acme.x'::text))"),
        ] {
            assert_eq!(without_schema(written, "acme"), stripped);
        }
        assert_eq!(without_schema("\"Ac\"\"me\".f(1)", "Ac\"me"), "f(1)");
    }

    #[test]
    fn an_index_is_known_without_its_name() {
        let written = "CREATE UNIQUE INDEX \"on INDEX\" ON note USING btree (id)";
        assert_eq!(without_index_name(written), "CREATE UNIQUE INDEX ON note USING btree (id)");
    }

    #[test]
    fn what_differs_in_looks_only_is_written_in_one_way() {
        let normal = |text| normal(&pieces(text, Dialect::Sqlite));
        let one = normal("CHECK(  \"title\"<>'a  b' -- why\n AND `id` IN (1,2))");
        assert_eq!(one, normal("CHECK (title <> 'a  b' AND [id] IN (1, 2))"));
        assert_eq!(one, "CHECK(title <> 'a  b' AND id IN(1, 2))");
    }
}
