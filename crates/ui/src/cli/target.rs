//! The target on the command line: a process, or a file.

use super::nearest;
use crate::error::InspectError;
use crate::saved::CoreAt;
use crate::text::{self, TextAt};
use gopeek_attach::core;
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub(super) struct Target {
    /// A pid; or the name of a Go process, or a part that only one has; or a file: a core, or a text dump of goroutines
    /// (SIGQUIT, panic, debug=2), with or without a logger's prefixes. - reads text from standard input.
    #[arg(value_name = "PID|NAME|FILE")]
    pub(super) target: Option<String>,
    /// The pid, for scripts in which a name could also be a number.
    #[arg(short, long, value_name = "PID", conflicts_with = "target")]
    pub(super) pid: Option<i32>,
}

impl Target {
    /// Returns the pid or the name.
    ///
    /// # Errors
    /// [`InspectError::NoTarget`] if neither was given, or an empty one, or `-`.
    pub(super) fn name(&self) -> Result<String, InspectError> {
        let target = self.target.as_deref().map(str::trim);
        let name = self.pid.map(|pid| pid.to_string());
        let name = name.or_else(|| target.map(str::to_owned));
        name.filter(|name| !name.is_empty() && name != "-")
            .ok_or(InspectError::NoTarget)
    }

    /// Refuses what was given besides the target.
    ///
    /// # Errors
    /// [`InspectError::NoCommand`] if the target looks like a verb, else [`InspectError::TwoTargets`].
    pub(super) fn is_the_only_one(&self, more: &[String]) -> Result<(), InspectError> {
        let Some(second) = more.first() else {
            return Ok(());
        };
        let pid = self.pid.map(|pid| pid.to_string());
        let first = pid.or_else(|| self.target.clone()).unwrap_or_default();
        let is_target = first.parse::<u32>().is_ok() || Path::new(&first).exists();
        Err(if is_target {
            InspectError::TwoTargets {
                first,
                second: second.clone(),
            }
        } else {
            InspectError::NoCommand {
                near: nearest::command(&first),
                name: first,
            }
        })
    }

    /// Returns the text dump, if the target is plainly a file: a path with a folder, or `-` for standard input.
    pub(super) fn text(&self, dump: Option<u32>) -> Option<TextAt> {
        let target = self.target.as_deref()?;
        text::is_named(target).then(|| TextAt::new(target, dump))
    }

    /// Returns the core, if the target is the file of one. The number of a live process is never a file: whoever may write to
    /// the working directory could show us another process.
    pub(super) fn core(&self) -> Option<CoreAt> {
        let target = self.target.as_deref()?;
        if is_live_pid(target.trim()) {
            return None;
        }
        let path = PathBuf::from(target);
        core::is_core(&path).then_some(CoreAt {
            path,
            program: None,
            sysroot: None,
        })
    }

    /// Refuses a core where only a process will do.
    ///
    /// # Errors
    /// [`InspectError::NeedsProcess`]; `verb` is what the user wanted.
    pub(super) fn is_a_process(&self, verb: &'static str) -> Result<(), InspectError> {
        self.core().map_or(Ok(()), |core| {
            Err(InspectError::NeedsProcess {
                verb,
                path: core.path,
            })
        })
    }
}

/// Returns whether this is the number of a live process.
fn is_live_pid(target: &str) -> bool {
    let pid = target.parse::<u32>().ok();
    pid.is_some_and(|pid| Path::new(&format!("/proc/{pid}")).exists())
}

#[cfg(test)]
mod tests {
    use super::{Target, is_live_pid};
    use crate::error::InspectError;

    fn target(name: &str) -> Target {
        Target {
            target: Some(name.to_owned()),
            pid: None,
        }
    }

    #[test]
    fn only_the_number_of_a_live_process_is_one() {
        assert!(is_live_pid(&std::process::id().to_string()));
        for none in ["./1", "hang.core", "0", "4294967295", ""] {
            assert!(!is_live_pid(none), "{none}");
        }
    }

    #[test]
    fn an_empty_target_is_none() {
        for none in ["", "  ", "-"] {
            assert!(matches!(target(none).name(), Err(InspectError::NoTarget)));
        }
        assert_eq!(target(" api ").name().unwrap(), "api");
    }

    #[test]
    fn two_pids_and_an_unknown_verb_are_told_apart() {
        let more = ["12".to_owned()];
        assert!(target("1").is_the_only_one(&[]).is_ok());
        let two = target("1").is_the_only_one(&more).unwrap_err();
        assert!(two.to_string().contains("12"), "{two}");
        let error = target("dmup").is_the_only_one(&more).unwrap_err();
        assert!(error.remedy().unwrap().contains("gopeek dump"));
        let error = target("frobnicate").is_the_only_one(&more).unwrap_err();
        assert!(matches!(error, InspectError::NoCommand { near: None, .. }));
    }
}
