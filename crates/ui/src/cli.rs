//! x
/// run
pub fn run()->std::process::ExitCode{
  let pid: i32 = std::env::args().next_back().unwrap().parse().unwrap();
  match crate::inspect::inspect(gopeek_attach::Pid::from_raw(pid), false) {
    Ok(r) => { let mut o = std::io::BufWriter::with_capacity(1<<16, std::io::stdout().lock()); crate::render::runtime_stack::write(&mut o, &r).unwrap(); eprintln!("{:?} {:?} {:?}", r.target, r.taken, r.problems); std::process::ExitCode::SUCCESS }
    Err(e) => { eprintln!("gopeek: {e}"); e.exit_code() }
  }
}
