//! Did you mean: the known word nearest to an unknown one.

/// Finds the candidate that `word` was most likely meant to be.
///
/// Case, `-` and `_` are no difference; beyond that about one letter in three may be wrong.
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = fold(word);
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Folds what people mix up: case, hyphens and underscores.
pub(crate) fn fold(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

/// Quotes a word from outside for a message, if it looks like a word.
///
/// Anything else could be a password that went into the wrong line, and is only described.
pub(crate) fn shown(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !word.is_empty() && word.len() <= 63 && word.chars().all(plain) {
        format!("`{word}`")
    } else {
        "the given text".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["shared-schema", "schema-per-tenant"];
        assert_eq!(closest("shared_schema", known), Some("shared-schema"));
        assert_eq!(closest("Shared-Shema", known), Some("shared-schema"));
        assert_eq!(closest("row-level", known), None);
        assert_eq!(closest("rsl", ["rls", "url"]), Some("rls"));
    }

    #[test]
    fn only_words_are_shown() {
        assert_eq!(shown("schema-per-tenant"), "`schema-per-tenant`");
        assert_eq!(shown("postgres://u:secret@h/d"), "the given text");
    }
}
