//! `--bundle`: all that one look has shown, each part in the format of its own, in one archive.
//!
//! A part is written twice: an archive says first how long it is, and a million goroutines are not to be held as text.

use crate::error::InspectError;
use crate::output::Output;
use crate::render::pprof::Samples;
use crate::render::report::Style;
use crate::render::{folded, json, pprof, report, runtime_stack, threads};
use crate::report::{Goroutine, Report};
use flate2::Compression;
use flate2::write::GzEncoder;
use gopeek_attach::core::Packer;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use tar::{EntryType, Header};

/// An archive is made of blocks of so many bytes.
const BLOCK: usize = 512;
/// Its end: two blocks of nothing.
const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// How an archive is packed, by the end of its name.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Packing {
    Zstd,
    Gzip,
    None,
}

const ENDS: [(&str, Packing); 3] = [
    (".tar.zst", Packing::Zstd),
    (".tar.gz", Packing::Gzip),
    (".tar", Packing::None),
];

/// The file of an archive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    packing: Packing,
}

impl Archive {
    /// By what the user calls it.
    ///
    /// # Errors
    /// When its name does not say what it is.
    pub(crate) fn named(name: &str) -> Result<Archive, String> {
        let mut ends = ENDS.iter();
        let packing = ends.find(|(end, _)| name.ends_with(end));
        let (_, packing) = packing.ok_or(
            "a bundle's name ends in .tar.zst, .tar.gz or .tar, which says how it is packed",
        )?;
        Ok(Archive {
            path: PathBuf::from(name),
            packing: *packing,
        })
    }

    /// The file, which takes the place of another only with `replace`.
    ///
    /// # Errors
    /// [`InspectError::Output`], as [`Output::create`].
    pub(crate) fn create(&self, replace: bool) -> Result<Output, InspectError> {
        Output::create(&self.path, replace)
    }

    /// Writes the parts, packed.
    ///
    /// # Errors
    /// What `out` answers.
    pub(crate) fn write(
        &self,
        out: &mut dyn Write,
        report: &Report,
        style: Style,
        runtime: bool,
    ) -> io::Result<()> {
        match self.packing {
            Packing::None => write(out, report, style, runtime),
            Packing::Zstd => {
                let mut packer = Packer::new(out)?;
                write(&mut packer, report, style, runtime)?;
                packer.finish().map(|_| ())
            }
            Packing::Gzip => {
                let mut packer = GzEncoder::new(out, Compression::default());
                write(&mut packer, report, style, runtime)?;
                packer.finish().map(|_| ())
            }
        }
    }
}

/// Writes one part.
type Part<'r> = (&'static str, &'r dyn Fn(&mut dyn Write) -> io::Result<()>);

/// Writes an archive of all parts, in a folder of their own; with `runtime` the runtime's own goroutines are in all of them,
/// not only in the JSON.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report, style: Style, runtime: bool) -> io::Result<()> {
    let all: Vec<&Goroutine> = report.goroutines.iter().collect();
    let own = all.iter().copied();
    let own: Vec<&Goroutine> = own
        .filter(|goroutine| runtime || report.is_users(goroutine))
        .collect();
    let stacks = runtime_stack::Style {
        runtime,
        addresses: false,
    };
    let parts: [Part<'_>; 6] = [
        ("report.txt", &|to| report::write(to, report, style)),
        ("dump.txt", &|to| runtime_stack::write(to, report, stacks)),
        ("report.json", &|to| json::write(to, report, &all)),
        ("goroutines.pprof", &|to| {
            pprof::write(to, report, &own, Samples::Aggregated)
        }),
        ("folded.txt", &|to| folded::write(to, report, &own)),
        ("threads.txt", &|to| threads::write(to, report, runtime)),
    ];
    let folder = folder(report);
    let at = report.taken.at.unwrap_or(UNIX_EPOCH);
    for (name, part) in parts {
        let mut length = Length(0);
        part(&mut length)?;
        out.write_all(header(&format!("{folder}/{name}"), length.0, at)?.as_bytes())?;
        part(out)?;
        let block = BLOCK as u64;
        let rest = usize::try_from((block - length.0 % block) % block).unwrap_or(0);
        out.write_all(END.get(..rest).unwrap_or_default())?;
    }
    out.write_all(&END)
}

/// What the parts lie in, so that they can be unpacked anywhere: the process's name and number.
fn folder(report: &Report) -> String {
    let target = &report.target;
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_+".contains(char);
    let name = target.name.chars();
    let name: String = name
        .map(|char| if plain(char) { char } else { '_' })
        .take(64)
        .collect();
    format!("{name}.{}", target.pid)
}

/// A file, readable by its owner only: a dump may show secrets in arguments.
fn header(path: &str, length: u64, at: SystemTime) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(path)?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(
        at.duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
    );
    header.set_size(length);
    header.set_cksum();
    Ok(header)
}

/// Counts what is written, and forgets it.
struct Length(u64);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Archive, Packing};

    #[test]
    fn the_name_says_how_it_is_packed() {
        let packing = |name| Archive::named(name).map(|archive| archive.packing);
        assert_eq!(packing("hang.tar.zst"), Ok(Packing::Zstd));
        assert_eq!(packing("a/b.tar.gz"), Ok(Packing::Gzip));
        assert_eq!(packing("hang.tar"), Ok(Packing::None));
        for name in ["hang.zip", "hang", "hang.zst", "tar"] {
            assert!(packing(name).is_err(), "{name}");
        }
    }
}
