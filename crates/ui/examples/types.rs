//! Reads fields of the receivers of methods by the runtime's own descriptors of types, for `cargo xtask types`.
//!
//! `cargo run --example types -- PID [METHOD PATH]...`: of the first goroutine in METHOD, the field at PATH of its receiver,
//! as JSON. On stderr, how long the search for all the types took.

use gopeek_attach::{Pid, Process};
use gopeek_layout::Addr;
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::types::{Kind, Place, Receiver, Types};
use gopeek_ui::find::find;
use gopeek_ui::inspect::inspect;
use gopeek_ui::options::Options;
use gopeek_ui::report::Report;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::{Duration, Instant};

#[derive(Serialize)]
struct Said<'r> {
    values: BTreeMap<String, String>,
    /// What the objects are called that goroutines wait at.
    names: BTreeSet<&'r str>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let pid = args.next().ok_or("usage: types PID [METHOD PATH]...")?;
    let pid = Pid::from_raw(pid.parse()?);
    let wanted: Vec<String> = args.collect();
    let options = Options {
        diagnosis: true,
        ..Options::default()
    };
    let report = inspect(pid, &options)?;
    let process = Process::open(pid)?;
    let files = process.code_files()?;
    let found = find(&process, &files, true)?;
    let memory = Layered {
        over: ReadOnly(&found.modules),
        under: &process,
    };
    let types = Types::of_modules(&memory, &found.layout.fields, &found.modules);
    let (start, cpu) = (Instant::now(), cpu_time());
    types.look_up(wanted.iter().filter_map(|method| Receiver::parse(method)));
    let cpu = cpu_time().saturating_sub(cpu);
    eprintln!("{cpu:?} of CPU, {:?} in all, in {types:?}", start.elapsed());
    let mut values = BTreeMap::new();
    for pair in wanted.chunks_exact(2) {
        let [method, path] = pair else { continue };
        values.insert(
            format!("{method} {path}"),
            value(&types, &report, method, path),
        );
    }
    let names = report
        .objects
        .iter()
        .filter_map(|object| object.name.as_deref());
    let said = Said {
        values,
        names: names.collect(),
    };
    println!("{}", serde_json::to_string(&said)?);
    Ok(())
}

/// CPU time of this thread, by the kernel's own account.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = stat.split(' ').next().and_then(|word| word.parse().ok());
    Duration::from_nanos(first.unwrap_or(0))
}

fn value(types: &Types<'_>, report: &Report, method: &str, path: &str) -> String {
    let Some(receiver) = Receiver::parse(method).and_then(|it| receiver(report, method, &it))
    else {
        return "no goroutine is in it".to_owned();
    };
    let Some(of) = types.of_receiver(method) else {
        return "no such type".to_owned();
    };
    match types.read_path(receiver, &of, path) {
        Ok(place) => show(types, &place).unwrap_or_else(|| format!("a {:?}", place.kind.kind)),
        Err(missing) => missing.to_string(),
    }
}

/// The receiver of the first goroutine that is in a method.
fn receiver(report: &Report, method: &str, it: &Receiver) -> Option<Addr> {
    let name = method.rsplit('.').next();
    report.goroutines.iter().find_map(|goroutine| {
        report.frames(&goroutine.stack).find_map(|frame| {
            let function = &*frame.site.calls.last()?.function;
            let word = *frame.words?.first()?;
            // The names of functions have the type arguments that a traceback leaves out.
            let is_it = Receiver::parse(function).as_ref() == Some(it)
                && function.rsplit('.').next() == name;
            is_it.then_some(Addr::new(word))
        })
    })
}

fn show(types: &Types<'_>, place: &Place) -> Option<String> {
    Some(match place.kind.kind {
        Kind::String => types.text(place)?,
        Kind::Bool => types.boolean(place)?.to_string(),
        Kind::Slice | Kind::Map | Kind::Chan => types.len(place)?.to_string(),
        Kind::Struct if types.full_name(&place.kind)? == "time.Time" => {
            let moment = types.moment(place)?;
            let seconds = i128::from(moment.seconds) * 1_000_000_000;
            (seconds + i128::from(moment.nanos)).to_string()
        }
        _ => types.integer(place)?.to_string(),
    })
}
