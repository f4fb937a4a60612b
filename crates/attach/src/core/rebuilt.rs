//! A program put together from what a core has of its memory, where nobody has the file any more.

use super::{Core, FileMapping};
use crate::files::{FileBytes, MappedFile};
use gopeek_layout::image::Image;

/// No program is larger than that.
const MAX_LEN: u64 = 4 << 30;

impl Core {
    /// The program out of its own memory, where all of its constant parts are in the core.
    pub(super) fn rebuilt(&self, program: &FileMapping) -> Option<MappedFile> {
        let mappings = || self.mappings.iter().filter(|it| it.path == program.path);
        let end = |it: &FileMapping| it.offset.checked_add(it.end.offset_from(it.start)?);
        let len = mappings().filter_map(end).max()?;
        let len = usize::try_from(len).ok().filter(|_| len <= MAX_LEN)?;
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
            in_memory: false,
            start: program.start,
            offset: program.offset,
            bytes,
        })
    }
}
