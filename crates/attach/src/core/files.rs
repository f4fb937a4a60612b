//! The files that a core's process ran code from, found again: by the paths that it names, and only those of the same build.

use super::identity::{self, BuildIds};
use super::{Core, FileMapping};
use crate::files::{FileBytes, MappedFile};
use gopeek_layout::Addr;
use gopeek_layout::image::Image;
use rustix::fs::{Mode, OFlags};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
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
    /// The one that was found is of another build.
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
}

/// `AT_PHDR`, `AT_ENTRY` (getauxval(3)): where the program's headers and its first instruction are.
const AT_PHDR: u64 = 3;
const AT_ENTRY: u64 = 9;
/// `AT_SYSINFO_EHDR`: where the vDSO is.
const AT_SYSINFO_EHDR: u64 = 33;
/// Several times what any kernel's vDSO takes.
const MAX_VDSO: usize = 1 << 20;
/// So much of each mapping is held against the file.
const MAX_COMPARED: usize = 1 << 20;
/// No program is larger than that.
const MAX_REBUILT: u64 = 4 << 30;
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
                (rebuilt, true)
            }
            (program, _) => (program?, false),
        };
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
                Ok(file) => files.push(file),
                Err(_) => missing.push(mapping.path.clone()),
            }
        }
        Ok(CoreFiles {
            files,
            missing,
            rebuilt,
        })
    }

    /// The code that the kernel had mapped into the process (`[vdso]`): where, and its bytes.
    #[must_use]
    pub fn vdso(&self) -> Option<(Addr, Vec<u8>)> {
        let start = self.auxv_of(AT_SYSINFO_EHDR)?;
        let run = self.memory.run_from(start)?;
        let bytes = run.bytes.get(..run.bytes.len().min(MAX_VDSO))?;
        Some((start, bytes.to_vec()))
    }

    fn auxv_of(&self, kind: u64) -> Option<Addr> {
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
    ) -> Result<MappedFile, ProgramError> {
        let file = match (named, lookup.program) {
            (Some(mapping), Some(path)) => self.accepted(mapping, path, lookup)?,
            (Some(mapping), None) => self.find(mapping, lookup)?,
            (None, Some(path)) => self.unnamed(path)?,
            (None, None) => return Err(ProgramError::Unnamed),
        };
        Ok(MappedFile {
            is_program: true,
            ..file
        })
    }

    /// The first file of the same build in any of the places where it may be.
    fn find(&self, mapping: &FileMapping, lookup: &Lookup<'_>) -> Result<MappedFile, ProgramError> {
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
                Ok(file) => return Ok(file),
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
    ) -> Result<MappedFile, ProgramError> {
        let missing = || ProgramError::Missing {
            path: place.to_path_buf(),
        };
        let bytes = open(place).ok_or_else(missing)?;
        let checksum = lookup.checksums.get(&*mapping.path.to_string_lossy());
        if let Some(why) = self.differs(mapping, &bytes, checksum.copied()) {
            let path = place.to_path_buf();
            return Err(ProgramError::Other { path, why });
        }
        Ok(MappedFile {
            path: undeleted(&mapping.path),
            is_program: false,
            start: mapping.start,
            offset: mapping.offset,
            bytes,
        })
    }

    /// How a file is another than the one that was mapped; nothing where it is the same, as far as the core tells.
    fn differs(&self, mapping: &FileMapping, file: &[u8], checksum: Option<u32>) -> Option<String> {
        let front = self.memory.run_from(mapping.start);
        let front = front.filter(|_| mapping.offset == 0);
        let ids = front.map_or_else(BuildIds::new, |front| identity::build_ids(front.bytes));
        let own = identity::build_ids(file);
        if let Some(same) = identity::same(&ids, &own) {
            let id = |ids: &BuildIds| ids.values().next().cloned().unwrap_or_default();
            return (!same).then(|| {
                let (of_core, of_file) = (id(&ids), id(&own));
                format!("the core's build id is {of_core}, the file's {of_file}")
            });
        }
        if let Some(sum) = checksum {
            return (identity::checksum(file) != sum)
                .then(|| "their bytes differ (they have no build id of one kind)".to_owned());
        }
        (!self.has_the_bytes_of(mapping, file))
            .then(|| "their code differs (they have no build id of one kind)".to_owned())
    }

    /// Whether all that the core has of the file's constant parts is as in `file`.
    fn has_the_bytes_of(&self, mapping: &FileMapping, file: &[u8]) -> bool {
        let Ok(image) = Image::parse(file) else {
            return false;
        };
        let constant = |offset: u64| {
            let mut segments = image.segments().iter();
            !segments.any(|segment| {
                let end = segment
                    .file_offset
                    .saturating_add(segment.bytes.len() as u64);
                // Mappings begin and end with pages, and so hold a little of what lies beside.
                segment.writable
                    && offset < end
                    && offset.saturating_add(4096) > segment.file_offset
            })
        };
        self.mappings
            .iter()
            .filter(|it| it.path == mapping.path && constant(it.offset))
            .all(|it| {
                let Some(run) = self.memory.run_from(it.start) else {
                    return true;
                };
                let mapped = it.end.offset_from(it.start).unwrap_or(0);
                let len = usize::try_from(mapped).unwrap_or(usize::MAX);
                let len = len.min(run.bytes.len()).min(MAX_COMPARED);
                let from = usize::try_from(it.offset).unwrap_or(usize::MAX);
                let there = file.get(from..).unwrap_or_default();
                // What is behind the file's end is zero in memory.
                let len = len.min(there.len());
                run.bytes.get(..len) == there.get(..len)
            })
    }

    /// A program of which the core does not say where it was mapped.
    fn unnamed(&self, path: &Path) -> Result<MappedFile, ProgramError> {
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
        Ok(MappedFile {
            path: path.to_path_buf(),
            is_program: true,
            start: start.ok_or_else(missing)?,
            offset: first.file_offset - skip,
            bytes,
        })
    }

    /// Whether a mapping begins like code, or the core does not have its beginning.
    fn may_be_elf(&self, mapping: &FileMapping) -> bool {
        let front = self.memory.run_from(mapping.start);
        let front = front.filter(|_| mapping.offset == 0);
        front.is_none_or(|front| front.bytes.starts_with(b"\x7fELF"))
    }

    /// The program out of its own memory, where all of its constant parts are in the core.
    fn rebuilt(&self, program: &FileMapping) -> Option<MappedFile> {
        let mappings = || self.mappings.iter().filter(|it| it.path == program.path);
        let end = |it: &FileMapping| it.offset.checked_add(it.end.offset_from(it.start)?);
        let len = mappings().filter_map(end).max()?;
        let len = usize::try_from(len).ok().filter(|_| len <= MAX_REBUILT)?;
        let parts = mappings().filter_map(|it| {
            let run = self.memory.run_from(it.start)?;
            let mapped = usize::try_from(it.end.offset_from(it.start)?).ok()?;
            let from = usize::try_from(it.offset).ok()?;
            Some((from, run.bytes.get(..mapped.min(run.bytes.len()))?))
        });
        let parts: Vec<(usize, &[u8])> = parts.collect();
        let header = parts.iter().find(|(from, _)| *from == 0)?.1;
        let constant = Image::parse(header).ok()?;
        let whole = constant.segments().iter().all(|segment| {
            let end = segment.file_offset.saturating_add(segment.file_len);
            let holds = |(at, bytes): &(usize, &[u8])| {
                let (at, len) = (*at as u64, bytes.len() as u64);
                at <= segment.file_offset && end <= at.saturating_add(len)
            };
            segment.writable || parts.iter().any(holds)
        });
        let bytes = whole.then(|| FileBytes::put_together(len, &parts).ok())??;
        Some(MappedFile {
            path: program.path.clone(),
            is_program: true,
            start: program.start,
            offset: program.offset,
            bytes,
        })
    }
}

/// A regular file's bytes.
fn open(path: &Path) -> Option<FileBytes> {
    // A pipe that lies there must not make us wait.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    let regular = file.metadata().ok()?.is_file();
    regular.then(|| FileBytes::map(&file).ok())?
}

/// A path without what the kernel says of a file that was deleted.
fn undeleted(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    text.strip_suffix(DELETED)
        .map_or_else(|| path.to_path_buf(), PathBuf::from)
}
