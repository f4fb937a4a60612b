//! Counts and times, as people read them, and foreign texts, as terminals may have them.

use std::time::Duration;

pub(crate) use gopeek_attach::foreign::{printable, printable_lines};

/// `1 goroutine`, `12,017 goroutines`.
#[must_use]
pub(crate) fn plural(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(count))
}

/// With a comma between groups of three digits.
#[must_use]
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// With as many digits as mean something: `0.31 ms`, `12 ms`.
#[must_use]
pub(crate) fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    let digits = if milliseconds < 10.0 { 2 } else { 0 };
    format!("{milliseconds:.digits$} ms")
}

/// In the largest unit that leaves a digit before the point: `412 bytes`, `1.9 MiB`, `16 GiB`.
#[must_use]
pub(crate) fn bytes(count: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    #[allow(clippy::cast_precision_loss)]
    let mut value = count as f64;
    let mut unit = None;
    for larger in units {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, Some(larger));
    }
    match unit {
        None => format!("{count} bytes"),
        Some(unit) if value < 10.0 => format!("{value:.1} {unit}"),
        Some(unit) => format!("{value:.0} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, milliseconds, plural};
    use std::time::Duration;

    #[test]
    fn times_have_as_many_digits_as_mean_something() {
        assert_eq!(milliseconds(Duration::from_micros(310)), "0.31 ms");
        assert_eq!(milliseconds(Duration::from_micros(12_345)), "12 ms");
    }

    #[test]
    fn sizes_read_well() {
        let sizes = [412, 2_000_000, 16 << 30].map(bytes);
        assert_eq!(sizes, ["412 bytes", "1.9 MiB", "16 GiB"]);
    }

    #[test]
    fn counts_read_well() {
        assert_eq!(plural(1, "thread"), "1 thread");
        assert_eq!(plural(0, "thread"), "0 threads");
        assert_eq!(plural(1_012_017, "goroutine"), "1,012,017 goroutines");
    }
}
