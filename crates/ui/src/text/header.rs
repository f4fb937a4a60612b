//! The first line of a goroutine: `goroutine 7 [chan receive, 2 minutes, locked to thread]:`.

use super::labels;
use gopeek_layout::enums::status;
use gopeek_layout::labels::Label;
use std::time::Duration;

/// What every header begins with.
pub(super) const BEGIN: &str = "goroutine ";

/// Wait reasons that end like the mark of a goroutine that is durably blocked.
const DURABLE_REASONS: [&str; 4] = ["chan receive", "chan send", "select", "sync.WaitGroup.Wait"];
const DURABLE: &str = " (durable)";

/// What a header says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Header<'h> {
    pub(super) id: u64,
    /// Address of its g, where the header has it.
    pub(super) g: Option<u64>,
    /// Address of its M, likewise; 0 of one without.
    pub(super) m: u64,
    pub(super) state: &'h str,
    pub(super) leaked: bool,
    pub(super) scanned: bool,
    pub(super) durable: bool,
    pub(super) waited: Option<Duration>,
    pub(super) locked: bool,
    /// Its synctest bubble, or its group's root goroutine.
    pub(super) bubble: Option<u64>,
    pub(super) labels: Vec<Label>,
    /// The first minor whose headers are like this one, as far as that shows.
    pub(super) minor: u16,
}

