//! What stands above every screen: the target, its figures, what is wrong, what is shown.

use crate::describe::Short;
use crate::report::Weight;
use crate::sampler::row::waited;
use crate::tui::areas::Areas;
use crate::tui::model::{Life, Model, Screen};
use crate::tui::pen::{Count, Pen, Rate, Rest, Size};
use gopeek_layout::health::{Health, Phase};
use std::time::{Duration, Instant};

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, areas: &Areas) {
    if let Some(row) = Rest::row(areas.title, 0) {
        title(pen, model, row);
    }
    if let Some(row) = Rest::row(areas.tally, 0) {
        tally(pen, model, row);
    }
    if let Some(row) = Rest::row(areas.warnings, 0) {
        warnings(pen, model, row);
    }
    if let Some(row) = Rest::row(areas.filter, 0) {
        shown(pen, model, row);
    }
}

fn title(pen: &mut Pen<'_>, model: &Model, row: Rest) {
    let theme = pen.theme;
    let title = &model.title;
    let rest = pen.print(
        row,
        format_args!(" gopeek {} {}", title.pid, title.name),
        theme.strong,
    );
    let (state, style) = match (&model.life, model.frozen) {
        (Life::Opening, _) => ("opening", theme.warning),
        (Life::Over(_), _) => ("gone", theme.alarm),
        (Life::Live, true) => ("frozen", theme.warning),
        (Life::Live, false) => ("live", theme.good),
    };
    let symbol = if state == "live" {
        theme.symbols.live
    } else {
        theme.symbols.frozen
    };
    let pace = &model.sample.pace;
    let every = pace.interval();
    let rest = pen.print(
        rest,
        format_args!("  {symbol} {state} {}", Tenths(every)),
        style,
    );
    let rest = pen.print(
        rest,
        format_args!("  {}  {}", title.go, title.platform),
        theme.plain,
    );
    let rest = match title.started {
        Some(started) => pen.print(
            rest,
            format_args!(
                "  up {}",
                Short(Instant::now().saturating_duration_since(started))
            ),
            theme.plain,
        ),
        None => rest,
    };
    let rest = match pace.pauses {
        Some((last, longest)) => pen.print(
            rest,
            format_args!(
                "  pause {:.2}ms (max {:.1})",
                milliseconds(last),
                milliseconds(longest)
            ),
            theme.plain,
        ),
        None => pen.put(rest, "  never paused", theme.plain),
    };
    let moved = model.sample.tally.moved;
    let style = if moved > 0 {
        theme.warning
    } else {
        theme.faint
    };
    pen.print(
        rest,
        format_args!(
            "  moved {moved}/{}",
            model.sample.tally.users + model.sample.tally.system
        ),
        style,
    );
}

/// A time with a tenth of a second: `1.0s`.
struct Tenths(Duration);

