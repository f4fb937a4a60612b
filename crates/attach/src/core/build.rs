//! Whether a file is of the build that a core's process ran: by its ids, where these tell builds apart, and otherwise by all
//! that the core has of it.

use super::files::AT_ENTRY;
use super::identity::{self, BuildIds};
use super::{Core, FileMapping};
use gopeek_layout::image::{Image, Segment};
use gopeek_layout::{Addr, Span};

/// Mappings begin and end with pages.
const PAGE: u64 = 4096;
/// Fields of an ELF header that say where the sections are. Who strips a program changes them: `e_shoff`, and `e_shentsize`,
/// `e_shnum`, `e_shstrndx`.
const OF_SECTIONS: [std::ops::Range<usize>; 2] = [40..48, 58..64];

/// What a core says of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It is the one that was mapped.
    Same,
    /// Nothing tells it from another build of the same program.
    Unchecked,
    /// It is another, and how they differ.
    Other(String),
}

/// How much of a file's code was compared.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Compared {
    All,
    Some,
}

impl Core {
    /// Whether `file` is the one that was mapped.
    pub(super) fn judge(
        &self,
        mapping: &FileMapping,
        file: &[u8],
        checksum: Option<u32>,
    ) -> Verdict {
        let image = match Image::parse(file) {
            Ok(image) => image,
            Err(error) => return Verdict::Other(error.to_string()),
        };
        if let Some(why) = self.is_of_another_machine(file) {
            return Verdict::Other(why);
        }
        let front = self.memory.run_from(mapping.start);
        let front = front.filter(|_| mapping.offset == 0);
        let ids = front.map_or_else(BuildIds::new, |front| identity::build_ids(front.bytes));
        let own = identity::build_ids(file);
        if let Some((of_core, of_file)) = identity::difference(&ids, &own) {
            return Verdict::Other(format!(
                "the core's build id is {of_core}, the file's {of_file}"
            ));
        }
        let shared = ids.into_iter().filter(|(maker, _)| own.contains_key(maker));
        if identity::identify(&shared.collect()) {
            return Verdict::Same;
        }
        if let Some(sum) = checksum {
            return if identity::checksum(file) == sum {
                Verdict::Same
            } else {
                Verdict::Other("their bytes differ (no build id tells them apart)".to_owned())
            };
        }
        if let Some(why) = self.is_mapped_otherwise(mapping, &image) {
            return Verdict::Other(why);
        }
        match self.compare(mapping, &image) {
            Ok(Compared::All) => Verdict::Same,
            Ok(Compared::Some) => Verdict::Unchecked,
            Err(at) => Verdict::Other(format!(
                "their bytes differ at {at} (no build id tells them apart)"
            )),
        }
    }

    /// The machine of a file, where that is not the core's.
    pub(super) fn is_of_another_machine(&self, file: &[u8]) -> Option<String> {
        let arch = Image::parse(file).ok()?.arch();
        (arch != self.arch).then(|| {
            let (of_file, of_core) = (arch.name(), self.arch.name());
            format!("it is for {of_file}, and the core says that it is of {of_core}")
        })
    }

    /// How the file's segments lie elsewhere than the core says that they were mapped, or begin elsewhere.
    fn is_mapped_otherwise(&self, mapping: &FileMapping, image: &Image<'_>) -> Option<String> {
        let bias = image.bias(mapping.start, mapping.offset)?;
        let own = || self.mappings.iter().filter(|it| it.path == mapping.path);
        // Of the program alone: the dynamic loader also maps what lies between the segments of a library.
        let entry = self.auxv_of(AT_ENTRY)?;
        if !own().any(|it| (it.start..it.end).contains(&entry)) {
            return None;
        }
        let fits = |it: &FileMapping| {
            image.segments().iter().any(|segment| {
                let skip = segment.file_offset % PAGE;
                let start = segment.start.checked_add(bias);
                let start = start.and_then(|start| start.checked_sub(skip));
                let within = start.and_then(|start| it.start.offset_from(start));
                let first = segment.file_offset - skip;
                let len = skip.saturating_add(segment.file_len);
                let len = len.checked_next_multiple_of(PAGE).unwrap_or(u64::MAX);
                let end = within.zip(it.end.offset_from(it.start));
                within.is_some_and(|within| first.checked_add(within) == Some(it.offset))
                    && end.is_some_and(|(within, mapped)| within.saturating_add(mapped) <= len)
            })
        };
        // A loader that maps in its own way does so with all of them.
        let strange = own().find(|it| !fits(it)).filter(|_| own().any(fits));
        if let Some(it) = strange {
            let (start, end) = (it.start, it.end);
            return Some(format!(
                "the process had mapped it from {start} to {end}, where it has nothing that long"
            ));
        }
        let begins = image.entry().checked_add(bias);
        (begins != Some(entry))
            .then(|| format!("the process began at {entry}, and this program begins elsewhere"))
    }

