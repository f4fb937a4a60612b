//! Aligned lines of a name and a value.

use super::{About, Variable};
use crate::ps::short;
use crate::words::printable;
use std::fmt::Write as _;
use std::time::Duration;

/// Lines of a name and a value, whose control characters are escaped.
#[derive(Default)]
pub(crate) struct Page(pub(crate) String);

impl Page {
    pub(crate) fn line(&mut self, name: &str, value: impl AsRef<str>) {
        let _ = writeln!(self.0, "{name:<16} {}", printable(value.as_ref()));
    }
}

impl About {
    pub(super) fn write(&self, page: &mut Page) {
        let command = if self.command.is_empty() {
            format!("[{}]", self.name)
        } else {
            self.command.join(" ")
        };
        page.line("process", format!("{}  {command}", self.pid));
        let age = self.age_seconds.map(|age| short(Duration::from_secs(age)));
        page.line("running for", age.unwrap_or("?".to_owned()));
        page.line(
            "goroutines",
            format!(
                "{} (and {} of the runtime)",
                self.goroutines, self.system_goroutines
            ),
        );
        page.line("threads", self.threads.to_string());
        let processors = self.gomaxprocs.map(|count| count.to_string());
        page.line("GOMAXPROCS", processors.unwrap_or("?".to_owned()));
        for Variable { name, value } in &self.environment {
            page.line(name, value);
        }
        if let Some(tracer) = self.traced_by {
            page.line("traced by", format!("pid {tracer}"));
        }
    }
}
