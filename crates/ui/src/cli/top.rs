//! The live screen, as it was asked for.

use super::args::Top;
use super::limit::{self, Limit};
use crate::error::InspectError;
use crate::filter::Filter;
use crate::options::Options;
use crate::output::Output;
use crate::tui;
use std::io::IsTerminal;

/// Shows it, of the process that a name means.
pub(super) fn top(name: &str, args: &Top) -> Result<(), InspectError> {
    let filter = args.filter.as_deref().map(|text| {
        let parsed = Filter::parse(text);
        parsed.map(|filter| (filter, text.to_owned()))
    });
    let filter = filter.transpose().map_err(InspectError::Filter)?;
    let looking = tui::Looking {
        pid: limit::pid(name)?,
        options: Options {
            strict: args.known.strict,
            no_stop: args.no_stop,
            pause_limit: args.pause_limit,
            ..Options::default()
        },
        interval: args.interval,
    };
    let colors = args.color.is_on(std::io::stdout().is_terminal());
    let start = tui::Start {
        theme: tui::Theme::new(colors && !args.once, !args.ascii && speaks_unicode()),
        screen: args.view,
        filter,
    };
    // The screen is drawn and left also when a sample does not come to an end.
    let limit = Limit::USUAL.of_look(&format!("process {}", looking.pid));
    if args.once {
        let mut out = Output::open(None)?;
        let mut text = Vec::new();
        tui::once(looking, &start, screen_size(), &mut text)?;
        drop(limit);
        out.write(|to| to.write_all(&text))?;
        return out.finish();
    }
    tui::run(looking, &start, limit)
}

/// The size of the terminal, or what COLUMNS and LINES say of it.
fn screen_size() -> Option<(u16, u16)> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u16>().ok();
    let told = number("COLUMNS").zip(number("LINES"));
    let terminal = || {
        let terminal = std::io::stdout().is_terminal();
        terminal.then(|| crossterm::terminal::size().ok()).flatten()
    };
    told.or_else(terminal)
}

/// Whether the locale's letters are Unicode's.
fn speaks_unicode() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
