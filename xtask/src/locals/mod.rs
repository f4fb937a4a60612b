//! `cargo xtask locals`: compares the variables that gopeek reads with what a program says of them itself.

mod expected;

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::{LOCALS, Mode, build};
use crate::target::Target;
use crate::toolchain::{self, Toolchain, Wanted, releases};
use crate::{dump, repo, run};
use expected::{Expected, Verdict};

/// With and without the optimiser: it decides what is kept, and where.
const BUILDS: [&str; 2] = ["plain", "noopt"];

/// The minors between which something changes: the hash table with 1.24, the DWARF with 1.25.
const TURNING_POINTS: [u16; 4] = [19, 21, 24, 25];

const READY: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(30);

/// Which releases to try.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Releases (1.24.3) or minors (1.24: its last) [default: some in which variables are kept differently].
    #[arg(long = "go", value_name = "VERSION")]
    wanted: Vec<Wanted>,
}

/// Runs the verb.
///
/// # Errors
/// When a variable is not what the program says, or nothing could be compared.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let source = repo::programs().join(LOCALS.name).join("main.go");
    let program = fs::read_to_string(&source);
    let expected = expected::read(&program.with_context(|| format!("read {}", source.display()))?);
    let mut wanted = args.wanted.clone();
    if wanted.is_empty() {
        let minors = TURNING_POINTS.into_iter().chain([releases::newest_minor()]);
        wanted.extend(minors.map(Wanted::LastOf));
    }
    let (mut compared, mut wrong) = (0, 0);
    for wanted in wanted {
        let go = match toolchain::find(wanted, true) {
            Ok(go) => go,
            Err(missing) => {
                println!("{wanted:9} skipped: {missing:#}");
                continue;
            }
        };
        for name in BUILDS {
            let mode = Mode::named(name).context("no such mode")?;
            wrong += cell(&go, mode, &expected)?;
            compared += 1;
        }
    }
    match (compared, wrong) {
        (0, _) => bail!("nothing was compared"),
        (_, 0) => Ok(()),
        (_, wrong) => bail!("{wrong} variables are wrong"),
    }
}

/// Compares one build's variables; how many are wrong.
fn cell(go: &Toolchain, mode: &Mode, expected: &[Expected]) -> Result<usize> {
    let built = build(go, mode, &LOCALS)?;
    let stderr = repo::target().join("locals");
    let mut target = Target::start(built.command(), &stderr.join("stderr.txt"))?;
    target.wait_until_ready(READY).context("the program")?;
    let pid = target.pid().to_string();
    let dump = run::read(Command::new(repo::gopeek()).arg(&pid))?;
    let mut gopeek = Command::new(repo::gopeek());
    gopeek.args(["--locals", &pid]);
    for block in dump::split(dump.as_bytes())? {
        gopeek.args(["-g", &block.goid.to_string()]);
    }
    let said = run::read(&mut gopeek)?;
    target.end(END).context("the program")?;

    let said = variables(&said);
    let optimised = mode.name != "noopt";
    let (mut right, mut lost, mut wrong) = (0, 0, 0);
    for variable in expected {
        let at = (variable.function.clone(), variable.name.clone());
        let text = said.get(&at).map(String::as_str);
        match variable.judge(text, optimised) {
            Verdict::Right => right += 1,
            Verdict::OptimisedOut => lost += 1,
            Verdict::Wrong => {
                wrong += 1;
                let text = text.unwrap_or("not there");
                println!("main.go:{}: {variable}\n  but: {text}", variable.line);
            }
        }
    }
    println!(
        "{:9} {:6} {right} right, {lost} optimised out, {wrong} wrong",
        go.version, mode.name
    );
    Ok(wrong)
}

/// What a variable may be to its function.
const ROLES: [&str; 3] = ["argument ", "result ", "local "];

/// What was printed: `type = value` by function and name. A function's type arguments are left out, and of a type that
/// stands for all of one shape the mark, which is all that is left of an optimised generic function's.
fn variables(said: &str) -> HashMap<(String, String), String> {
    let mut function = String::new();
    let mut variables = HashMap::new();
    for line in said.lines() {
        if let Some(frame) = line.strip_prefix("  frame ") {
            let name = frame.split_once(": ").map_or(frame, |(_, name)| name);
            let plain = name.split_once('[').map_or(name, |(plain, _)| plain);
            plain.clone_into(&mut function);
        }
        let variable = ROLES
            .iter()
            .find_map(|role| line.strip_prefix("    ")?.strip_prefix(role));
        let variable = variable.map(str::trim_start);
        if let Some((name, text)) = variable.and_then(|variable| variable.split_once(' ')) {
            variables.insert((function.clone(), name.to_owned()), without_shapes(text));
        }
    }
    variables
}

/// `text` with `int` for `go.shape.int`, which up to Go 1.19 is `go.shape.int_0`.
fn without_shapes(text: &str) -> String {
    let mut parts = text.split("go.shape.");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric());
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        let number = rest.strip_prefix('_').unwrap_or(rest);
        plain.push_str(name);
        plain.push_str(number.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{variables, without_shapes};

    #[test]
    fn shapes_are_the_types_they_are_of() {
        let old = "main.Pair[go.shape.string_1,go.shape.int_0] = {}";
        assert_eq!(without_shapes(old), "main.Pair[string,int] = {}");
        assert_eq!(without_shapes("[]go.shape.int = 0"), "[]int = 0");
    }

    #[test]
    fn variables_are_found_by_function_and_name() {
        let said = "goroutine 7 [select]:\n  g            0x1\n  frame 3: main.f[go.shape.int]\n    \
                    argument x go.shape.int = 1\n  frame 4: main.g\n    local    x int = 2\n";
        let variables = variables(said);
        let get = |function: &str| variables.get(&(function.to_owned(), "x".to_owned()));
        assert_eq!(get("main.f").unwrap(), "int = 1");
        assert_eq!(get("main.g").unwrap(), "int = 2");
        assert_eq!(variables.len(), 2);
    }
}
