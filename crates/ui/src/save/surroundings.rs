//! What a core keeps of a process besides what its goroutines need: enough to know its files again, its vDSO, its globals.

use super::note::MissedPart;
use crate::find::Found;
use gopeek_attach::capture::{Captured, copy_running};
use gopeek_attach::core::identity;
use gopeek_attach::files::MappedFile;
use gopeek_attach::{Process, Snapshot};
use gopeek_layout::Addr;
use gopeek_layout::image::Image;
use std::collections::BTreeMap;

/// As much of each file as the kernel's cores have: the page with its headers, in which the build ids are.
const HEADERS: usize = 4096;
/// Large programs have a megabyte.
const MOST_GLOBALS: u64 = 16 << 20;

/// The front of each file that code is run from, where it is mapped, and the vDSO. The former come from the files.
pub(super) fn code(process: &Process, files: &[MappedFile]) -> Snapshot {
    let fronts = files
        .iter()
        .filter(|file| file.offset == 0 && !file.in_memory);
    let fronts = fronts.filter_map(|file| {
        let front = file.bytes.get(..HEADERS.min(file.bytes.len()))?;
        Some((file.start, front))
    });
    let vdso = process.vdso();
    let vdso: Option<(Addr, &[u8])> = vdso.as_ref().map(|(start, bytes)| (*start, &bytes[..]));
    let mut snapshot = Snapshot::default();
    snapshot.keep(
        fronts
            .chain(vdso)
            .chain(files.iter().flat_map(nowhere_else)),
    );
    snapshot
}

/// The constant parts of a program that is nowhere but in the target's memory, where they are mapped.
fn nowhere_else(file: &MappedFile) -> Vec<(Addr, &[u8])> {
    let image = Image::parse(&file.bytes).ok().filter(|_| file.in_memory);
    let placed = image.and_then(|image| Some((image.bias(file.start, file.offset)?, image)));
    let Some((bias, image)) = placed else {
        return Vec::new();
    };
    let constant = image.segments().iter().filter(|it| !it.writable);
    let parts = constant.filter_map(|it| Some((it.start.checked_add(bias)?, it.bytes)));
    parts.collect()
}

/// The globals that may lead to what goroutines wait at; nothing of a program that has more of them than goroutines are
/// worth.
pub(super) fn globals(process: &Process, found: &Found<'_>) -> Snapshot {
    let spans = found.globals_with_pointers();
    let bytes = spans.iter().map(|span| span.len);
    if bytes.fold(0, u64::saturating_add) > MOST_GLOBALS {
        return Snapshot::default();
    }
    copy_running(process, spans)
}

/// Of files whose build ids do not tell one build from another: the sum of all their bytes.
pub(super) fn checksums(files: &[MappedFile]) -> BTreeMap<String, u32> {
    let nameless = files
        .iter()
        .filter(|file| !file.in_memory && !identity::identify(&identity::build_ids(&file.bytes)));
    let sum = |file: &MappedFile| {
        let path = file.path.to_string_lossy().into_owned();
        (path, identity::checksum(&file.bytes))
    };
    nameless.map(sum).collect()
}

pub(super) fn missed(captured: &Captured) -> Vec<MissedPart> {
    let missed = captured.pause.iter().flat_map(|pause| &pause.missed);
    missed.map(MissedPart::from).collect()
}
