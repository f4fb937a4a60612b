//! Whether a file is of the build that a core's process ran: by its ids, and where there are none, by its bytes.

use super::identity::{self, BuildIds};
use super::{Core, FileMapping};
use gopeek_layout::image::Image;

/// So much of each mapping is held against the file.
const MAX_COMPARED: usize = 1 << 20;
/// Mappings begin and end with pages.
const PAGE: u64 = 4096;

impl Core {
    /// How a file is another than the one that was mapped; nothing where it is the same, as far as the core tells.
    pub(super) fn differs(
        &self,
        mapping: &FileMapping,
        file: &[u8],
        checksum: Option<u32>,
    ) -> Option<String> {
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
                    && offset.saturating_add(PAGE) > segment.file_offset
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
}
