//! Rendering many items on several threads, and writing them in order.

use gopeek_attach::workers;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// So many items are rendered before they are handed over: some hundred kilobytes of text.
const BLOCK: usize = 128;
/// Fewer items than this are rendered sooner than another thread is started.
const FEW: usize = 4 * BLOCK;
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
    let workers = workers::count();
    if items.len() <= FEW || workers == 1 {
        let mut writer = writer();
        let mut items = items.iter().enumerate();
        return items.try_for_each(|(index, item)| render(&mut writer, out, index, item));
    }
    let text = |writer: &mut W, block: usize| {
        let mut text = Vec::new();
        let from = block * BLOCK;
        let items = items.iter().skip(from).take(BLOCK).zip(from..);
        for (item, index) in items {
            // Writing to a Vec does not fail.
            let _ = render(writer, &mut text, index, item);
        }
        text
    };
    let blocks = items.len().div_ceil(BLOCK);
    let work = |first: usize, to: &SyncSender<Vec<u8>>| {
        let mut writer = writer();
        // Nobody takes it any more when what is written to has failed.
        let mut sent = |block| to.send(text(&mut writer, block)).is_ok();
        let _ = (first..blocks)
            .step_by(workers)
            .take_while(|block| sent(*block))
            .count();
    };
    thread::scope(|scope| {
        let start = |first| {
            let (to, from) = sync_channel(AHEAD);
            let work = &work;
            let started = thread::Builder::new().spawn_scoped(scope, move || work(first, &to));
            started.ok().map(|_| from)
        };
        let texts: Vec<Option<Receiver<Vec<u8>>>> = (0..workers).map(start).collect();
        let mut writer = writer();
        for (block, from) in (0..blocks).zip(texts.iter().cycle()) {
            let text = match from {
                // A thread that ends early panicked, which the scope passes on.
                Some(from) => from.recv().unwrap_or_default(),
                // There was no thread to be had.
                None => text(&mut writer, block),
            };
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
