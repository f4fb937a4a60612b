//! `--format=pprof`: a profile of goroutines, as `go tool pprof`, Pyroscope, Parca and others read it (profile.proto, gzip'd).

mod field;
mod labels;
mod proto;
mod table;

use super::profiled;
use crate::report::{Goroutine, Report};
use field::{label, profile, sample, value_type};
use flate2::Compression;
use flate2::write::GzEncoder;
use labels::{Label, Value};
use proto::Message;
use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};
use table::Table;

/// So many bytes are collected before they are packed.
const BLOCK: usize = 64 << 10;

/// What a sample is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Samples {
    /// All goroutines of the same stack and the same labels of their own; the most first.
    Aggregated,
    /// One goroutine, with labels that say which, and what it does.
    PerGoroutine,
}

/// Writes the goroutines that are shown.
///
/// # Errors
/// What `out` answers.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    shown: &[&Goroutine],
    samples: Samples,
) -> io::Result<()> {
    let mut out = GzEncoder::new(out, Compression::default());
    let mut table = Table::of(report);
    let mut message = Message::default();
    let mut count_of = Message::default();
    count_of.number(value_type::TYPE, table.text("goroutine"));
    count_of.number(value_type::UNIT, table.text("count"));
    message.message(profile::SAMPLE_TYPE, &count_of);
    message.message(profile::PERIOD_TYPE, &count_of);
    message.number(profile::PERIOD, 1);
    let at = report.taken.at.map_or(0, nanoseconds);
    message.signed(profile::TIME_NANOS, at);
    let mut buffer = message.take();
    for (locations, labels, count) in counted(&mut table, report, shown, samples) {
        let mut one = Message::default();
        one.numbers(sample::LOCATION_ID, &locations);
        one.numbers(sample::VALUE, &[count]);
        for label in &labels {
            one.message(sample::LABEL, &labelled(&mut table, label));
        }
        message.message(profile::SAMPLE, &one);
        buffer.append(&mut message.take());
        if buffer.len() >= BLOCK {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)?;
    out.write_all(&table.finish())?;
    out.finish()?;
    Ok(())
}

/// The locations of a stack, labels, and how many goroutines have both.
type Sample = (Vec<u64>, Vec<Label>, u64);

fn counted(
    table: &mut Table<'_>,
    report: &Report,
    shown: &[&Goroutine],
    samples: Samples,
) -> Vec<Sample> {
    let stacks = shown.iter().map(|goroutine| {
        let frames = profiled::physical(report, &goroutine.stack);
        let locations = frames.iter().map(|frame| table.location(frame));
        (*goroutine, locations.collect::<Vec<u64>>())
    });
    match samples {
        Samples::PerGoroutine => stacks
            .map(|(goroutine, stack)| (stack, labels::all(report, goroutine), 1))
            .collect(),
        Samples::Aggregated => {
            let mut counts: HashMap<(Vec<u64>, Vec<Label>), u64> = HashMap::new();
            for (goroutine, stack) in stacks {
                *counts.entry((stack, labels::own(goroutine))).or_default() += 1;
            }
            let counts = counts.into_iter();
            let mut counts: Vec<Sample> = counts
                .map(|((stack, labels), count)| (stack, labels, count))
                .collect();
            counts.sort_by(|one, other| {
                let by_count = other.2.cmp(&one.2);
                by_count.then_with(|| (&one.0, &one.1).cmp(&(&other.0, &other.1)))
            });
            counts
        }
    }
}

fn labelled(table: &mut Table<'_>, label: &Label) -> Message {
    let mut message = Message::default();
    message.number(label::KEY, table.text(&label.key));
    match &label.value {
        Value::Text(text) => message.number(label::STR, table.text(text)),
        Value::Number(number) => message.number(label::NUM, *number),
    }
    message
}

/// From 1970 on.
fn nanoseconds(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(0)
}
