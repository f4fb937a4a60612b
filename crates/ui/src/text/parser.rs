//! Lines into dumps: which goroutines belong together, where a dump begins, where it is cut off.

use super::frame::{Part, part};
use super::header::{self, Header};
use super::open::Open;
use super::pages::Pages;
use crate::report::Goroutine;
use gopeek_unwind::End;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// Maximum number of goroutines of a dump that are kept.
const MAX_GOROUTINES: usize = 10_000_000;
/// Number of lines before a dump that are searched for why it was printed, and the length up to which each is kept.
const BEFORE: usize = 32;
const BEFORE_LEN: usize = 1000;
/// What a dump's first lines begin with, where it has some before its goroutines.
const HEADS: [&str; 5] = [
    "panic: ",
    "fatal error: ",
    "SIG",
    "runtime: ",
    "unexpected fault address ",
];

/// A dump of goroutines.
#[derive(Debug, Default)]
pub(super) struct Dump {
    /// Which of the file's dumps, counted from 1.
    pub(super) number: usize,
    /// Its first line and its last.
    pub(super) lines: (u64, u64),
    /// The lines right before, of which some may say why the dump was printed.
    pub(super) head: Vec<String>,
    pub(super) goroutines: Vec<Goroutine>,
    by_id: FxHashMap<u64, usize>,
    pub(super) pages: Pages,
    /// The first minor whose dumps are like this one, as far as that shows.
    pub(super) minor: u16,
    /// Whether stacks of what came before the first goroutine lie there without a header.
    pub(super) lacks_begin: bool,
    /// Whether it ends in the middle of a goroutine.
    pub(super) lacks_end: bool,
    /// Number of goroutines of which lines are missing.
    pub(super) broken: usize,
    /// Number of lines between its own that are none of it.
    pub(super) foreign: u64,
    /// Number of goroutines beyond those that are kept.
    pub(super) too_many: u64,
    /// Threads tell their stacks once more: no other dump begins.
    repeats: bool,
}

impl Dump {
    pub(super) fn is_whole(&self) -> bool {
        !self.lacks_begin && !self.lacks_end
    }

    /// What of two dumps is worth more: a whole one of many goroutines.
    fn rank(&self) -> (bool, bool) {
        let is_of_all = self.goroutines.len() > 1;
        (self.is_whole() && is_of_all, is_of_all)
    }

    fn add(&mut self, open: Open) {
        self.minor = self.minor.max(open.minor);
        self.foreign += open.foreign;
        if self.goroutines.len() >= MAX_GOROUTINES {
            self.too_many += 1;
            return;
        }
        let (goroutine, is_whole) = open.close(&mut self.pages);
        self.insert(goroutine, is_whole);
    }

    fn insert(&mut self, goroutine: Goroutine, is_whole: bool) {
        let id = goroutine.id;
        let known = self.by_id.get(&id);
        if let Some(known) = known.and_then(|at| self.goroutines.get_mut(*at)) {
            // Of one that was running when the others were printed, its own thread tells more.
            if known.stack.end == End::NoStart {
                known.stack = goroutine.stack;
            }
        } else {
            self.broken += usize::from(!is_whole);
            self.by_id.insert(id, self.goroutines.len());
            self.goroutines.push(goroutine);
        }
    }
}

/// Reads lines, and keeps one dump of all.
#[derive(Debug, Default)]
pub(super) struct Parser {
    /// The number of the dump that is asked for; without one, the last whole one is kept.
    wanted: Option<usize>,
    dump: Option<Dump>,
    /// The goroutine before `open`, which may belong to the dump of that one.
    last: Option<Open>,
    open: Option<Open>,
    kept: Option<Dump>,
    /// Number of dumps, and of those that are whole.
    pub(super) dumps: usize,
    pub(super) whole: usize,
    /// Lines since the last goroutine that belong to none.
    before: VecDeque<String>,
    /// Whether there was one.
    is_apart: bool,
    /// Lines of stacks since the last goroutine, without a header.
    orphans: bool,
    /// What is read is a stack of a thread, not of a goroutine.
    skips: bool,
    line: u64,
    /// The text names a profile that counts stacks.
    pub(super) is_profile: bool,
}

impl Parser {
    pub(super) fn new(wanted: Option<usize>) -> Parser {
        Parser {
            wanted,
            ..Parser::default()
        }
    }

    /// Takes a line of the text.
    pub(super) fn line(&mut self, number: u64, text: &str) {
        self.line = number;
        if let Some(header) = Header::parse(text) {
            self.skips = header.id == 0;
            if self.skips {
                self.close();
            } else {
                self.begin(&header);
            }
            return;
        }
        let part = part(text);
        if self.skips {
            self.skips = part != Part::Empty;
            return;
        }
        let is_over = |open: &Open| open.is_complete() && !matches!(part, Part::Ancestor(_));
        if part == Part::Empty || self.open.as_ref().is_some_and(is_over) {
            self.close();
        }
        match (&mut self.open, &mut self.dump) {
            (Some(open), Some(dump)) => {
                if open.take(part, &mut dump.pages) {
                    dump.lines.1 = number;
                } else {
                    open.foreign += 1;
                    self.remember(text);
                }
            }
            _ => self.outside(text, &part),
        }
    }

