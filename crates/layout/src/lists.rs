//! What hangs off a goroutine as a slice, and must be copied in two more waves: labels and ancestors.

use crate::addr::{Addr, Span};
use crate::fields::Fields;
use crate::limits::Limits;
use crate::mem::{GoSlice, Memory, Word, read_bytes, read_word};

/// A slice whose header has been asked for, and what its elements hold in turn.
#[derive(Copy, Clone, Debug)]
pub(crate) struct List {
    /// Where the header lies.
    pub(crate) header: Addr,
    /// What its elements are.
    pub(crate) element: Element,
}

/// What the elements of a list are.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Element {
    /// Two Go strings.
    Label,
    /// An ancestorInfo, whose pcs are a slice again.
    Ancestor,
}

/// `label.Label{Key, Value string}`.
pub(crate) const LABEL_LEN: u64 = 32;

impl Element {
    fn size(self, fields: &Fields) -> u64 {
        match self {
            Element::Label => LABEL_LEN,
            Element::Ancestor => u64::from(fields.ancestor.size),
        }
    }
}

/// The elements of every list whose header came.
pub(crate) fn elements(
    lists: &[List],
    got: &dyn Memory,
    fields: &Fields,
    limits: &Limits,
) -> Vec<Span> {
    lists
        .iter()
        .filter_map(|list| elements_of(list, got, fields, limits))
        .collect()
}

fn elements_of(list: &List, got: &dyn Memory, fields: &Fields, limits: &Limits) -> Option<Span> {
    let slice: GoSlice = read_word(got, list.header).ok()?;
    Some(Span::new(
        slice.data,
        slice
            .len
            .min(limits.list_len)
            .saturating_mul(list.element.size(fields)),
    ))
}

/// What the elements point to: the texts of labels, the pcs of ancestors; no more than `budget` bytes and one span.
pub(crate) fn contents(
    lists: &[List],
    got: &dyn Memory,
    fields: &Fields,
    limits: &Limits,
    budget: u64,
) -> Vec<Span> {
    let mut total = 0u64;
    let mut spans = Vec::new();
    for list in lists {
        for span in contents_of(list, got, fields, limits).unwrap_or_default() {
            total = total.saturating_add(span.len);
            spans.push(span);
            if total > budget {
                return spans;
            }
        }
    }
    spans
}

fn contents_of(
    list: &List,
    got: &dyn Memory,
    fields: &Fields,
    limits: &Limits,
) -> Option<Vec<Span>> {
    let elements = elements_of(list, got, fields, limits)?;
    let bytes = read_bytes(got, elements.start, usize::try_from(elements.len).ok()?).ok()?;
    let span = |slice: GoSlice, unit: u64| {
        Span::new(
            slice.data,
            slice.len.saturating_mul(unit).min(limits.text_bytes),
        )
    };
    let size = usize::try_from(list.element.size(fields))
        .ok()
        .filter(|size| *size > 0)?;
    let spans = bytes
        .chunks_exact(size)
        .flat_map(|element| match list.element {
            Element::Label => element
                .chunks_exact(GoSlice::SIZE)
                .filter_map(GoSlice::decode)
                .map(|text| span(text, 1))
                .collect::<Vec<_>>(),
            Element::Ancestor => fields
                .ancestor
                .pcs
                .of(element)
                .map(|pcs| span(pcs, 8))
                .into_iter()
                .collect(),
        });
    Some(spans.collect())
}
