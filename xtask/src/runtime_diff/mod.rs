//! `cargo xtask runtime-diff`: which files of Go's runtime changed between releases, and what that means for gopeek.

mod against_git;
mod answer;
mod ask;
mod change;
mod compare;
mod constraint;
mod decls;
mod effect;
mod facts;
mod from_trees;
mod git;
mod kind;
mod lines;
mod matrix;
mod moves;
mod release;
mod renames;
mod show;
mod similarity;
mod terminal;
#[cfg(test)]
mod tests;
mod tree;
mod write_facts;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use ask::Question;
use kind::Selection;
use matrix::Matrix;
use show::{Look, Shown};

pub(crate) use against_git::check_last as check_against_git;

/// `cargo xtask runtime-diff`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask runtime-diff 1.21.0 1.22.0                what changed most, and what it means for gopeek
  cargo xtask runtime-diff 1.21 1.22 --file runtime/proc.go   the functions of one file that changed
  cargo xtask runtime-diff 1.19..1.27                   files by minors, as a heat map
  cargo xtask runtime-diff 1.19..1.27 --html FILE       the same as a page to sort and to open

testdata/runtime-facts.json answers for the first and the last release of each minor, without a toolchain. Other releases
are fetched. Numbers are those of `git diff -M --numstat`; a function's are those between its own texts.")]
pub(crate) struct Args {
    /// Two releases (1.21.0 1.22.0), or a range of minors (1.19..1.27). A bare minor (1.22) is its last release.
    versions: Vec<String>,
    /// Let a bare minor be its first release: 1.22 is then 1.22.0.
    #[arg(long)]
    first: bool,
    /// Show all rows of all tables.
    #[arg(short, long)]
    all: bool,
    /// Show the functions of one file that changed, by its path below Go's src: runtime/proc.go.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["html", "svg", "json"])]
    file: Option<String>,
    /// Operating systems whose files count, by Go's names, or `all`.
    #[arg(long, value_delimiter = ',', default_value = "linux")]
    os: Vec<String>,
    /// Architectures whose files count, by Go's names, or `all`.
    #[arg(long, value_delimiter = ',', default_value = "amd64,arm64")]
    arch: Vec<String>,
    /// Count generated and binary files, too.
    #[arg(long)]
    generated: bool,
    /// Count tests, too.
    #[arg(long)]
    tests: bool,
    /// Write a page: one file with everything in it.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a picture of the heat map.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print JSON (docs/schema/runtime-diff-1.schema.json) instead of tables.
    #[arg(long)]
    json: bool,
    /// When to use colours. NO_COLOR turns `auto` off.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: terminal::Colour,
    /// Columns to fill [default: those of the terminal, else 100].
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(60..=500))]
    width: Option<u16>,
    /// Read the sources even of releases that the facts know.
    #[arg(long)]
    sources: bool,
    /// Ignore the `go` on PATH.
    #[arg(long)]
    no_path_go: bool,
    /// Write testdata/runtime-facts.json from the first and the last release of each minor.
    #[arg(long, conflicts_with_all = ["versions", "against_git"])]
    write_facts: bool,
    /// Compare the numbers of ten pairs of releases with git's, file by file, and the facts with the sources.
    #[arg(long, conflicts_with = "versions")]
    against_git: bool,
}

/// Runs the verb.
///
/// # Errors
/// If the question is not understood, a release cannot be had, or a file cannot be written.
pub(crate) fn run(args: &Args) -> Result<()> {
    let use_path = !args.no_path_go;
    if args.write_facts {
        return write_facts::run(use_path);
    }
    if args.against_git {
        return against_git::check(use_path);
    }
    let question = ask::read(&args.versions, args.first)?;
    let selection = Selection {
        os: kind::names("operating system", &args.os, &kind::OSES)?,
        arch: kind::names("architecture", &args.arch, &kind::ARCHES)?,
        generated: args.generated,
        tests: args.tests,
    };
    let releases = match &question {
        Question::Pair(from, to) => vec![*from, *to],
        Question::Steps(releases) => releases.clone(),
    };
    let steps = answer::steps(&releases, &selection, args.sources, use_path)?;
    let look = Look {
        width: terminal::width(args.width),
        colour: terminal::colours(args.color),
        all: args.all,
    };
    tell(args, &steps, look)
}

/// Writes the answer in each form that is asked for, or as tables.
fn tell(args: &Args, steps: &[Shown], look: Look) -> Result<()> {
    let matrix = || {
        let pairs: Vec<_> = steps.iter().map(|shown| shown.pair.clone()).collect();
        Matrix::of(&pairs, |path| steps.iter().any(|shown| shown.is_used(path)))
    };
    if let Some(path) = &args.html {
        save(path, &show::html::page(&matrix(), steps))?;
    }
    if let Some(path) = &args.svg {
        save(path, &show::svg::picture(&matrix(), args.all))?;
    }
    if args.json {
        let text = serde_json::to_string_pretty(&show::json::document(steps))?;
        return terminal::print(&(text + "\n"));
    }
    if args.html.is_some() || args.svg.is_some() {
        return Ok(());
    }
    if let Some(path) = &args.file {
        return terminal::print(&of_file(steps, path, look)?);
    }
    match steps {
        [shown] => terminal::print(&show::pair::text(shown, look)),
        _ => terminal::print(&show::heat::text(
            &matrix(),
            show::heat::left(steps).as_deref(),
            look,
        )),
    }
}

/// The functions of one file, step by step.
fn of_file(steps: &[Shown], path: &str, look: Look) -> Result<String> {
    let parts = steps
        .iter()
        .filter_map(|shown| show::pair::of_file(shown, path, look));
    let text = parts.collect::<Vec<_>>().join("\n");
    if text.is_empty() {
        bail!(
            "{path} did not change between these releases, or is left out (see --os, --arch, --generated, --tests)"
        );
    }
    Ok(text)
}

fn save(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
    eprintln!("wrote {} ({} bytes)", path.display(), text.len());
    Ok(())
}