    fn outside(&mut self, text: &str, part: &Part<'_>) {
        match part {
            Part::Empty => {}
            Part::Place(place) => self.orphans |= place.offset.is_some(),
            _ if text == "runtime stack:" => self.skips = true,
            _ if text == "-----" => {
                if let Some(dump) = &mut self.dump {
                    dump.repeats = true;
                }
            }
            _ if is_register(text) => {}
            _ => {
                self.is_profile |= text.contains("goroutine profile: total ");
                self.is_apart = true;
                self.remember(text);
            }
        }
    }

    /// Keeps a line that may say why the next dump is printed.
    fn remember(&mut self, text: &str) {
        if self.before.len() >= BEFORE {
            self.before.pop_front();
        }
        self.before
            .push_back(text.chars().take(BEFORE_LEN).collect());
    }

    fn begin(&mut self, header: &Header<'_>) {
        let had_end = self.open.as_ref().is_none_or(|open| !open.is_cut());
        self.close();
        let repeats = self.dump.as_ref().is_some_and(|dump| dump.repeats);
        let is_running = header.state == "running";
        let has_head = self.before.iter().any(|line| is_head(line));
        let is_known = |dump: &Dump| dump.by_id.contains_key(&header.id);
        let is_twice = self.dump.as_ref().is_some_and(is_known)
            || self
                .last
                .as_ref()
                .is_some_and(|last| last.id() == header.id);
        let is_new =
            self.dump.is_none() || has_head && !repeats || self.is_apart && is_running && !repeats;
        if is_new {
            self.finish(!had_end);
            self.start();
        } else if is_twice && !repeats {
            // The goroutine that asks for a dump runs, and goes first: it is of the dump that begins.
            let first = self.first_of_next();
            self.finish(first.is_none() && !had_end);
            self.start();
            if let (Some(dump), Some((goroutine, pages))) = (&mut self.dump, first) {
                dump.pages = pages;
                dump.insert(goroutine, true);
            }
        } else if self.orphans
            && let Some(dump) = &mut self.dump
        {
            dump.broken += 1;
        }
        self.before.clear();
        (self.is_apart, self.orphans) = (false, false);
        self.settle();
        if let Some(dump) = &mut self.dump {
            dump.lines.1 = self.line;
            self.open = Some(Open::new(header, &mut dump.pages));
        }
    }

    /// The goroutine before, with pages of its own, if the next dump may begin with it.
    fn first_of_next(&mut self) -> Option<(Goroutine, Pages)> {
        let dump = self
            .dump
            .as_mut()
            .filter(|dump| !dump.goroutines.is_empty())?;
        let last = self.last.take_if(|last| last.begins() && !last.is_cut())?;
        let (mut goroutine, _) = last.close(&mut dump.pages);
        let mut pages = Pages::default();
        pages.adopt(&dump.pages, &mut goroutine.stack);
        Some((goroutine, pages))
    }

    /// Begins a dump.
    fn start(&mut self) {
        self.dumps += 1;
        self.dump = Some(Dump {
            number: self.dumps,
            lines: (self.line, self.line),
            head: self.before.drain(..).collect(),
            lacks_begin: self.orphans,
            ..Dump::default()
        });
    }

    /// Ends the goroutine that is being read.
    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.settle();
            self.last = Some(open);
        }
    }

    /// Adds the goroutine before the one that is being read to its dump.
    fn settle(&mut self) {
        if let (Some(dump), Some(last)) = (&mut self.dump, self.last.take()) {
            dump.add(last);
        }
    }

    /// Ends the dump.
    fn finish(&mut self, lacks_end: bool) {
        self.settle();
        let Some(mut dump) = self.dump.take() else {
            return;
        };
        dump.lacks_end = lacks_end;
        self.whole += usize::from(dump.is_whole());
        let is_better = match (self.wanted, &self.kept) {
            (Some(wanted), _) => dump.number == wanted,
            (None, Some(kept)) => dump.rank() >= kept.rank(),
            (None, None) => true,
        };
        if is_better {
            self.kept = Some(dump);
        }
    }

    /// Ends the text, whose last line was `rest` if it has no end, and gives the dump that is kept.
    pub(super) fn end(&mut self, rest: Option<&str>) -> Option<Dump> {
        let mut is_cut = self.open.as_ref().is_some_and(Open::is_cut);
        if let Some(rest) = rest {
            let in_line = self.open.is_some() && part(rest) == Part::Other;
            let in_header = header::BEGIN.starts_with(rest) || rest.starts_with(header::BEGIN);
            is_cut |= in_line || !rest.is_empty() && in_header && Header::parse(rest).is_none();
        }
        self.close();
        self.finish(is_cut);
        self.kept.take()
    }
}

/// Whether a line says why the goroutines after it are printed.
pub(super) fn is_head(line: &str) -> bool {
    HEADS.iter().any(|head| match line.strip_prefix(head) {
        Some(rest) if *head == "SIG" => {
            rest.contains(": ") && rest.starts_with(|c: char| c.is_ascii_uppercase())
        }
        Some(_) => true,
        None => false,
    })
}

/// `rax    0x1f`: what follows a dump.
fn is_register(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let name = words.next().is_some_and(|name| name.len() <= 6);
    let value = words.next().is_some_and(|value| value.starts_with("0x"));
    name && value && words.next().is_none()
}