    /// Compares all that the core has of the file's constant parts.
    ///
    /// # Errors
    /// The first address at which they differ.
    fn compare(&self, mapping: &FileMapping, image: &Image<'_>) -> Result<Compared, Addr> {
        let Some(bias) = image.bias(mapping.start, mapping.offset) else {
            return Ok(Compared::Some);
        };
        // Pages that a writable segment shares are not constant.
        let writable: Vec<Span> = image
            .segments()
            .iter()
            .filter(|it| it.writable)
            .filter_map(|it| pages(it, bias))
            .collect();
        let (mut code, mut compared) = (0, 0);
        for segment in image.segments().iter().filter(|it| !it.writable) {
            let Some(start) = segment.start.checked_add(bias) else {
                return Ok(Compared::Some);
            };
            let len = segment.bytes.len() as u64;
            code += if segment.executable { len } else { 0 };
            for (at, there) in self.held(Span::new(start, len)) {
                let from = at
                    .offset_from(start)
                    .and_then(|at| usize::try_from(at).ok());
                let own = from.and_then(|from| segment.bytes.get(from..)?.get(..there.len()));
                let own = own.unwrap_or_default();
                if let Some(differs) = first_difference(own, there, |index| {
                    let at = at.checked_add(index as u64);
                    let in_header = segment.file_offset == 0
                        && from.is_some_and(|from| {
                            let index = from.saturating_add(index);
                            OF_SECTIONS.iter().any(|range| range.contains(&index))
                        });
                    in_header || at.is_none_or(|at| writable.iter().any(|it| it.contains(at)))
                }) {
                    return Err(at.checked_add(differs as u64).unwrap_or(at));
                }
                compared += if segment.executable {
                    there.len() as u64
                } else {
                    0
                };
            }
        }
        Ok(if code > 0 && compared == code {
            Compared::All
        } else {
            Compared::Some
        })
    }

    /// What the core has of a part of memory, piece by piece.
    pub(super) fn held(&self, span: Span) -> impl Iterator<Item = (Addr, &[u8])> {
        let end = span.end();
        self.memory.spans().filter_map(move |piece| {
            let from = piece.start.max(span.start);
            let to = piece.end()?.min(end?);
            let len = to.offset_from(from).filter(|len| *len > 0)?;
            Some((from, self.memory.slice(Span::new(from, len))?))
        })
    }
}

/// The pages of a segment.
fn pages(segment: &Segment<'_>, bias: u64) -> Option<Span> {
    let start = segment.start.checked_add(bias)?;
    let skip = start.get() % PAGE;
    let len = skip.checked_add(segment.mem_len)?;
    let len = len.checked_next_multiple_of(PAGE)?;
    Some(Span::new(start.checked_sub(skip)?, len))
}

/// Where two runs of bytes first differ, but where `ignored` holds.
fn first_difference(one: &[u8], other: &[u8], ignored: impl Fn(usize) -> bool) -> Option<usize> {
    if one == other {
        return None;
    }
    let pairs = one.iter().zip(other).enumerate();
    let mut differing = pairs.filter(|(_, (one, other))| one != other);
    let found = differing.find(|(index, _)| !ignored(*index));
    found.map(|(index, _)| index)
}
