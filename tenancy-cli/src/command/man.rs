//! `tenancy man`: a manual page for the command and for each of its verbs.

use std::{fs, path::Path};

use clap::CommandFactory as _;

use crate::{
    args::Args,
    error::SourcesError,
    output::{Answer, Written},
};

/// What the command is called in its pages, whatever program it is a part of.
const NAME: &str = "tenancy";

pub(crate) fn run(folder: &Path) -> Result<Answer, SourcesError> {
    let failed = |source| SourcesError::File { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut command = Args::command().name(NAME).bin_name(NAME);
    command.build();
    let mut added = Vec::new();
    pages(&command, NAME, folder, &mut added).map_err(failed)?;
    added.sort();
    Ok(Answer::Written(Written { added, left: Vec::new(), next: Vec::new() }))
}

fn pages(
    command: &clap::Command,
    name: &str,
    folder: &Path,
    added: &mut Vec<std::path::PathBuf>,
) -> std::io::Result<()> {
    let path = folder.join(format!("{name}.1"));
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).title(name).render(&mut text)?;
    fs::write(&path, text)?;
    added.push(path);
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        pages(verb, &format!("{name}-{}", verb.get_name()), folder, added)?;
    }
    Ok(())
}
