//! From a line of a log to the lines of a dump in it: JSON, escapes and prefixes are taken off.

use super::escapes::{unescaped, without_colors};
use super::header::{self, Header};
use super::prefix::Prefix;
use serde_json::Value;

/// Maximum number of layers around a dump: JSON in JSON of a container's log behind a prefix.
const MAX_LAYERS: usize = 5;
/// Maximum number of levels of a JSON document that are searched for a dump.
const MAX_LEVELS: usize = 4;

/// Properties in which loggers keep their text, where none with a goroutine's header was found before.
const KEYS: [&str; 9] = [
    "log",
    "message",
    "msg",
    "MESSAGE",
    "textPayload",
    "text",
    "stacktrace",
    "stack",
    "error",
];

/// Takes off what loggers have put around the lines of a dump.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// The prefix of the last header that had one.
    prefix: Option<Prefix>,
    /// The property in which JSON lines have their text.
    key: Option<String>,
}

impl Layers {
    /// Calls `each` with every line of text that a line of a log has.
    pub(super) fn peel(&mut self, line: &str, each: &mut dyn FnMut(&str)) {
        self.layer(&without_colors(line), MAX_LAYERS, each);
    }

    /// A line without the prefix of the last header, if it has that one.
    pub(super) fn without_prefix<'l>(&self, line: &'l str) -> &'l str {
        let prefix = self.prefix.as_ref();
        prefix.and_then(|it| it.cut(line)).unwrap_or(line)
    }

    fn layer(&mut self, line: &str, left: usize, each: &mut dyn FnMut(&str)) {
        // A header's labels may have what looks like an escape.
        if left == 0 || Header::parse(line).is_some() {
            return each(line);
        }
        if let Some(text) = self.json(line) {
            return self.lines(&text, left, each);
        }
        if let Some(text) = unescaped(line) {
            return self.lines(&text, left, each);
        }
        if let Some(rest) = self.prefix.as_ref().and_then(|prefix| prefix.cut(line)) {
            // What is left is a line of the dump, or another layer.
            if rest.starts_with('{') {
                self.layer(rest, left - 1, each);
            } else {
                each(rest);
            }
            return;
        }
        if let Some(at) = header::find(line).filter(|at| *at > 0)
            && let Some((before, rest)) = line.split_at_checked(at)
        {
            self.prefix = Prefix::of(before);
            return each(rest);
        }
        each(line);
    }

    fn lines(&mut self, text: &str, left: usize, each: &mut dyn FnMut(&str)) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            self.layer(line, left - 1, each);
        }
    }

    /// The text in a line that is a JSON object, or that ends with one.
    fn json(&mut self, line: &str) -> Option<String> {
        let trimmed = line.trim_end();
        if !trimmed.ends_with('}') {
            return None;
        }
        let at = trimmed.find('{')?;
        let is_behind = at > 0;
        let cut = self.prefix.as_ref().and_then(|prefix| prefix.cut(line));
        if is_behind && cut.is_none() && !line.contains(header::BEGIN) {
            return None;
        }
        let document: Value = serde_json::from_str(trimmed.get(at..)?).ok()?;
        let object = document.as_object()?;
        if let Some((key, text)) = with_header(object, MAX_LEVELS) {
            self.key = Some(key.to_owned());
            return Some(text.to_owned());
        }
        let known = self.key.as_deref();
        let mut keys = known.into_iter().chain(KEYS);
        let text = keys.find_map(|key| named(object, key, MAX_LEVELS));
        // An object without a text is another's line.
        Some(text.unwrap_or_default().to_owned())
    }
}

type Object = serde_json::Map<String, Value>;

/// The first property that has a header in it, wherever it is.
fn with_header(object: &Object, levels: usize) -> Option<(&str, &str)> {
    object.iter().find_map(|(key, value)| match value {
        Value::String(text) => {
            let has = text.contains(header::BEGIN)
                && (text.contains("]:\n")
                    || text.contains("]:\\n")
                    || text.trim_end().ends_with("]:"));
            has.then_some((&**key, &**text))
        }
        Value::Object(inner) if levels > 0 => with_header(inner, levels - 1),
        _ => None,
    })
}

/// The text of a property, wherever it is.
fn named<'o>(object: &'o Object, key: &str, levels: usize) -> Option<&'o str> {
    if let Some(Value::String(text)) = object.get(key) {
        return Some(text);
    }
    object.values().find_map(|value| match value {
        Value::Object(inner) if levels > 0 => named(inner, key, levels - 1),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::Layers;

    fn peeled(lines: &[&str]) -> Vec<String> {
        let mut layers = Layers::default();
        let mut all = Vec::new();
        for line in lines {
            layers.peel(line, &mut |line| all.push(line.to_owned()));
        }
        all
    }

    const HEADER: &str = "goroutine 1 [running]:";

    #[test]
    fn a_container_log_has_a_line_in_each_object() {
        let lines = [
            r#"{"log":"goroutine 1 [running]:\n","stream":"stderr","time":"t"}"#,
            r#"{"log":"main.main()\n","stream":"stderr","time":"t"}"#,
            r#"{"log":"\t/x.go:1 +0x1\n","stream":"stderr","time":"t"}"#,
            r#"{"log":"\n","stream":"stderr","time":"t"}"#,
            r#"{"other":1}"#,
        ];
        assert_eq!(
            peeled(&lines),
            [HEADER, "main.main()", "\t/x.go:1 +0x1", "", ""]
        );
    }

    #[test]
    fn a_structured_log_has_all_in_one_object() {
        let line =
            r#"{"level":"error","x":{"stack":"goroutine 1 [running]:\nmain.main()\n\t/x.go:1"}}"#;
        assert_eq!(peeled(&[line]), [HEADER, "main.main()", "\t/x.go:1"]);
        let twice = r#"{"log":"{\"msg\":\"goroutine 1 [running]:\\nmain.main()\"}\n"}"#;
        assert_eq!(peeled(&[twice]), [HEADER, "main.main()"]);
    }

    #[test]
    fn prefixes_go_from_the_header_on() {
        let lines = [
            "t1 stderr F goroutine 1 [running]:",
            "t2 stderr F main.main()",
            "t3 stderr F \t/x.go:1",
            "t4 stderr F",
            "of another",
        ];
        assert_eq!(
            peeled(&lines),
            [HEADER, "main.main()", "\t/x.go:1", "", "of another"]
        );
        let json = r#"t1 stderr F {"msg":"goroutine 1 [running]:\nmain.main()"}"#;
        assert_eq!(peeled(&[json]), [HEADER, "main.main()"]);
    }

    #[test]
    fn escaped_breaks_are_breaks() {
        let line = r#"level=error msg="goroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1\n" n=1"#;
        assert_eq!(
            peeled(&[line]),
            [HEADER, "main.main()", "\t/x.go:1 +0x1", "\" n=1"]
        );
    }
}