impl std::fmt::Display for Tenths {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{:.1}s", self.0.as_secs_f64())
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn tally(pen: &mut Pen<'_>, model: &Model, row: Rest) {
    let theme = pen.theme;
    let tally = &model.sample.tally;
    let number = |count: usize| Count(u64::try_from(count).unwrap_or(0));
    let mut rest = pen.print(
        row,
        format_args!(" G {}", number(tally.users)),
        theme.strong,
    );
    if model.samples > 1 {
        let growth = model.history.growth.round();
        rest = pen.print(rest, format_args!(" ({growth:+}/s)"), theme.plain);
    }
    rest = pen.print(
        rest,
        format_args!("  run {}", number(tally.runs)),
        theme.plain,
    );
    let starved = tally.runnable > 0 && idle_ps(&model.sample.health) == 0;
    let (mark, style) = if starved {
        (theme.symbols.up, theme.warning)
    } else {
        ("", theme.plain)
    };
    rest = pen.print(
        rest,
        format_args!("  runnable {}{mark}", number(tally.runnable)),
        style,
    );
    rest = pen.print(
        rest,
        format_args!(
            "  syscall {}  wait {}",
            number(tally.syscall),
            number(tally.waits)
        ),
        theme.plain,
    );
    let health = &model.sample.health;
    let ps = health.processors.len();
    rest = pen.print(
        rest,
        format_args!(
            "  M {}  P {}/{ps} busy",
            health.threads.len(),
            ps.saturating_sub(idle_ps(health))
        ),
        theme.plain,
    );
    rest = pen.print(rest, format_args!("  GC {}", phase(health)), theme.plain);
    if let Some(usage) = model.sample.usage {
        #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
        let resident = usage.resident as f64;
        rest = pen.print(rest, format_args!("  RSS {}", Size(resident)), theme.plain);
    }
    if let Some(cpu) = model.history.cpu.last() {
        pen.print(
            rest,
            format_args!("  CPU {}%", Rate(cpu * 100.0)),
            theme.plain,
        );
    }
}

/// `_Pidle`.
const IDLE: u32 = 0;

fn idle_ps(health: &Health) -> usize {
    let ps = health.processors.iter();
    ps.filter(|p| p.status == IDLE).count()
}

/// What the GC does.
pub(super) fn phase(health: &Health) -> &'static str {
    let stopping = health.scheduler.as_ref().is_some_and(|it| it.stopping);
    let phase = health.collector.as_ref().and_then(|it| it.phase);
    match (stopping, phase) {
        (true, _) => "stops the world",
        (false, Some(Phase::Mark)) => "marks",
        (false, Some(Phase::MarkTermination)) => "ends marking",
        (false, Some(Phase::Off)) => "idle",
        (false, None) => "?",
    }
}

fn warnings(pen: &mut Pen<'_>, model: &Model, row: Rest) {
    let theme = pen.theme;
    if let Life::Over(why) = &model.life {
        let text = format_args!(
            " {} {why}: this is the last that was seen",
            theme.symbols.warning
        );
        pen.print(row, text, theme.alarm);
        return;
    }
    let Some(diagnosis) = &model.diagnosis else {
        pen.put(row, " looking for what is wrong ...", theme.faint);
        return;
    };
    let mut rest = row;
    let worth = |weight: Weight| weight > Weight::Note;
    let findings = diagnosis.findings.iter().filter(|it| worth(it.weight));
    let mut calm = true;
    for finding in findings {
        let style = if finding.weight == Weight::Stuck {
            theme.alarm
        } else {
            theme.warning
        };
        let symbol = theme.symbols.warning;
        rest = pen.print(rest, format_args!(" {symbol} {} ", finding.text), style);
        calm = false;
    }
    if calm {
        rest = pen.put(rest, " nothing suspicious", theme.good);
    }
    if let Some(ago) = waited(diagnosis.now, model.sample.now) {
        pen.print(rest, format_args!("  ({} ago)", Short(ago)), theme.faint);
    }
}

fn shown(pen: &mut Pen<'_>, model: &Model, row: Rest) {
    let theme = pen.theme;
    let (filter, style) = match &model.filter {
        Some((_, text)) => (text.as_str(), theme.strong),
        None => ("", theme.faint),
    };
    let rest = pen.print(row, format_args!(" / {filter}"), style);
    let table = &model.table;
    let number = |count: usize| Count(u64::try_from(count).unwrap_or(0));
    let rest = pen.print(
        rest,
        format_args!("   {}", model.screen.name()),
        theme.heading,
    );
    let rest = match model.screen {
        Screen::Groups | Screen::List | Screen::Changes => pen.print(
            rest,
            format_args!(
                "  group: {}  sort: {}   {}/{} shown",
                model.by.name(),
                model.sort.name(),
                number(table.shown),
                number(table.all)
            ),
            theme.plain,
        ),
        _ => rest,
    };
    let baseline = model.baseline.as_ref();
    let since = baseline.and_then(|it| waited(it.now, model.sample.now));
    let rest = match since.filter(|_| model.screen == Screen::Changes) {
        Some(since) => pen.print(
            rest,
            format_args!("   since {} ago", Short(since)),
            theme.strong,
        ),
        None => rest,
    };
    if let Some(id) = model.follows {
        pen.print(rest, format_args!("   following g{id}"), theme.warning);
    }
}
