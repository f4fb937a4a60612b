//! What the guest is told to do, and what it says of it: lines of JSON, and a folder for each job.
//!
//! The other side is `testdata/programs/arm64init`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// How gopeek looks: it may take its time. An emulated CPU is a thread of this machine, and waits when others want it.
pub(super) const LOOK: [&str; 2] = ["--format=stack", "--pause-limit=2s"];

/// A program to start, and how gopeek is to look at it once it is ready.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Job {
    /// The folder of its results.
    pub(crate) name: String,
    /// The program and its arguments; it runs in the folder of its results.
    pub(crate) command: Vec<String>,
    /// Its whole environment, as `NAME=value`.
    pub(crate) env: Vec<String>,
    /// gopeek's arguments; the guest adds the process id.
    pub(crate) gopeek: Vec<String>,
    /// How many times gopeek looks.
    pub(crate) repeat: u32,
    /// How many times gopeek is then killed in the middle of a look, each time a little later in it.
    pub(crate) kills: u32,
    /// The core, beside the results, in which gopeek then saves the process.
    pub(crate) core: Option<String>,
    /// The program ends itself, and leaves a core of the kernel's: gopeek does nothing.
    pub(crate) dies: bool,
}

/// The jobs as the guest reads them.
///
/// # Errors
/// Never for jobs; serialising can fail in general.
pub(super) fn lines<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for job in jobs {
        serde_json::to_writer(&mut out, job)?;
        out.push(b'\n');
    }
    Ok(out)
}

#[derive(Deserialize)]
struct Verdict {
    /// Empty when the program came to be ready, gopeek ended well each time, and the program ended in peace.
    error: String,
    took_ns: Vec<u64>,
    saved_ns: u64,
    kills: Vec<Kill>,
}

/// One look of gopeek's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Its standard output.
    pub(super) stdout: Vec<u8>,
    /// Its standard error.
    pub(super) stderr: String,
    /// Its wall time.
    pub(super) took: Duration,
}

/// One time that gopeek was killed.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Kill {
    /// It was tracing the program then.
    pub(super) held: bool,
    /// What was left of that: a thread that is stopped or traced, a program that does not go on. Empty when nothing was.
    pub(super) harm: String,
}

/// What came of a job.
#[derive(Debug)]
pub(crate) struct Done {
    /// gopeek's looks.
    pub(super) looks: Vec<Look>,
    /// And those that were cut short.
    pub(super) kills: Vec<Kill>,
    /// How long it took to save the process.
    pub(super) saved: Duration,
}

/// What gopeek said while it saved the process, among the results.
pub(super) const SAID: &str = "save.err";

/// What is in the folder of a job's results.
///
/// # Errors
/// When there is none, or the guest says that something went wrong, with what was said on stderr.
pub(crate) fn done(results: &Path) -> Result<Done> {
    let verdict = fs::read(results.join("verdict.json")).context("the guest left no verdict")?;
    let verdict: Verdict = serde_json::from_slice(&verdict).context("the guest's verdict")?;
    let stderr_of = |look: usize| results.join(format!("gopeek.{look}.err"));
    if !verdict.error.is_empty() {
        // The look that failed has no time.
        let failed = stderr_of(verdict.took_ns.len());
        let said = [results.join("stderr.txt"), failed, results.join(SAID)]
            .map(|path| fs::read_to_string(path).unwrap_or_default());
        bail!("{}\n{}", verdict.error, said.concat().trim_end());
    }
    let look = |(look, took): (usize, &u64)| {
        let stdout = results.join(format!("gopeek.{look}.out"));
        let context = || format!("look {look}");
        Ok(Look {
            stdout: fs::read(stdout).with_context(context)?,
            stderr: fs::read_to_string(stderr_of(look)).with_context(context)?,
            took: Duration::from_nanos(*took),
        })
    };
    let looks = verdict.took_ns.iter().enumerate().map(look);
    Ok(Done {
        looks: looks.collect::<Result<_>>()?,
        kills: verdict.kills,
        saved: Duration::from_nanos(verdict.saved_ns),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(name: &str, files: &[(&str, &str)]) -> std::path::PathBuf {
        let dir = std::env::temp_dir().join(format!("gopeek-job-{name}-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        for (file, text) in files {
            fs::write(dir.join(file), text).unwrap();
        }
        dir
    }

    #[test]
    fn a_job_is_a_line() {
        let job = |name: &str| Job {
            name: name.to_owned(),
            command: vec!["/zoo".to_owned()],
            env: vec!["A=b\nc".to_owned()],
            repeat: 2,
            kills: 3,
            core: Some("c".to_owned()),
            ..Job::default()
        };
        let lines = String::from_utf8(lines(&[job("a"), job("b")]).unwrap()).unwrap();
        assert_eq!(lines.lines().count(), 2);
        assert!(lines.starts_with(
            r#"{"name":"a","command":["/zoo"],"env":["A=b\nc"],"gopeek":[],"repeat":2,"kills":3,"core":"c","dies":false}"#
        ));
    }

    #[test]
    fn looks_come_in_their_order_with_their_times() {
        let dir = results(
            "looks",
            &[
                (
                    "verdict.json",
                    r#"{"error":"","took_ns":[7,8],"saved_ns":9,"kills":[{"held":true,"harm":"tracer"}]}"#,
                ),
                ("gopeek.0.out", "a"),
                ("gopeek.0.err", ""),
                ("gopeek.1.out", "b"),
                ("gopeek.1.err", "said"),
            ],
        );
        let done = done(&dir);
        fs::remove_dir_all(dir).unwrap();
        let Done {
            looks,
            kills,
            saved,
        } = done.unwrap();
        assert_eq!(saved, Duration::from_nanos(9));
        assert_eq!(looks.len(), 2);
        assert_eq!(looks[1].stdout, b"b");
        assert_eq!(looks[1].stderr, "said");
        assert_eq!(looks[1].took, Duration::from_nanos(8));
        assert!(kills[0].held && kills[0].harm == "tracer");
    }

    #[test]
    fn trouble_comes_with_what_was_said() {
        let dir = results(
            "trouble",
            &[
                (
                    "verdict.json",
                    r#"{"error":"gopeek: exit status 4","took_ns":[7],"saved_ns":0,"kills":[]}"#,
                ),
                ("gopeek.1.err", "gopeek: no such process"),
            ],
        );
        let error = done(&dir).unwrap_err().to_string();
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(error, "gopeek: exit status 4\ngopeek: no such process");
        assert!(done(&dir).is_err(), "no folder is no result");
    }
}
