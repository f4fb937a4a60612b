//! A frame of a target whose groups stay the same allocates nothing.

use super::scene::{model, sample};
use crate::book::Book;
use crate::inspect::understand;
use crate::options::Options;
use crate::sampler::{Pace, Sample, Sampler};
use crate::tui::backend::Cells;
use crate::tui::model::{Life, Model, Screen, Title};
use crate::tui::msg::{Ask, Effect, Msg};
use crate::tui::theme::Theme;
use crate::tui::update::update;
use crate::tui::view;
use allocation_counter::measure;
use gopeek_attach::{Pid, Process};
use ratatui::Terminal;
use std::io::{Sink, sink};
use std::time::Duration;

/// So many frames warm up what grows by and by.
const WARM_UP: usize = 30;
const FRAMES: usize = 20;

struct Frames {
    model: Model,
    theme: Theme,
    room: String,
    effects: Vec<Effect>,
    terminal: Terminal<Cells<Sink>>,
}

impl Frames {
    fn of(model: Model) -> Frames {
        let backend = Cells::new(sink());
        let options = ratatui::TerminalOptions {
            viewport: ratatui::Viewport::Fixed(ratatui::layout::Rect::new(0, 0, 140, 50)),
        };
        Frames {
            model,
            theme: Theme::new(true, true),
            room: String::new(),
            effects: Vec::new(),
            terminal: Terminal::with_options(backend, options).unwrap(),
        }
    }

    /// Takes a sample and draws; returns the room of the one before.
    fn frame(&mut self, sample: Box<Sample>) -> Box<Sample> {
        let Frames {
            model,
            theme,
            room,
            effects,
            terminal,
        } = self;
        update(model, Msg::Sampled(sample), effects);
        terminal
            .draw(|frame| {
                view::draw(model, theme, room, frame.buffer_mut());
            })
            .unwrap();
        let effect = effects.pop();
        match effect {
            Some(Effect::Ask(Ask::Room(room))) => room,
            other => panic!("no room came back, but {other:?}"),
        }
    }
}

#[test]
fn drawing_and_counting_allocate_nothing() {
    for screen in Screen::ALL {
        let mut model = model(140, 50);
        model.screen = screen;
        model.detail = true;
        let mut frames = Frames::of(model);
        let mut samples: Vec<Box<Sample>> = (0..WARM_UP + FRAMES)
            .map(|nth| {
                let second = i64::try_from(nth).unwrap() + 3;
                let mut sample = sample(second);
                // Goroutines come and go, and groups are as large as they are.
                sample.rows.truncate(2600);
                Box::new(sample)
            })
            .collect();
        samples.reverse();
        let mut kept = Vec::with_capacity(samples.len());
        for _ in 0..WARM_UP {
            kept.push(frames.frame(samples.pop().unwrap()));
        }
        let made = measure(|| {
            for _ in 0..FRAMES {
                kept.push(frames.frame(samples.pop().unwrap()));
            }
        });
        assert_eq!(made.count_total, 0, "{screen:?}: {made:?}");
    }
}

/// What was ever seen: of each kind, how much.
fn known(model: &Model) -> [usize; 7] {
    let texts = &model.texts;
    [
        texts.ways.len(),
        texts.creators.len(),
        texts.labels.len(),
        texts.states.len(),
        model.trends.len(),
        model.sample.rows.len(),
        model.sample.health.threads.len(),
    ]
}

/// Of the Go process GOPEEK_TARGET, whose goroutines come and go and do the same all the time: `cargo xtask top`.
#[test]
#[ignore = "needs a Go process: cargo xtask top"]
fn sampling_allocates_nothing() {
    let pid = std::env::var("GOPEEK_TARGET").unwrap().parse().unwrap();
    let process = Process::open(Pid::from_raw(pid)).unwrap();
    let files = process.code_files().unwrap();
    let found = understand(&process, &process, &files, true).unwrap();
    let book = Book::default();
    // A pause allocates for each thread that it stops.
    let options = Options {
        no_stop: true,
        ..Options::default()
    };
    let mut sampler = Sampler::new(&process, &found, &book, &options).unwrap();
    let mut pace = Pace::new(Duration::from_secs(1));
    let mut model = Model::new(
        Title::default(),
        Box::new(Sample::empty(pace.clone())),
        (140, 50),
    );
    model.life = Life::Live;
    let mut frames = Frames::of(model);
    let mut room = Some(Box::new(Sample::empty(pace.clone())));
    let mut counts = Vec::new();
    for nth in 0..20 * WARM_UP {
        let before = known(&frames.model);
        let made = measure(|| {
            let mut sample = room.take().unwrap();
            sampler.take(&mut sample, &mut pace).unwrap();
            room = Some(frames.frame(sample));
        });
        // One that found something new had to keep it.
        if nth > WARM_UP && known(&frames.model) == before {
            counts.push(made.count_total);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let quiet = counts.iter().filter(|count| **count == 0).count();
    println!(
        "{quiet} of {} frames of the same groups allocated nothing; goroutines {}, the most allocations {:?}",
        counts.len(),
        frames.model.sample.tally.users,
        counts.iter().max()
    );
    assert!(!counts.is_empty());
    // A hash table of what comes and goes tidies itself now and then, which takes one allocation.
    let tidied = counts.len() - quiet;
    assert!(tidied * 100 <= counts.len(), "{counts:?}");
}
