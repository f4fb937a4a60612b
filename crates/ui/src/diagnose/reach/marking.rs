//! Marking: from words to the objects that they lead to, and on from these, until there is nothing new.

use super::super::Ground;
use crate::diagnose::parts::{PAGE, parts};
use crate::progress::Progress;
use gopeek_layout::heap::{Heap, Marks, Object};
use gopeek_layout::mem::{Word, read_bytes};
use gopeek_layout::{Addr, Memory, Span};
use std::time::Instant;

/// So many bytes are read together, in no more pieces than this.
const TOGETHER: u64 = 16 << 20;
const PIECES: usize = 64 << 10;
/// Pieces of large objects.
const PIECE: u64 = 1 << 20;
/// Fewer are read one by one: to read many at once takes longer to begin with.
const FEW: usize = 8;
/// Smaller ones, of a long list, lie side by side.
const SMALL: u64 = 1 << 10;

/// What was reached, and what is still to be searched.
pub(super) struct Marking<'m> {
    ground: &'m Ground<'m>,
    /// The target's bytes, by the page.
    pages: &'m dyn Memory,
    heap: &'m Heap,
    marks: Marks,
    /// Objects of which it is to be told when they are reached, and those that were.
    watched: Marks,
    woken: Vec<Object>,
    left: Vec<Object>,
    searched: u64,
    unread: u64,
    progress: Progress,
    /// When it is given up.
    until: Option<Instant>,
}

impl<'m> Marking<'m> {
    /// Nothing is marked; nothing where there is no room for marks.
    pub(super) fn new(
        ground: &'m Ground<'m>,
        pages: &'m dyn Memory,
        heap: &'m Heap,
        until: Option<Instant>,
    ) -> Option<Marking<'m>> {
        Some(Marking {
            ground,
            pages,
            heap,
            marks: Marks::new(heap)?,
            watched: Marks::new(heap)?,
            woken: Vec::new(),
            left: Vec::new(),
            searched: 0,
            unread: 0,
            progress: Progress::new("of the heap searched", heap.scanned_bytes()),
            until,
        })
    }

    /// Has the object at this address not searched.
    pub(super) fn pass_over(&mut self, at: Addr) {
        if let Some(object) = self.heap.object_at(at.get()) {
            self.marks.mark(self.heap, object);
        }
    }

    /// Has it told when this object is reached.
    pub(super) fn watch(&mut self, object: Object) {
        self.watched.mark(self.heap, object);
    }

    /// The objects that are watched and were reached since this was asked last.
    pub(super) fn woken(&mut self) -> Vec<Object> {
        std::mem::take(&mut self.woken)
    }

    /// Whether an object was reached.
    pub(super) fn is_reached(&self, object: Object) -> bool {
        self.marks.has(self.heap, object)
    }

    /// A word that may be a pointer.
    pub(super) fn word(&mut self, word: u64) {
        let Some(object) = self.heap.object_at(word) else {
            return;
        };
        if !self.marks.mark(self.heap, object) {
            return;
        }
        if self.heap.is_scanned(object) {
            self.left.push(object);
        }
        if self.watched.has(self.heap, object) {
            self.woken.push(object);
        }
    }

    /// Words that may be pointers.
    pub(super) fn words(&mut self, bytes: &[u8]) {
        for word in bytes.chunks_exact(8).filter_map(u64::decode) {
            self.word(word);
        }
    }

    /// Reads spans, of words that may be pointers.
    pub(super) fn spans(&mut self, spans: Vec<Span>) {
        let mut together = Vec::new();
        let mut len = 0;
        for piece in spans.into_iter().flat_map(|span| parts(span, PIECE)) {
            len += piece.len;
            together.push(piece);
            if len >= TOGETHER || together.len() >= PIECES {
                self.read(std::mem::take(&mut together));
                len = 0;
            }
        }
        self.read(together);
    }

    fn read(&mut self, spans: Vec<Span>) {
        if spans.len() < FEW {
            for span in spans {
                self.read_one(span);
            }
            return;
        }
        let mut missing: Vec<Option<Span>> = spans.iter().copied().map(Some).collect();
        self.ground.bytes.with(spans, &mut |index, bytes| {
            if let Some(span) = missing.get_mut(index) {
                *span = None;
            }
            self.words(bytes);
        });
        for span in missing.into_iter().flatten() {
            self.read_one(span);
        }
    }

    fn read_one(&mut self, span: Span) {
        let memory = if span.len <= SMALL {
            self.pages
        } else {
            self.ground.fresh
        };
        let read = |span: Span| {
            let len = usize::try_from(span.len).ok()?;
            read_bytes(memory, span.start, len).ok()
        };
        if let Some(bytes) = read(span) {
            self.words(&bytes);
            return;
        }
        // A core lacks pages of nothing but zeroes.
        for page in parts(span, PAGE) {
            match read(page) {
                Some(bytes) => self.words(&bytes),
                None => self.unread += page.len,
            }
        }
    }

    /// Searches what was marked, and what that leads to.
    ///
    /// # Errors
    /// Where that would be too much.
    pub(super) fn search(&mut self) -> Result<(), &'static str> {
        while !self.left.is_empty() {
            let mut spans = Vec::new();
            let mut len = 0;
            while let Some(object) = self.left.pop() {
                let span = self.heap.bytes(object);
                len += span.map_or(0, |span| span.len);
                spans.extend(span);
                if len >= TOGETHER || spans.len() >= PIECES {
                    break;
                }
            }
            self.searched = self.searched.saturating_add(len);
            if self.searched > self.ground.limits.heap_bytes {
                return Err("it is too large to be searched");
            }
            if self.until.is_some_and(|until| Instant::now() > until) {
                return Err("there was no time for all of it");
            }
            self.spans(joined(spans));
            self.progress.at(self.searched);
        }
        Ok(())
    }

    /// Whether enough could be read: of a process all, of a core what is not nothing but zeroes.
    ///
    /// # Errors
    /// Where it could not.
    pub(super) fn is_whole(&self, runs: bool) -> Result<(), &'static str> {
        let most = if runs { 0 } else { self.searched / 2 };
        if self.unread > most {
            return Err("not all of it could be read");
        }
        Ok(())
    }
}

/// Spans that lie side by side, as one.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| span.start);
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.start.checked_add(last.len) == Some(span.start) => {
                last.len = last.len.saturating_add(span.len);
            }
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::joined;
    use gopeek_layout::{Addr, Span};

    #[test]
    fn what_lies_side_by_side_is_read_as_one() {
        let span = |start, len| Span::new(Addr::new(start), len);
        let spans = vec![
            span(0x30, 16),
            span(0x10, 16),
            span(0x20, 16),
            span(0x80, 8),
        ];
        assert_eq!(joined(spans), [span(0x10, 48), span(0x80, 8)]);
    }
}
