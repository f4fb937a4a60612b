//! What the screen shows, and how: all that drawing goes by.

use super::baseline::Baseline;
use super::cursor::Cursor;
use super::history::History;
use super::input::Input;
use super::order::{By, Sort};
use super::rows::Table;
use super::told::Diagnosis;
use super::trends::Trends;
use crate::filter::{Filter, RowMatcher};
use crate::sampler::{Sample, Texts};
use clap::ValueEnum;
use std::time::Instant;

/// What is looked at, as far as it does not change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Title {
    pub(crate) pid: i32,
    pub(crate) name: String,
    /// `go1.27.3`.
    pub(crate) go: String,
    /// `linux/amd64`.
    pub(crate) platform: String,
    /// When it was started.
    pub(crate) started: Option<Instant>,
    /// The kernel's limit of its memory, in bytes.
    pub(crate) memory_limit: Option<u64>,
}

/// The screens.
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Screen {
    /// Goroutines grouped by stack.
    #[default]
    Groups,
    /// Every goroutine.
    List,
    /// Threads.
    Threads,
    /// Locks, channels and files that goroutines wait on.
    Objects,
    /// The runtime's health: GC, heap, scheduler.
    Runtime,
    /// Changes since a baseline.
    Changes,
}

impl Screen {
    pub(crate) const ALL: [Screen; 6] = [
        Screen::Groups,
        Screen::List,
        Screen::Threads,
        Screen::Objects,
        Screen::Runtime,
        Screen::Changes,
    ];

    /// The one that comes so many behind.
    pub(crate) fn after(self, by: usize) -> Screen {
        let at = (self as usize + by) % Screen::ALL.len();
        Screen::ALL[at]
    }

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Screen::Groups => "groups",
            Screen::List => "list",
            Screen::Threads => "threads",
            Screen::Objects => "objects",
            Screen::Runtime => "runtime",
            Screen::Changes => "changes",
        }
    }
}

/// What lies above the screen and takes the keys.
#[derive(Clone, Debug, Default)]
pub(crate) enum Over {
    /// Nothing.
    #[default]
    Nothing,
    /// The keys and what they do.
    Help,
    /// A filter that is being written.
    Filter(Input),
    /// In which format to save.
    Save,
}

/// Whether the target is there to be looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Life {
    /// It is looked at for the first time.
    #[default]
    Opening,
    /// It runs.
    Live,
    /// It is not looked at any more, and why.
    Over(String),
}

/// All of it.
pub(crate) struct Model {
    pub(crate) title: Title,
    pub(crate) life: Life,
    pub(crate) texts: Texts,
    pub(crate) sample: Box<Sample>,
    pub(crate) threads: Vec<[String; 7]>,
    pub(crate) diagnosis: Option<Box<Diagnosis>>,
    pub(crate) screen: Screen,
    pub(crate) over: Over,
    /// Details of what is selected are shown below.
    pub(crate) detail: bool,
    /// Of a group, those of which of its goroutines.
    pub(crate) nth: usize,
    pub(crate) by: By,
    pub(crate) sort: Sort,
    /// The filter, as it was written.
    pub(crate) filter: Option<(Filter, String)>,
    /// It, with its answers so far.
    pub(crate) matcher: Option<RowMatcher>,
    /// The runtime's own goroutines are shown, too.
    pub(crate) system: bool,
    /// The rows that are shown, by screen.
    pub(crate) table: Table,
    pub(crate) cursors: [Cursor; Screen::ALL.len()],
    pub(crate) trends: Trends,
    pub(crate) history: History,
    pub(crate) baseline: Option<Baseline>,
    /// The picture stays as it is.
    pub(crate) frozen: bool,
    /// The selected goroutine stays selected, whatever group or place it is in.
    pub(crate) follows: Option<u64>,
    /// What was done last, in words.
    pub(crate) notice: Option<String>,
    pub(crate) size: (u16, u16),
    /// Samples so far.
    pub(crate) samples: u64,
}

impl Model {
    /// Nothing yet, on a screen of so many columns and rows.
    pub(crate) fn new(title: Title, sample: Box<Sample>, size: (u16, u16)) -> Model {
        Model {
            title,
            life: Life::default(),
            texts: Texts::default(),
            sample,
            threads: Vec::new(),
            diagnosis: None,
            screen: Screen::default(),
            over: Over::default(),
            detail: false,
            nth: 0,
            by: By::default(),
            sort: Sort::default(),
            filter: None,
            matcher: None,
            system: false,
            table: Table::default(),
            cursors: Default::default(),
            trends: Trends::default(),
            history: History::default(),
            baseline: None,
            frozen: false,
            follows: None,
            notice: None,
            size,
            samples: 0,
        }
    }

    pub(crate) fn cursor(&self) -> &Cursor {
        &self.cursors[self.screen as usize]
    }

    pub(crate) fn cursor_mut(&mut self) -> &mut Cursor {
        &mut self.cursors[self.screen as usize]
    }

    /// How many rows the screen has to scroll through.
    pub(crate) fn len(&self) -> usize {
        match self.screen {
            Screen::Groups => self.table.groups.len(),
            Screen::List => self.table.list.len(),
            Screen::Threads => self.threads.len(),
            Screen::Objects => self.diagnosis.as_ref().map_or(0, |it| it.objects.len()),
            Screen::Runtime => 0,
            Screen::Changes => self.table.changes.len(),
        }
    }

    /// By what the row of this index is known again when rows have moved.
    pub(crate) fn key_at(&self, index: usize) -> Option<u64> {
        match self.screen {
            Screen::Groups => self.table.groups.get(index).map(|group| group.key),
            Screen::List => self.table.list_row(index, &self.sample).map(|row| row.id),
            Screen::Threads => {
                let tid = &self.threads.get(index)?[0];
                tid.parse().ok()
            }
            Screen::Objects => self.diagnosis.as_ref()?.objects.get(index).map(|it| it.key),
            Screen::Runtime => None,
            Screen::Changes => self.table.changes.get(index).map(|change| change.key),
        }
    }

    /// The goroutine that is selected: that of the list, or the one of a group that has waited for longest.
    pub(crate) fn selected(&self) -> Option<u64> {
        if let Some(follows) = self.follows {
            return Some(follows);
        }
        let at = self.cursor().at;
        match self.screen {
            Screen::Groups => {
                let group = self.table.groups.get(at)?;
                let member = self.table.member(group, self.nth)?;
                self.sample.rows.get(member).map(|row| row.id)
            }
            Screen::List => self.table.list_row(at, &self.sample).map(|row| row.id),
            Screen::Threads => {
                let goroutine = &self.threads.get(at)?[4];
                let digits = goroutine.trim_start_matches('g');
                let digits = digits.split(' ').next().unwrap_or_default();
                digits.parse().ok()
            }
            Screen::Objects | Screen::Runtime | Screen::Changes => None,
        }
    }
}
