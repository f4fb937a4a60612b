//! Which files a target's Go code is from, and where it is: what a profile says of its addresses.

use crate::report::CodeFile;
use gopeek_attach::core::identity::{Maker, build_ids};
use gopeek_attach::files::MappedFile;
use gopeek_layout::moduledata::Module;

/// The loader maps whole pages.
const PAGE: u64 = 0x1000;

/// The file of each module, in their order; what the file does not say of itself is left out.
pub(crate) fn code_files(files: &[MappedFile], modules: &[Module<'_>]) -> Vec<CodeFile> {
    let modules = modules.iter();
    modules
        .filter_map(|module| {
            let is_its = |file: &&MappedFile| {
                let bytes: &[u8] = &file.bytes;
                std::ptr::eq(bytes, module.image.data())
            };
            code_file(files.iter().find(is_its)?, module)
        })
        .collect()
}

fn code_file(file: &MappedFile, module: &Module<'_>) -> Option<CodeFile> {
    let linked = module.data.text.checked_sub(module.bias)?;
    let mut segments = module.image.segments().iter();
    let segment = segments.find(|segment| {
        let within = linked.offset_from(segment.start);
        segment.executable && within.is_some_and(|within| within < segment.mem_len)
    })?;
    let (start, before) = page(segment.start.checked_add(module.bias)?.get());
    let end = start.checked_add(before)?.checked_add(segment.mem_len)?;
    let mut ids = build_ids(&file.bytes);
    Some(CodeFile {
        path: file.path.display().to_string(),
        start,
        limit: end.checked_next_multiple_of(PAGE)?,
        offset: page(segment.file_offset).0,
        build_id: ids.remove(&Maker::Gnu),
        go_build_id: ids.remove(&Maker::Go),
    })
}

/// The page that an address is in, and how far within.
fn page(at: u64) -> (u64, u64) {
    (at & !(PAGE - 1), at & (PAGE - 1))
}
