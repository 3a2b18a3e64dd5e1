//! Lists the files of a folder that a person wrote.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Unreadable;

/// Folders with what others wrote, or a program.
const SKIPPED: [&str; 5] = ["target", "node_modules", "vendor", "venv", "__pycache__"];

/// No source lies deeper, and a folder that is mounted into itself ends.
const DEEPEST: usize = 16;

/// Lists the files below `root/folder` with one of the extensions, relative to `root`, in order.
/// Links are not followed. A folder that is not there has none.
pub(super) fn files(
    root: &Path,
    folder: &Path,
    extensions: &[&str],
    unreadable: &mut Vec<Unreadable>,
) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        let entries = match fs::read_dir(within(root, &folder)) {
            Ok(entries) => entries,
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    let reason = error.kind().to_string();
                    unreadable.push(Unreadable { path: folder, line: None, reason });
                }
                continue;
            }
        };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            let Ok(kind) = entry.file_type() else { continue };
            let path = folder.join(&name);
            let hidden = name.to_string_lossy().starts_with('.');
            if kind.is_dir() {
                let skipped = hidden || SKIPPED.iter().any(|skipped| name == **skipped);
                if !skipped && depth < DEEPEST && !is_build_folder(&entry.path()) {
                    pending.push((path, depth + 1));
                }
            } else if kind.is_file() && extensions.iter().any(|known| has_extension(&path, known)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The working directory has an empty path, by which it cannot be opened.
fn within(root: &Path, folder: &Path) -> PathBuf {
    let path = root.join(folder);
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
}

/// Cargo marks its folders, whatever they are called.
fn is_build_folder(folder: &Path) -> bool {
    folder.join("CACHEDIR.TAG").exists()
}

/// A kind of file is its extension, or its whole name.
fn has_extension(path: &Path, known: &str) -> bool {
    path.extension().or(path.file_name()).is_some_and(|extension| extension == known)
}
