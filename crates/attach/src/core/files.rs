//! The files that a core's process ran code from, found again: by the paths that it names, and only those of the same build.

use super::build::Verdict;
use super::{Core, FileMapping};
use crate::files::{FileBytes, MappedFile, code, is_memfd};
use crate::open::regular;
use crate::unpacked::{self, Holding};
use gopeek_layout::image::Image;
use gopeek_layout::{Addr, Memory, Span, Unreadable};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where files are looked for, besides where the core says that they were.
#[derive(Clone, Debug, Default)]
pub struct Lookup<'l> {
    /// The program, whatever the core calls it.
    pub program: Option<&'l Path>,
    /// Below this folder instead of where they were.
    pub sysroot: Option<&'l Path>,
    /// In this folder, by their names.
    pub beside: Option<&'l Path>,
    /// What the bytes of files without a build id sum up to, by path.
    pub checksums: BTreeMap<String, u32>,
}

/// What became of the program.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ProgramError {
    /// It is nowhere.
    #[error("the program of the core was not found: {}", path.display())]
    Missing {
        /// Where it was.
        path: PathBuf,
    },
    /// The one that was found is another.
    #[error("{} is not the program of the core: {why}", path.display())]
    Other {
        /// The one that was found.
        path: PathBuf,
        /// How they differ.
        why: String,
    },
    /// The core names no program, and none was given.
    #[error("the core does not say which program it is of")]
    Unnamed,
}

/// The files of a core.
#[derive(Debug)]
pub struct CoreFiles {
    /// Those that were found, the program first.
    pub files: Vec<MappedFile>,
    /// Libraries that were not found, or only of another build.
    pub missing: Vec<PathBuf>,
    /// Whether the program was put together from the core's own memory.
    pub rebuilt: bool,
    /// Whether nothing in the core tells if the program is the one that the process ran, or another build of it.
    pub unchecked: bool,
}

/// A file that may be the one that was mapped.
struct Accepted {
    file: MappedFile,
    /// Whether nothing told if it is.
    unchecked: bool,
}

impl Accepted {
    fn certain(file: MappedFile) -> Accepted {
        Accepted {
            file,
            unchecked: false,
        }
    }
}

/// `AT_PHDR`, `AT_ENTRY` (getauxval(3)): where the program's headers and its first instruction are.
const AT_PHDR: u64 = 3;
pub(super) const AT_ENTRY: u64 = 9;
/// `AT_SYSINFO_EHDR`: where the vDSO is.
const AT_SYSINFO_EHDR: u64 = 33;
/// Several times what any kernel's vDSO takes.
const MAX_VDSO: usize = 1 << 20;
/// What the kernel appends to the path of a file that is gone.
const DELETED: &str = " (deleted)";

impl Core {
    /// The files that the process ran code from.
    ///
    /// # Errors
    /// [`ProgramError`], where the program is missing, and not in the core itself. A library that is missing is no error.
    pub fn code_files(&self, lookup: &Lookup<'_>) -> Result<CoreFiles, ProgramError> {
        let named = self.program();
        let program = self.find_program(named, lookup);
        let (program, rebuilt) = match (program, named) {
            (Err(ProgramError::Missing { path }), Some(mapping)) => {
                let rebuilt = self
                    .rebuilt(mapping)
                    .ok_or(ProgramError::Missing { path })?;
                (Accepted::certain(rebuilt), true)
            }
            (program, _) => (program?, false),
        };
        let Accepted {
            file: program,
            unchecked,
        } = program;
        if let Some(why) = self.is_of_another_machine(&program.bytes) {
            let path = program.path;
            return Err(ProgramError::Other { path, why });
        }
        let packer = program.path.clone();
        let own = named.map(|mapping| &mapping.path);
        let (mut files, mut missing) = (vec![program], Vec::new());
        let mut seen = HashSet::new();
        for mapping in &self.mappings {
            if Some(&mapping.path) == own || !seen.insert(&mapping.path) {
                continue;
            }
            if !self.may_be_elf(mapping) {
                continue;
            }
            match self.find(mapping, lookup) {
                Ok(accepted) => files.push(accepted.file),
                Err(_) => missing.push(mapping.path.clone()),
            }
        }
        files.extend(unpacked::programs(self, self.nowhere(), &packer));
        Ok(CoreFiles {
            files,
            missing,
            rebuilt,
            unchecked,
        })
    }

