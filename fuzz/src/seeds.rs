//! Inputs to begin with, made by code: written into a folder when the environment asks for that, instead of fuzzing.

use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

/// The folder to write them into.
pub const FOLDER: &str = "GOPEEK_FUZZ_SEEDS";

/// Writes `seeds`, and ends the process, if that is what it was started for.
pub fn write_if_asked(seeds: fn() -> Vec<Vec<u8>>) {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    match write(&folder, &seeds()) {
        Ok(()) => process::exit(0),
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            process::exit(1);
        }
    }
}

fn write(folder: &Path, seeds: &[Vec<u8>]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:03}")), seed)?;
    }
    Ok(())
}

/// Scripts of numbers that have nothing to do with each other, for targets whose input is one; each begins with one of
/// `fronts`.
pub(crate) fn scripts(fronts: impl Iterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let script = |front: Vec<u8>| {
        // xorshift64.
        let random = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        let random = random.take(40).flatten();
        front.into_iter().chain(random).collect()
    };
    fronts.map(script).collect()
}
