//! Tables in Markdown, which read well in a terminal, too.

use std::time::Duration;

/// A row of a Markdown table.
pub(crate) fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// The first two lines of a Markdown table, its numbers to the right.
pub(crate) fn head(names: &[&str]) -> String {
    let rule = "---:|".repeat(names.len());
    format!("| {} |\n|{rule}", names.join(" | "))
}

/// Milliseconds, or seconds from ten on, with as many digits as mean something.
pub(crate) fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    if milliseconds < 10.0 {
        format!("{milliseconds:.2} ms")
    } else if milliseconds < 10_000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

/// Megabytes (10⁶ bytes), to one digit below a hundred.
pub(crate) fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    if tenths >= 1000 {
        return format!("{} MB", count(tenths.div_ceil(10)));
    }
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// A number, with a comma between groups of three digits.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// How many times longer the first is than the second.
pub(crate) fn ratio(longer: Duration, shorter: Duration) -> String {
    let ratio = longer.as_secs_f64() / shorter.as_secs_f64();
    if ratio < 10.0 {
        format!("{ratio:.1}×")
    } else if ratio.is_finite() {
        format!("{ratio:.0}×")
    } else {
        "-".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let row = row(&["1".to_owned(), "2".to_owned()]);
        assert_eq!(
            format!("{}\n{row}", head(&["a", "b"])),
            "| a | b |\n|---:|---:|\n| 1 | 2 |"
        );
    }

    #[test]
    fn numbers_have_few_digits() {
        assert_eq!(milliseconds(Duration::from_micros(1234)), "1.23 ms");
        assert_eq!(milliseconds(Duration::from_micros(770_400)), "770 ms");
        assert_eq!(milliseconds(Duration::from_millis(11_881)), "11.9 s");
        assert_eq!(megabytes(2_340_000), "2.4 MB");
        assert_eq!(megabytes(2_783_400_000), "2,784 MB");
        let (long, short) = (Duration::from_millis(30), Duration::from_millis(12));
        assert_eq!(ratio(long, short), "2.5×");
        assert_eq!(ratio(20 * long, short), "50×");
        assert_eq!(ratio(long, Duration::ZERO), "-");
        assert_eq!([count(999), count(1_234_567)], ["999", "1,234,567"]);
    }
}