    /// Where memory begins that is of no file, as far as the core tells.
    fn nowhere(&self) -> impl Iterator<Item = Addr> {
        let named = |at: Addr| {
            let holds = |it: &FileMapping| (it.start..it.end).contains(&at);
            self.mappings
                .iter()
                .any(|it| holds(it) && !is_memfd(&it.path))
        };
        let vdso = self.auxv_of(AT_SYSINFO_EHDR);
        let starts = self.memory.spans().map(|span| span.start);
        let pages = starts.filter(|at| at.is_aligned(4096));
        let begins = pages.filter(|at| {
            let run = self.memory.run_from(*at);
            run.is_some_and(|run| run.bytes.starts_with(b"\x7fELF"))
        });
        begins.filter(move |at| Some(*at) != vdso && !named(*at))
    }

    /// The code that the kernel had mapped into the process (`[vdso]`): where, and its bytes.
    #[must_use]
    pub fn vdso(&self) -> Option<(Addr, Vec<u8>)> {
        let start = self.auxv_of(AT_SYSINFO_EHDR)?;
        let run = self.memory.run_from(start)?;
        let bytes = run.bytes.get(..run.bytes.len().min(MAX_VDSO))?;
        Some((start, bytes.to_vec()))
    }

    pub(super) fn auxv_of(&self, kind: u64) -> Option<Addr> {
        let entry = self.auxv.iter().find(|(found, _)| *found == kind);
        entry.map(|(_, value)| Addr::new(*value))
    }

    /// The first mapping of the program.
    #[must_use]
    pub fn program(&self) -> Option<&FileMapping> {
        let within = |at: Addr| {
            let holds = |mapping: &&FileMapping| (mapping.start..mapping.end).contains(&at);
            self.mappings.iter().find(holds)
        };
        let known = self.auxv_of(AT_PHDR).and_then(within);
        let known = known.or_else(|| self.auxv_of(AT_ENTRY).and_then(within));
        let known = known.or(self.mappings.first())?;
        self.mappings
            .iter()
            .find(|mapping| mapping.path == known.path)
    }

    fn find_program(
        &self,
        named: Option<&FileMapping>,
        lookup: &Lookup<'_>,
    ) -> Result<Accepted, ProgramError> {
        let Accepted { file, unchecked } = match (named, lookup.program) {
            (Some(mapping), Some(path)) => self.accepted(mapping, path, lookup)?,
            (Some(mapping), None) => self.find(mapping, lookup)?,
            (None, Some(path)) => self.unnamed(path)?,
            (None, None) => return Err(ProgramError::Unnamed),
        };
        let file = MappedFile {
            is_program: true,
            ..file
        };
        Ok(Accepted { file, unchecked })
    }

