//! What was measured, in words.

use super::measure::Curve;
use crate::table::{self, count, megabytes, milliseconds};

/// The head of the table.
pub(super) fn head() -> String {
    table::head(&[
        "mode",
        "form",
        "largest",
        "CPU",
        "CPU's slope",
        "memory",
        "memory's slope",
    ])
}

/// A curve as a row of the table: what the largest size took, and how that came about.
pub(super) fn row(curve: &Curve) -> String {
    let (size, cost) = curve.points.last().copied().unwrap_or((1, curve.least));
    table::row(&[
        curve.mode.to_owned(),
        curve.form.to_string(),
        count(u64::from(size)),
        milliseconds(cost.cpu),
        slope(curve.of_cpu()),
        megabytes(cost.memory),
        slope(curve.of_memory()),
    ])
}

fn slope(slope: Option<f64>) -> String {
    // Too little to tell.
    slope.map_or_else(|| "-".to_owned(), |slope| format!("{slope:.2}"))
}

/// What of a curve is steeper than the limit.
pub(super) fn too_steep(curve: &Curve, limit: f64) -> impl Iterator<Item = String> {
    let of = [("CPU time", curve.of_cpu()), ("memory", curve.of_memory())];
    let steep = of.into_iter().filter_map(move |(what, slope)| {
        let slope = slope.filter(|slope| *slope > limit)?;
        Some((what, slope))
    });
    steep.map(|(what, slope)| {
        let points = curve.points.iter().map(|(size, cost)| {
            let (cpu, memory) = (milliseconds(cost.cpu), megabytes(cost.memory));
            format!("{}: {cpu}, {memory}", count(u64::from(*size)))
        });
        let points: Vec<String> = points.collect();
        format!(
            "{} {}: {what} grows with the power {slope:.2} of the size ({})",
            curve.mode,
            curve.form,
            points.join("; ")
        )
    })
}
