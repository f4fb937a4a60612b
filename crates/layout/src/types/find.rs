//! Types by their names.

use super::receiver::Receiver;
use super::search::Search;
use super::{Field, Region, Type, Types};
use crate::mem::read_bytes;
use std::borrow::Cow;
use std::rc::Rc;

/// Maximum number of bytes of one module's descriptors that are searched. The largest Go programs have some tens of
/// megabytes.
const MAX_REGION: u64 = 512 << 20;
/// Maximum number of bytes that are read from the target for that, where its file does not have them.
const MAX_READ: u64 = 64 << 20;
/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

impl Types<'_> {
    /// Searches for all of these receivers at once. A search takes some milliseconds, whether for one or for a hundred:
    /// whoever will ask for several, one by one, calls this first.
    pub fn look_up(&self, receivers: impl IntoIterator<Item = Receiver>) {
        let mut wanted: Vec<Receiver> = receivers.into_iter().collect();
        {
            let mut found = self.found.borrow_mut();
            // One that is known, or asked for twice, is left out.
            wanted.retain(|receiver| {
                let new = !found.contains_key(receiver);
                if new {
                    found.insert(receiver.clone(), Vec::new());
                }
                new
            });
        }
        if wanted.is_empty() {
            return;
        }
        for region in &self.regions {
            let Some(bytes) = self.bytes(region) else {
                continue;
            };
            let search = Search {
                layout: self.layout,
                start: region.span.start,
                bytes: &bytes,
            };
            search.run(&wanted, &mut |index, offset| {
                let at = region.span.start.checked_add(offset);
                let it = at.and_then(|at| self.at(at));
                if let Some(it) = it.filter(|it| self.is_called(it, &wanted[index])) {
                    let mut found = self.found.borrow_mut();
                    found.entry(wanted[index].clone()).or_default().push(it);
                }
            });
        }
    }

    /// The type `name` of the package with the path `package`: `named("database/sql", "DB")`. Of a generic type, written
    /// `List[...]`, an instance, if all instances have the same fields at the same places.
    #[must_use]
    pub fn named(&self, package: &str, name: &str) -> Option<Type> {
        self.of(&Receiver::new(package, name))
    }

    /// The type whose pointer is the receiver of a method: `of_receiver("database/sql.(*DB)")`, or the whole name of a
    /// function. Generic types as [`Types::named`].
    #[must_use]
    pub fn of_receiver(&self, function: &str) -> Option<Type> {
        self.of(&Receiver::parse(function)?)
    }

    /// The type of a receiver.
    #[must_use]
    pub fn of(&self, receiver: &Receiver) -> Option<Type> {
        self.look_up([receiver.clone()]);
        let found = self.found.borrow();
        let (first, others) = found.get(receiver)?.split_first()?;
        let same = |other| other == first || self.is_alike(first, other);
        others.iter().all(same).then_some(*first)
    }

    /// Whether two structs have the same fields at the same places: instances of a generic type, or one type of two modules.
    fn is_alike(&self, one: &Type, other: &Type) -> bool {
        let fields = |of| -> Option<Rc<[Field]>> { self.fields(of) };
        let places = fields(one).zip(fields(other));
        one.size == other.size
            && places.is_some_and(|(one, other)| {
                let place = |field: &Field| (field.name.clone(), field.offset, field.kind.size);
                one.iter().map(place).eq(other.iter().map(place))
            })
    }

    /// Whether memory says of a type what a file has said.
    fn is_called(&self, it: &Type, receiver: &Receiver) -> bool {
        let name = self.name(it).unwrap_or_default();
        let rest = name.split_once('.').map_or("", |(_, rest)| rest);
        let found = Receiver::new(&self.package(it).unwrap_or_default(), rest);
        found == *receiver
    }

    /// The bytes of a module's descriptors: of its file, else of the target.
    fn bytes<'r>(&self, region: &Region<'r>) -> Option<Cow<'r, [u8]>> {
        if let Some(file) = region.file {
            return (region.span.len <= MAX_REGION).then_some(Cow::Borrowed(file));
        }
        let len = usize::try_from(region.span.len).ok()?;
        let mut bytes = Vec::new();
        while region.span.len <= MAX_READ && bytes.len() < len {
            let at = region.span.start.checked_add(bytes.len() as u64)?;
            let chunk = CHUNK.min(len - bytes.len());
            bytes.extend(read_bytes(self.memory, at, chunk).ok()?);
        }
        Some(Cow::Owned(bytes))
    }
}
