//! A text dump in a few lines: which one it is, why it was printed, and what no text says.

use crate::report::{Report, TextDump};
use crate::words::{grouped, plural, printable};

/// Maximum number of lines, and of characters of each, that are shown of why a dump was printed.
const LINES: usize = 5;
const CHARACTERS: usize = 300;

/// The lines.
pub(crate) fn lines(report: &Report, text: &TextDump) -> Vec<String> {
    let path = report.taken.from.as_ref().map(|from| from.path.display());
    let name = path.map_or(String::new(), |path| path.to_string());
    let name = if name == "-" {
        "standard input".to_owned()
    } else {
        printable(&name)
    };
    let which = if text.dumps > 1 {
        format!("dump {} of {} in {name}", text.number, text.dumps)
    } else {
        format!("text dump in {name}")
    };
    let (first, last) = text.lines;
    let choose = match (text.dumps, text.is_whole) {
        (0 | 1, _) => "",
        (_, true) => "; choose another with --dump N",
        (_, false) => "; not whole; choose another with --dump N",
    };
    let users = report.user_goroutines().count();
    let system = report.goroutines.len().saturating_sub(users);
    let runtime = match system {
        0 => "those of the runtime are not in it".to_owned(),
        system => format!("{} of the runtime", grouped(system)),
    };
    let mut lines = vec![
        format!("{which}, lines {first} to {last}{choose}"),
        format!(
            "read {} ({runtime}); minutes are the only times, and the text names no process, Go release or object's state",
            plural(users, "goroutine")
        ),
    ];
    let head = text.head.iter().filter(|line| !line.is_empty());
    lines.extend(head.take(LINES).map(|line| {
        let shown: String = printable(line).chars().take(CHARACTERS).collect();
        format!("  {shown}")
    }));
    lines
}
