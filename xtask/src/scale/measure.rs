//! What gopeek takes for each size.

use std::time::Duration;

use anyhow::{Context, Result};

use super::Args;
use super::form::Form;
use super::mode::Mode;
use super::slope::slope;
use crate::cell::Built;
use crate::target::Target;
use crate::{repo, run};

/// For the program to come to its last step, and for gopeek to look at it.
const LIMIT: Duration = Duration::from_secs(300);
/// How many more runs a look gets at each size where the slope is too steep, since other work on the machine is counted, too.
const SECOND_THOUGHTS: u32 = 3;

/// What a look took: the best of several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cost {
    pub(super) cpu: Duration,
    /// In bytes.
    pub(super) memory: u64,
}

impl Cost {
    fn best(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.min(other.cpu),
            memory: self.memory.min(other.memory),
        }
    }
}

/// What one form takes in one mode.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) mode: &'static str,
    pub(super) form: Form,
    /// What it takes for a target of size 1: start, binary, runtime.
    pub(super) least: Cost,
    /// By size, the smallest first.
    pub(super) points: Vec<(u32, Cost)>,
}

/// Least CPU time above that of size 1, in seconds, that says anything.
const MIN_CPU: f64 = 0.03;
/// Least memory above that of size 1, in bytes, that says anything: pages and buffers come in large pieces.
const MIN_MEMORY: f64 = 3e6;

impl Curve {
    /// The slope of the CPU time; nothing where it takes hardly more than at size 1.
    pub(super) fn of_cpu(&self) -> Option<f64> {
        let least = self.least.cpu.as_secs_f64();
        self.slope(MIN_CPU, |cost| cost.cpu.as_secs_f64() - least)
    }

    /// The slope of the memory, likewise.
    pub(super) fn of_memory(&self) -> Option<f64> {
        self.slope(MIN_MEMORY, |cost| {
            f64_of(cost.memory) - f64_of(self.least.memory)
        })
    }

    fn slope(&self, least: f64, of: impl Fn(&Cost) -> f64) -> Option<f64> {
        let points = self.points.iter();
        let points = points.map(|(size, cost)| (f64::from(*size), of(cost)));
        let points: Vec<(f64, f64)> = points.filter(|(_, cost)| *cost >= least).collect();
        slope(&points)
    }

    fn is_steep(&self, limit: f64) -> bool {
        let slopes = [self.of_cpu(), self.of_memory()];
        slopes.into_iter().flatten().any(|slope| slope > limit)
    }
}

/// A number of bytes, of which the last few do not matter.
fn f64_of(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) * 1024.0
}

/// Measures a mode in each form.
pub(super) fn measure(
    program: &Built,
    mode: &Mode,
    sizes: &[u32],
    forms: &[Form],
    args: &Args,
) -> Result<Vec<Curve>> {
    let least = looks(program, mode, 1, forms, args.runs)?;
    let curves = forms.iter().zip(least).map(|(form, least)| Curve {
        mode: mode.name,
        form: *form,
        least,
        points: Vec::new(),
    });
    let mut curves: Vec<Curve> = curves.collect();
    for size in sizes {
        let costs = looks(program, mode, *size, forms, args.runs)?;
        for (curve, cost) in curves.iter_mut().zip(costs) {
            curve.points.push((*size, cost));
        }
    }
    for curve in &mut curves {
        if curve.is_steep(args.limit) {
            again(program, mode, curve)?;
        }
    }
    Ok(curves)
}

/// Measures a curve again, and keeps what is better.
fn again(program: &Built, mode: &Mode, curve: &mut Curve) -> Result<()> {
    let form = curve.form;
    for (size, known) in [(1, &mut curve.least)]
        .into_iter()
        .chain(curve.points.iter_mut().map(|(size, known)| (*size, known)))
    {
        for cost in looks(program, mode, size, &[form], SECOND_THOUGHTS)? {
            *known = known.best(cost);
        }
    }
    Ok(())
}

/// Looks at one target in each form; of several looks in one form, the best counts.
fn looks(program: &Built, mode: &Mode, size: u32, forms: &[Form], runs: u32) -> Result<Vec<Cost>> {
    eprintln!("{} {size}", mode.name);
    let mut command = program.command();
    command.arg(mode.name).arg(size.to_string());
    let said = repo::target().join("scale/stderr.txt");
    let mut target = Target::start(command, &said)?;
    let failed = || format!("{} {size}", mode.name);
    target.wait_until_ready(LIMIT).with_context(failed)?;
    let mut best = Vec::new();
    for form in forms {
        let mut of_form = look(&target, *form).with_context(failed)?;
        for _ in 1..runs {
            of_form = of_form.best(look(&target, *form).with_context(failed)?);
        }
        best.push(of_form);
    }
    target.end(LIMIT).with_context(failed)?;
    Ok(best)
}

fn look(target: &Target, form: Form) -> Result<Cost> {
    let ended = run::gopeek(LIMIT, &mut form.command(target.pid()))?;
    Ok(Cost {
        cpu: ended.cpu,
        memory: ended.memory,
    })
}
