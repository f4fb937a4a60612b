//! The verdict: the worst first, each with its evidence.

use super::Style;
use crate::describe;
use crate::report::{Finding, Grade, Object, Report, Suspect, Trouble, Weight};
use crate::words::{grouped, plural, printable};
use std::io::{self, Write};

/// So many findings are told with their evidence; of the rest, the sentences.
const TOLD: usize = 3;
/// So many are told at all.
const MOST: usize = 8;
/// So many objects of a finding are told.
const OBJECTS: usize = 3;
/// So many suspects of an object.
const SUSPECTS: usize = 2;

pub(super) fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    let heading = style.paint.heading("VERDICT");
    let worth = |finding: &&Finding| finding.weight > Weight::Note;
    let findings: Vec<&Finding> = report.findings.iter().filter(worth).collect();
    if findings.is_empty() {
        writeln!(out, "{heading}  {}", style.paint.calm(&calm(report)))?;
        let notes = report
            .findings
            .iter()
            .take(if style.all { usize::MAX } else { TOLD });
        for note in notes {
            writeln!(out, "  note: {}", note.text)?;
        }
        return writeln!(out);
    }
    let most = if style.all { usize::MAX } else { MOST };
    for (index, finding) in findings.iter().take(most).enumerate() {
        let word = match finding.weight {
            Weight::Stuck => style.paint.alarm("stuck"),
            Weight::Suspicious | Weight::Note => style.paint.warning("suspicious"),
        };
        if index == 0 {
            writeln!(out, "{heading}  {word}: {}", finding.text)?;
        } else {
            writeln!(out, "  also {word}: {}", finding.text)?;
        }
        if index < TOLD || style.all {
            evidence(out, report, style, finding)?;
        }
    }
    if findings.len() > most {
        writeln!(out, "  and {} more (--all)", findings.len() - most)?;
    }
    writeln!(out)
}

/// One calm sentence.
fn calm(report: &Report) -> String {
    if report.text().is_some() {
        return format!(
            "nothing suspicious shows in the text: {}; it does not say who holds a lock",
            plural(report.user_goroutines().count(), "goroutine")
        );
    }
    let blocked = report
        .user_goroutines()
        .filter(|it| it.wait.is_some())
        .count();
    format!(
        "looks healthy: {}, {} waiting; no deadlock, no stuck lock, no stuck work",
        plural(report.user_goroutines().count(), "goroutine"),
        grouped(blocked),
    )
}

fn evidence(
    out: &mut dyn Write,
    report: &Report,
    style: Style,
    finding: &Finding,
) -> io::Result<()> {
    let objects = finding.objects.iter().filter_map(|at| report.object(*at));
    // Where each waits at something of its own, what they wait for says more than these.
    let told = objects.filter(|object| !is_private(finding, object));
    let told: Vec<&Object> = told.take(OBJECTS).collect();
    for object in &told {
        of_object(out, report, style, object)?;
    }
    if let Some(resource) = &finding.resource {
        let facts = describe::facts(resource);
        if !facts.is_empty() {
            writeln!(out, "  {}: {facts}", resource.text)?;
        }
    }
    if told.is_empty() {
        for culprit in finding.culprits.iter().take(SUSPECTS) {
            culprit_line(out, report, *culprit)?;
        }
    }
    Ok(())
}

/// Whether an object is one goroutine's own, of many that are told of, and nobody holds it.
fn is_private(finding: &Finding, object: &Object) -> bool {
    let alone = object.waiters.len() == 1 && object.suspects.is_empty();
    finding.what == Trouble::Blocked && finding.held_up > 1 && alone
}

fn of_object(
    out: &mut dyn Write,
    report: &Report,
    style: Style,
    object: &Object,
) -> io::Result<()> {
    let oldest = object.waiters.first();
    let oldest = oldest.and_then(|waiter| report.waited(waiter.goroutine));
    let oldest = describe::at_least(oldest).map_or(String::new(), |it| format!(", oldest {it}"));
    let waiting = object.waiters.iter().map(|waiter| waiter.goroutine);
    let spread = describe::spread(report, waiting).map_or(String::new(), |it| format!(", {it}"));
    let state = describe::state(report, object);
    let state = if state.is_empty() {
        state
    } else {
        format!("{state}, ")
    };
    let waiters = plural(object.waiters.len(), "waiter");
    writeln!(
        out,
        "  {}   {state}{waiters}{oldest}{spread}",
        describe::object(object)
    )?;
    let most = if style.all { usize::MAX } else { SUSPECTS };
    for suspect in object.suspects.iter().take(most) {
        of_suspect(out, report, style, suspect)?;
    }
    if object.suspects.len() > most {
        writeln!(
            out,
            "    and {} more may hold it",
            object.suspects.len() - most
        )?;
    }
    Ok(())
}

fn of_suspect(
    out: &mut dyn Write,
    report: &Report,
    style: Style,
    suspect: &Suspect,
) -> io::Result<()> {
    let grade = match suspect.grade {
        Grade::Certain => "holder",
        Grade::Likely => "likely holder",
        Grade::Possible => "possible holder",
    };
    let grade = match suspect.grade {
        Grade::Certain => style.paint.alarm(grade),
        Grade::Likely => style.paint.warning(grade),
        Grade::Possible => style.paint.faint(grade),
    };
    let goroutine = report.goroutine(suspect.goroutine);
    let state = goroutine.map_or(String::new(), |goroutine| {
        let waited = describe::at_least(report.blocked_for(goroutine));
        let waited = waited.map_or(String::new(), |waited| format!(", {waited}"));
        format!(
            " [{}{waited}], which {}",
            goroutine.state,
            describe::does(report, goroutine)
        )
    });
    let name = describe::name(report, suspect.goroutine);
    writeln!(out, "    {grade}: {name}{state}")?;
    let why: Vec<String> = suspect
        .evidence
        .iter()
        .map(|evidence| describe::evidence(report, suspect.goroutine, evidence))
        .collect();
    writeln!(out, "      why: {}", why.join("; "))
}

fn culprit_line(out: &mut dyn Write, report: &Report, culprit: u32) -> io::Result<()> {
    let Some(goroutine) = report.goroutine(culprit) else {
        return Ok(());
    };
    let mut frames = report.frames(&goroutine.stack);
    let place = frames.find_map(|frame| frame.site.calls.first());
    let place = place.map_or(String::new(), |call| {
        format!(
            "  in {} {}:{}",
            printable(&call.function),
            printable(describe::base(&call.file)),
            call.line
        )
    });
    writeln!(
        out,
        "    g{} [{}] {}{place}",
        goroutine.id,
        goroutine.state,
        describe::does(report, goroutine)
    )
}