impl<'h> Header<'h> {
    /// Reads a header; nothing of a line that is none.
    pub(super) fn parse(line: &'h str) -> Option<Header<'h>> {
        let rest = line.trim_end().strip_prefix(BEGIN)?;
        let (id, rest) = number(rest)?;
        let mut header = Header {
            id,
            ..Header::default()
        };
        let (addresses, rest) = rest.strip_prefix(' ')?.split_once('[')?;
        header.addresses(addresses)?;
        let rest = rest.strip_suffix(':')?;
        let (inside, behind) = match rest.find(" labels:{") {
            Some(at) => {
                let (inside, list) = (rest.get(..at)?, rest.get(at + " labels:{".len()..)?);
                let (labels, behind) = labels::list(list)?;
                header.labels = labels;
                header.minor = header.minor.max(26);
                (inside, behind.strip_prefix(']')?)
            }
            None => rest.split_once(']')?,
        };
        if let Some(list) = behind.strip_prefix(" {") {
            let (labels, end) = labels::list(list)?;
            header.labels = labels;
            header.minor = 27;
            end.is_empty().then_some(())?;
        } else if !behind.is_empty() {
            return None;
        }
        header.bracket(inside)?;
        Some(header)
    }

    /// `gp=0xc000102000 m=3 mp=0xc000080008 `, or nothing.
    fn addresses(&mut self, text: &str) -> Option<()> {
        for word in text.split_whitespace() {
            let (name, value) = word.split_once('=')?;
            match name {
                "gp" => {
                    self.g = Some(hex(value)?);
                    self.minor = self.minor.max(22);
                }
                "mp" => self.m = hex(value)?,
                "m" => {}
                _ => return None,
            }
        }
        Some(())
    }

    fn bracket(&mut self, text: &'h str) -> Option<()> {
        let mut items = text.split(", ");
        self.state = items.next().filter(|state| !state.is_empty())?;
        for item in items {
            let mut words = item.split(' ');
            match (words.next()?, words.next(), words.next()) {
                (count, Some("minutes" | "minute"), None) => {
                    let minutes: u64 = count.parse().ok()?;
                    self.waited = Some(Duration::from_secs(minutes.saturating_mul(60)));
                }
                ("locked", Some("to"), Some("thread")) => self.locked = true,
                ("synctest", Some(word @ ("group" | "bubble")), Some(number)) => {
                    self.bubble = Some(number.parse().ok()?);
                    let minor = if word == "group" { 24 } else { 25 };
                    self.minor = self.minor.max(minor);
                }
                // A later release may say more.
                _ => {}
            }
        }
        self.marks();
        Some(())
    }

    /// Takes the marks off the state's end.
    fn marks(&mut self) {
        if let Some(plain) = self.state.strip_suffix(DURABLE)
            && !DURABLE_REASONS.contains(&plain)
        {
            (self.state, self.durable) = (plain, true);
            self.minor = self.minor.max(25);
        }
        if let Some(plain) = self.state.strip_suffix(" (scan)") {
            (self.state, self.scanned) = (plain, true);
        }
        if let Some(plain) = self.state.strip_suffix(" (leaked)") {
            (self.state, self.leaked) = (plain, true);
            self.minor = self.minor.max(26);
        }
    }

    /// The status of which the header says the name, or the wait reason.
    pub(super) fn status(&self) -> u32 {
        match self.state {
            _ if self.leaked => status::LEAKED,
            "idle" => status::IDLE,
            "runnable" => status::RUNNABLE,
            "running" => status::RUNNING,
            "syscall" => status::SYSCALL,
            "dead" => status::DEAD,
            "copystack" => status::COPYSTACK,
            "preempted" => status::PREEMPTED,
            _ => status::WAITING,
        }
    }
}

/// Where in a line a header begins that goes on to the line's end.
pub(super) fn find(line: &str) -> Option<usize> {
    // A line with several is one log line about another: the last may be a header.
    let at = line.rfind(BEGIN)?;
    Header::parse(line.get(at..)?).map(|_| at)
}

/// A decimal number, and what follows it.
pub(super) fn number(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

/// `0xc000102000`, or `nil`.
pub(super) fn hex(text: &str) -> Option<u64> {
    if text == "nil" {
        return Some(0);
    }
    let digits = text.strip_prefix("0x")?;
    // A sign is no digit.
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16).ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::{Header, find};
    use gopeek_layout::enums::status;
    use std::time::Duration;

    #[test]
    fn a_header_with_everything() {
        let line = "goroutine 7 gp=0x2a m=3 mp=0x1f [sleep (leaked) (scan) (durable), 12 minutes, locked to \
                    thread, synctest bubble 5]:";
        let header = Header::parse(line).unwrap();
        let expected = Header {
            id: 7,
            g: Some(0x2a),
            m: 0x1f,
            state: "sleep",
            leaked: true,
            scanned: true,
            durable: true,
            waited: Some(Duration::from_secs(720)),
            locked: true,
            bubble: Some(5),
            labels: Vec::new(),
            minor: 26,
        };
        assert_eq!(header, expected);
    }

    #[test]
    fn states_are_told_from_marks() {
        for (line, state, durable, number) in [
            ("goroutine 1 [running]:", "running", false, status::RUNNING),
            (
                "goroutine 1 [select (durable), synctest bubble 1]:",
                "select (durable)",
                false,
                status::WAITING,
            ),
            (
                "goroutine 1 [chan receive (nil chan) (durable)]:",
                "chan receive (nil chan)",
                true,
                status::WAITING,
            ),
            (
                "goroutine 1 [GC worker (idle), 5 minutes]:",
                "GC worker (idle)",
                false,
                status::WAITING,
            ),
            (
                "goroutine 1 gp=0x1 m=nil [runnable]: ",
                "runnable",
                false,
                status::RUNNABLE,
            ),
        ] {
            let header = Header::parse(line).unwrap();
            assert_eq!((header.state, header.durable), (state, durable), "{line}");
            assert_eq!(header.status(), number, "{line}");
        }
    }

    #[test]
    fn labels_of_both_releases() {
        let inside = Header::parse(r#"goroutine 1 [select labels:{"a]": "b, \"c\""}]:"#).unwrap();
        assert_eq!(inside.labels[0].key, b"a]");
        assert_eq!(inside.labels[0].value, b"b, \"c\"");
        let behind =
            Header::parse(r#"goroutine 1 [select] {request: 42, "b c": "\x00"}:"#).unwrap();
        assert_eq!(behind.labels[0].value, b"42");
        assert_eq!(behind.labels[1].key, b"b c");
        assert_eq!(behind.labels[1].value, b"\0");
        assert_eq!((inside.minor, behind.minor), (26, 27));
    }

    #[test]
    fn what_is_no_header() {
        for line in [
            "goroutine profile: total 7",
            "goroutine 1 [running]",
            "goroutine x [running]:",
            "goroutine 1 []:",
            "goroutine 1 xp=0x1 [running]:",
            "goroutine 1 [running] is:",
            "goroutine 99999999999999999999 [running]:",
        ] {
            assert!(Header::parse(line).is_none(), "{line}");
        }
    }

    #[test]
    fn a_header_behind_a_prefix() {
        assert_eq!(find("web | goroutine 1 [running]:"), Some(6));
        assert_eq!(find("web | goroutine 1 [running]: and on"), None);
    }
}
