//! Rendering many items on several threads, and writing them in order.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// So many items are rendered before they are handed over: some hundred kilobytes of text.
const BLOCK: usize = 128;
/// Fewer items than this are rendered sooner than another thread is started.
const FEW: usize = 4 * BLOCK;
/// More threads than this are more than a target's host can spare.
const MAX_WORKERS: usize = 4;
/// So many blocks may wait to be written, from each thread.
const AHEAD: usize = 2;

/// Writes all `items`. Each thread renders with a writer of its own, which `writer` makes; `render` is told an item's
/// index.
///
/// # Errors
/// What `out` answers.
pub(super) fn write<I: Sync, W>(
    out: &mut dyn Write,
    items: &[I],
    writer: impl Fn() -> W + Sync,
    render: impl Fn(&mut W, &mut dyn Write, usize, &I) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if items.len() <= FEW || cores == 1 {
        let mut writer = writer();
        let mut items = items.iter().enumerate();
        return items.try_for_each(|(index, item)| render(&mut writer, out, index, item));
    }
    let workers = cores.min(MAX_WORKERS);
    let work = |first: usize, to: SyncSender<Vec<u8>>| {
        let mut writer = writer();
        let blocks = items.chunks(BLOCK).enumerate().skip(first);
        for (block, items) in blocks.step_by(workers) {
            let mut text = Vec::new();
            for (index, item) in items.iter().enumerate() {
                // Writing to a Vec does not fail.
                let _ = render(&mut writer, &mut text, block * BLOCK + index, item);
            }
            // Nobody takes it: what is written to has failed.
            if to.send(text).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let start = |first| {
            let (to, from) = sync_channel(AHEAD);
            let work = &work;
            scope.spawn(move || work(first, to));
            from
        };
        let texts: Vec<Receiver<Vec<u8>>> = (0..workers).map(start).collect();
        for from in texts.iter().cycle().take(items.len().div_ceil(BLOCK)) {
            // A thread that ends early panicked, which the scope passes on.
            let Ok(text) = from.recv() else { break };
            out.write_all(&text)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, FEW, write};
    use std::io::{self, Write};

    fn render(_: &mut (), out: &mut dyn Write, index: usize, item: &String) -> io::Result<()> {
        assert_eq!(index.to_string(), *item);
        writeln!(out, "{item}")
    }

    #[test]
    fn items_come_in_order_however_many() {
        for count in [0, 1, FEW, FEW + 1, 9 * BLOCK + 5, 40 * BLOCK] {
            let items: Vec<String> = (0..count).map(|item: usize| item.to_string()).collect();
            let mut text = Vec::new();
            write(&mut text, &items, || (), render).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert!(text.lines().eq(&items), "{count}");
        }
    }

    #[test]
    fn it_ends_when_nobody_reads_any_more() {
        struct Full(usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 = self
                    .0
                    .checked_sub(bytes.len())
                    .ok_or(io::ErrorKind::StorageFull)?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let items: Vec<String> = (0..100 * BLOCK).map(|item| item.to_string()).collect();
        let error = write(&mut Full(5000), &items, || (), render).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
