//! What a way to show a process says of the moment at which it was looked at, and of the look itself.

use std::io::Read;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use regex::Regex;

/// How it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Momentary {
    /// In lines of their own.
    Lines,
    /// In the words of a report: durations, and what to do next.
    Report,
    /// In members of JSON's, and in the words of its findings.
    Json,
    /// In the times of a profile.
    Profile,
}

/// A duration, as reports have it: `≥ 5m14s`, `20ms`.
static DURATION: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b[0-9]+(\.[0-9]+)?(ns|µs|ms|s|m|h|d)([0-9]+(ms|s|m|h))*\b"));
/// Members that tell of the look, or count from it.
static MEMBERS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"("(age|(sleep_)?left|last_end_ago|stopped|took|since|wait|(read|write)_deadline)_ns(_min)?"|"at"|"Wait"):(-?[0-9]+|"[^"]*")"#,
    )
});
/// That it is of a core.
static FROM: LazyLock<Regex> = LazyLock::new(|| regex(r#","from":\{[^}]*\}"#));
/// Where columns begin depends on what is in them.
static SPACES: LazyLock<Regex> = LazyLock::new(|| regex("  +"));
/// Of a report, how it was looked at, and what to do next: with a process something else than with a core.
const LOOK: &str = "read ";
const NEXT: &str = "NEXT ";

/// Of a profile, the numbers of the fields `time_nanos` and `duration_nanos`.
const TIMES: [u64; 2] = [9, 10];

fn regex(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "it is written here")]
    Regex::new(pattern).expect("a regular expression")
}

impl Momentary {
    /// What is shown, but for that.
    pub(super) fn without(self, shown: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Lines => shown,
            Self::Report => report(&shown).into_bytes(),
            Self::Json => json(&shown).into_bytes(),
            Self::Profile => profile(&shown),
        }
    }
}

fn report(shown: &[u8]) -> String {
    let text = String::from_utf8_lossy(shown);
    let lines = text.lines().take_while(|line| !line.starts_with(NEXT));
    let lines = lines.filter(|line| !line.starts_with(LOOK));
    let lines: Vec<String> = lines
        .map(|line| {
            let line = DURATION.replace_all(line, "N");
            SPACES.replace_all(&line, " ").into_owned()
        })
        .collect();
    lines.join("\n")
}

fn json(shown: &[u8]) -> String {
    let text = String::from_utf8_lossy(shown);
    let text = FROM.replace_all(&text, "");
    let text = MEMBERS.replace_all(&text, "$1:N");
    DURATION.replace_all(&text, "N").into_owned()
}

/// A profile's fields but for its times; what is none, as it is.
fn profile(shown: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if GzDecoder::new(shown).read_to_end(&mut bytes).is_err() {
        return shown.to_vec();
    }
    let mut kept = Vec::new();
    let mut rest = &bytes[..];
    while let Some((number, len)) = field(rest) {
        let (field, behind) = rest.split_at(len);
        if !TIMES.contains(&number) {
            kept.extend_from_slice(field);
        }
        rest = behind;
    }
    kept.extend_from_slice(rest);
    kept
}

/// The number of a message's first field, and how many bytes it has: of a profile, all are numbers or texts.
fn field(bytes: &[u8]) -> Option<(u64, usize)> {
    let (tag, at) = varint(bytes)?;
    let (value, len) = varint(bytes.get(at..)?)?;
    let content = match tag & 7 {
        0 => 0,
        2 => usize::try_from(value).ok()?,
        _ => return None,
    };
    let end = (at + len).checked_add(content)?;
    (end <= bytes.len()).then_some((tag >> 3, end))
}

fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Momentary;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    #[test]
    fn of_a_report_durations_and_commands_are_of_the_moment() {
        let shown = "zoo  pid 7  up 5m14s\nread 3 goroutines in 2 ms\n\nmutex  0x7b88d8  2  \u{2265} 1h2m  g5\n\n\
                     NEXT  gopeek 7\n";
        let kept = Momentary::Report.without(shown.into());
        let kept = String::from_utf8_lossy(&kept);
        assert_eq!(kept, "zoo pid 7 up N\n\nmutex 0x7b88d8 2 \u{2265} N g5\n");
    }

    #[test]
    fn of_json_what_counts_from_the_look_is() {
        let shown = br#"{"age_ns":5,"taken":{"at":"2026","took_ns":7,"from":{"path":"x"}},"period_ns":3,"text":"for 3s"}"#;
        let kept = Momentary::Json.without(shown.to_vec());
        assert_eq!(
            String::from_utf8_lossy(&kept),
            r#"{"age_ns":N,"taken":{"at":N,"took_ns":N},"period_ns":3,"text":"for N"}"#
        );
    }

    #[test]
    fn of_a_profile_its_times_are() {
        // A text, the time, a number of two bytes, the duration.
        let message = [0x32, 2, b'h', b'i', 0x48, 0x85, 1, 0x60, 0x80, 1, 0x50, 9];
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&message).unwrap();
        let kept = Momentary::Profile.without(packed.finish().unwrap());
        assert_eq!(kept, [0x32, 2, b'h', b'i', 0x60, 0x80, 1]);
    }
}
