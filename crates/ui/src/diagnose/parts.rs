//! Memory in parts, each of which is there or not.

use gopeek_layout::{Addr, Span};

/// Of a core, a page is there or not.
pub(super) const PAGE: u64 = 4096;

/// A span in parts of so many bytes, as they lie in memory.
pub(super) fn parts(span: Span, size: u64) -> impl Iterator<Item = Span> {
    let step = usize::try_from(size).unwrap_or(usize::MAX);
    let ahead = span.start.get() % size;
    (0..span.len + ahead)
        .step_by(step)
        .filter_map(move |offset| {
            let whole = Span::new(
                Addr::new(span.start.get() - ahead).checked_add(offset)?,
                size,
            );
            let end = whole.start.checked_add(size)?;
            let last = span.start.checked_add(span.len)?;
            Span::between(whole.start.max(span.start), end.min(last))
        })
}

#[cfg(test)]
mod tests {
    use super::parts;
    use gopeek_layout::{Addr, Span};

    #[test]
    fn parts_lie_as_pages_do() {
        let span = |start, len| Span::new(Addr::new(start), len);
        let all: Vec<Span> = parts(span(0x1ff0, 0x1020), 0x1000).collect();
        let expected = [span(0x1ff0, 0x10), span(0x2000, 0x1000), span(0x3000, 0x10)];
        assert_eq!(all, expected);
    }
}
