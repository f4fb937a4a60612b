//! Durations on the command line: each needs a unit, and each has a least value that makes sense.

use std::time::Duration;

/// Shortest time between two samples of the live screen: nobody reads faster.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Parses `--pause-limit`, which must be longer than zero.
pub(super) fn pause_limit(text: &str) -> Result<Duration, String> {
    let limit = duration(text)?;
    if limit.is_zero() {
        return Err(
            "it must be longer than zero; to never stop the target, use --no-stop".to_owned(),
        );
    }
    Ok(limit)
}

/// Parses the time between two samples of the live screen, at least a tenth of a second.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration(text)?;
    if interval < SHORTEST_INTERVAL {
        return Err("it must be at least 100ms".to_owned());
    }
    Ok(interval)
}

/// Parses the time between two looks.
pub(super) fn between_looks(text: &str) -> Result<Duration, String> {
    duration(text)
}

/// Parses `--time-limit`, which must be longer than zero.
pub(super) fn time_limit(text: &str) -> Result<Duration, String> {
    let limit = duration(text)?;
    if limit.is_zero() {
        return Err("it must be longer than zero".to_owned());
    }
    Ok(limit)
}

/// Parses a number with a unit, such as `50ms` or `1m30s`.
fn duration(text: &str) -> Result<Duration, String> {
    let number = text.trim();
    if !number.is_empty()
        && number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return Err(format!(
            "it needs a unit, for example {number}ms, {number}s or {number}m"
        ));
    }
    humantime::parse_duration(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{between_looks, interval, pause_limit, time_limit};
    use std::time::Duration;

    #[test]
    fn a_number_needs_a_unit() {
        for parse in [pause_limit, interval, between_looks, time_limit] {
            for bare in ["50", "0", "1.5"] {
                let refused = parse(bare).unwrap_err();
                assert!(refused.contains(&format!("{bare}ms")), "{refused}");
            }
            assert_eq!(parse("1m30s"), Ok(Duration::from_secs(90)));
            assert!(parse("").is_err() && parse("ms").is_err() && parse("-1s").is_err());
        }
    }

    #[test]
    fn each_has_a_least_value() {
        assert!(pause_limit("0ms").is_err() && time_limit("0s").is_err());
        assert!(interval("99ms").is_err());
        assert_eq!(between_looks("0s"), Ok(Duration::ZERO));
    }
}