    /// The first file of the same build in any of the places where it may be.
    fn find(&self, mapping: &FileMapping, lookup: &Lookup<'_>) -> Result<Accepted, ProgramError> {
        let path = undeleted(&mapping.path);
        let within = path.strip_prefix("/").unwrap_or(&path);
        let places = [
            Some(
                lookup
                    .sysroot
                    .map_or(path.clone(), |root| root.join(within)),
            ),
            lookup
                .beside
                .and_then(|folder| Some(folder.join(path.file_name()?))),
        ];
        let mut refusal = ProgramError::Missing { path: path.clone() };
        for place in places.into_iter().flatten() {
            match self.accepted(mapping, &place, lookup) {
                Ok(accepted) => return Ok(accepted),
                Err(other @ ProgramError::Other { .. }) => refusal = other,
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    /// The file at `place`, if it is the one that was mapped.
    fn accepted(
        &self,
        mapping: &FileMapping,
        place: &Path,
        lookup: &Lookup<'_>,
    ) -> Result<Accepted, ProgramError> {
        let missing = || ProgramError::Missing {
            path: place.to_path_buf(),
        };
        let bytes = open(place).ok_or_else(missing)?;
        let checksum = lookup.checksums.get(&*mapping.path.to_string_lossy());
        let unchecked = match self.judge(mapping, &bytes, checksum.copied()) {
            Verdict::Same => false,
            Verdict::Unchecked => true,
            Verdict::Other(why) => {
                let path = place.to_path_buf();
                return Err(ProgramError::Other { path, why });
            }
        };
        let file = MappedFile {
            path: undeleted(&mapping.path),
            is_program: false,
            in_memory: false,
            start: mapping.start,
            offset: mapping.offset,
            bytes,
        };
        Ok(Accepted { file, unchecked })
    }

    /// A program of which the core does not say where it was mapped.
    fn unnamed(&self, path: &Path) -> Result<Accepted, ProgramError> {
        let missing = || ProgramError::Missing {
            path: path.to_path_buf(),
        };
        let bytes = open(path).ok_or_else(missing)?;
        let image = Image::parse(&bytes).map_err(|error| ProgramError::Other {
            path: path.to_path_buf(),
            why: error.to_string(),
        })?;
        let first = *image.segments().first().ok_or_else(missing)?;
        let bias = if image.is_relocatable() {
            let entry = self.auxv_of(AT_ENTRY).ok_or(ProgramError::Unnamed)?;
            entry.offset_from(image.entry()).unwrap_or(0)
        } else {
            0
        };
        let (skip, start) = (first.file_offset % 4096, first.start.checked_add(bias));
        let start = start.and_then(|start| start.checked_sub(skip));
        let file = MappedFile {
            path: path.to_path_buf(),
            is_program: true,
            in_memory: false,
            start: start.ok_or_else(missing)?,
            offset: first.file_offset - skip,
            bytes,
        };
        // As if the core had said where it was mapped.
        let mapping = FileMapping {
            start: file.start,
            end: file.start,
            offset: file.offset,
            path: path.to_path_buf(),
        };
        let unchecked = match self.judge(&mapping, &file.bytes, None) {
            Verdict::Same => false,
            Verdict::Unchecked => true,
            Verdict::Other(why) => {
                let path = path.to_path_buf();
                return Err(ProgramError::Other { path, why });
            }
        };
        Ok(Accepted { file, unchecked })
    }

    /// Whether a mapping begins like code, or the core does not have its beginning.
    fn may_be_elf(&self, mapping: &FileMapping) -> bool {
        let front = self.memory.run_from(mapping.start);
        let front = front.filter(|_| mapping.offset == 0);
        front.is_none_or(|front| front.bytes.starts_with(b"\x7fELF"))
    }
}

impl Memory for Core {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        self.memory.read(at, buf)
    }
}

impl Holding for Core {
    fn read_partly(&self, at: Addr, buf: &mut [u8]) {
        let len = u64::try_from(buf.len()).unwrap_or(u64::MAX);
        for (from, bytes) in self.held(Span::new(at, len)) {
            let from = from
                .offset_from(at)
                .and_then(|from| usize::try_from(from).ok());
            let room = from.and_then(|from| buf.get_mut(from..from.checked_add(bytes.len())?));
            if let Some(room) = room {
                room.copy_from_slice(bytes);
            }
        }
    }
}

/// A regular file's bytes. The core may name anything at all.
fn open(path: &Path) -> Option<FileBytes> {
    code(&regular(path).ok()?).ok()
}

/// A path without what the kernel says of a file that was deleted.
fn undeleted(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    text.strip_suffix(DELETED)
        .map_or_else(|| path.to_path_buf(), PathBuf::from)
}
