//! The mutants: each takes one rule away.

mod expressions;
mod handles;
mod layout;
mod names;
mod reads;
mod runs;
mod statements;
mod writes;

/// A change that disables one rule.
#[derive(Debug)]
pub(super) struct Mutant {
    pub(super) name: &'static str,
    /// What no longer holds with it.
    pub(super) rule: &'static str,
    /// The text it replaces, which stands exactly once in the file.
    pub(super) find: &'static str,
    pub(super) replace: &'static str,
}

/// The mutants of a file.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) file: &'static str,
    pub(super) mutants: &'static [Mutant],
}

/// All mutants, a slice for each topic.
const TOPICS: [&[Group]; 8] = [
    reads::GROUPS,
    writes::GROUPS,
    names::GROUPS,
    expressions::GROUPS,
    statements::GROUPS,
    handles::GROUPS,
    layout::GROUPS,
    runs::GROUPS,
];

/// The mutants, file by file.
pub(super) fn groups() -> impl Iterator<Item = &'static Group> {
    TOPICS.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::groups;
    use crate::cargo;

    #[test]
    fn no_mutant_is_stale() {
        let mut stale = Vec::new();
        for group in groups() {
            let text = fs::read_to_string(cargo::workspace().join(group.file)).unwrap();
            for mutant in group.mutants {
                let found = text.matches(mutant.find).count();
                if found != 1 {
                    stale.push(format!("{} ({}): found {found} times", mutant.name, group.file));
                }
            }
        }
        assert!(stale.is_empty(), "{stale:#?}");
    }

    #[test]
    fn mutants_have_names_of_their_own_and_change_something() {
        let mut names = BTreeSet::new();
        for mutant in groups().flat_map(|group| group.mutants) {
            assert!(names.insert(mutant.name), "{}", mutant.name);
            assert!(mutant.rule.ends_with('.'), "{}", mutant.name);
            assert_ne!(mutant.find, mutant.replace, "{}", mutant.name);
        }
    }
}
