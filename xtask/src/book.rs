//! `cargo xtask book`: the pages of the book, made by mdBook.

use std::process::Command;

use crate::{cargo, failure::Failure, process, tools};

/// Returns where the pages are.
pub(crate) fn build() -> Result<Option<String>, Failure> {
    let program = tools::MDBOOK.obtain()?;
    let pages = cargo::target().join("book");
    let mut command = Command::new(program);
    command.arg("build").arg(cargo::workspace().join("docs")).arg("--dest-dir").arg(&pages);
    let (status, lines) = process::run_and_read(&mut command)?;
    if !status.success() || lines.iter().any(|line| line.contains("WARN")) {
        return Err(Failure::Check("mdBook found something wrong, see above".to_owned()));
    }
    Ok(Some(format!("the first page is {}", pages.join("index.html").display())))
}
