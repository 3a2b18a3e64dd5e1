//! Finds the blocks of code in the pages, and reads commands as a shell would.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// A block of code, and where it stands.
pub(crate) struct Block {
    pub(crate) page: PathBuf,
    line: usize,
    pub(crate) label: String,
    pub(crate) text: String,
    /// What the last comment `<!-- test: … -->` above it says.
    said: String,
    /// Whether that comment stands right before it.
    pub(crate) begins: bool,
}

/// A command, and how it is to end.
pub(crate) struct Command {
    pub(crate) words: Vec<String>,
    pub(crate) exit: u8,
}

impl Block {
    /// Whether its page is one of the book; README files are for people with a checkout.
    pub(crate) fn is_book(&self) -> bool {
        self.page.components().any(|part| part.as_os_str() == "docs")
    }

    pub(crate) fn says(&self, word: &str) -> bool {
        self.said.split(',').any(|said| said.trim() == word)
    }

    /// Whether it is for one strategy, and that is another one.
    pub(crate) fn is_for_other(&self, strategy: &str) -> bool {
        let named = ["shared-schema", "schema-per-tenant"].into_iter().find(|name| self.says(name));
        named.is_some_and(|named| named != strategy)
    }

    pub(crate) fn commands(&self) -> Vec<Command> {
        self.text.lines().filter_map(command).collect()
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.page.display(), self.line)
    }
}

/// Splits a line into words: quotes keep a word together, and `#` begins a comment.
fn command(line: &str) -> Option<Command> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut rest = line.chars();
    for c in rest.by_ref() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    assert!(quote.is_none(), "a quote is not closed in `{line}`");
    words.extend(word);
    let exit = rest.as_str().trim().strip_prefix("exits with ");
    let exit = exit.map_or(0, |code| code.parse().unwrap());
    (!words.is_empty()).then_some(Command { words, exit })
}

/// All blocks of the book and of the README files.
pub(super) fn all() -> Vec<Block> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut pages = vec![root.join("README.md")];
    collect(&root.join("docs"), &mut pages);
    pages.sort();
    pages.iter().flat_map(|path| of(path)).collect()
}

/// The blocks of one page of the book.
pub(crate) fn page(name: &str) -> Vec<Block> {
    of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name))
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

fn of(path: &Path) -> Vec<Block> {
    let text = fs::read_to_string(path).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let (mut is_open, mut said, mut begins) = (false, String::new(), false);
    for (line, text) in (1..).zip(text.lines()) {
        if let Some(label) = text.strip_prefix("```") {
            is_open = !is_open;
            if is_open {
                blocks.push(Block {
                    page: path.to_owned(),
                    line,
                    label: label.to_owned(),
                    text: String::new(),
                    said: said.clone(),
                    begins: std::mem::take(&mut begins),
                });
            }
        } else if let (true, Some(block)) = (is_open, blocks.last_mut()) {
            block.text.push_str(text);
            block.text.push('\n');
        } else if let Some(comment) = text.strip_prefix("<!-- test: ") {
            comment.strip_suffix(" -->").unwrap().clone_into(&mut said);
            begins = true;
        }
    }
    assert!(!is_open, "{}: a block is not closed", path.display());
    blocks
}

#[test]
fn a_line_is_split_as_a_shell_would() {
    let read = command("tenancy exec -- 'SELECT 1 # 2' \"a 'b'\"  # exits with 1").unwrap();
    assert_eq!(read.words, ["tenancy", "exec", "--", "SELECT 1 # 2", "a 'b'"]);
    assert_eq!(read.exit, 1);
    assert!(command("# only said").is_none());
}
