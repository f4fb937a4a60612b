//! What objects are called by the receivers of methods: the fields that they are, or that lead to them. No DWARF is needed.

use super::Ground;
use super::functions::method_of;
use super::members::{self, Found};
use crate::report::{Frame, Object, Report, Site};
use gopeek_layout::Addr;
use gopeek_layout::mem::read_word;
use gopeek_layout::types::{PointerField, Receiver, Type, Types};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::rc::Rc;

/// Maximum number of places in the code whose methods' receivers are searched for. A service has some thousands of places.
const MAX_SITES: usize = 20_000;

/// A receiver's type.
struct Known {
    /// What a traceback calls it: `orders.(*Pool)`.
    name: String,
    kind: Type,
    pointers: Vec<PointerField>,
}

/// The receivers of a target's methods. What was read of types once is kept.
pub(super) struct Receivers<'t> {
    ground: &'t Ground<'t>,
    sites: &'t [Site],
    /// Empty until they are needed.
    types: OnceCell<Types<'t>>,
    /// By the index of the site; nothing where the function is no method, or the type is unknown.
    known: FxHashMap<u32, Option<Rc<Known>>>,
}

impl<'t> Receivers<'t> {
    /// The receivers of the methods that a report shows. Nothing is read yet.
    pub(super) fn new(ground: &'t Ground<'t>, report: &'t Report) -> Receivers<'t> {
        let sites = report.sites.get(..MAX_SITES).unwrap_or(&report.sites);
        Receivers {
            ground,
            sites,
            types: OnceCell::new(),
            known: FxHashMap::default(),
        }
    }

    /// The types, once all receivers were searched for together.
    fn types(&self) -> &Types<'t> {
        self.types.get_or_init(|| {
            let ground = self.ground;
            let types = ground.found.type_descriptors(ground.memory);
            let methods = self.sites.iter().filter_map(method_itself);
            types.look_up(methods.filter_map(Receiver::parse));
            types
        })
    }

    /// By a frame's receiver; `follow` says whether to read what its fields point to.
    pub(super) fn of_frame(&mut self, frame: &Frame<'_>, object: &Object, follow: bool) -> Found {
        if !members::may_be(&object.kind) {
            return Found::Unknown;
        }
        let known = self.known(frame);
        let at = frame.words.and_then(|words| words.first());
        let Some((known, at)) = known.zip(at) else {
            return Found::Unknown;
        };
        let wanted = members::types(&object.kind);
        let offset = object.addr.checked_sub(*at);
        let path = offset
            .zip(wanted)
            .and_then(|(offset, wanted)| self.types().member_at(&known.kind, offset, wanted));
        let path = path.or_else(|| {
            let mut pointers = known.pointers.iter().filter(|_| follow);
            let leads = |pointer: &&PointerField| {
                let at = Addr::new(*at).checked_add(pointer.offset);
                let word = at.and_then(|at| read_word::<u64>(self.ground.memory, at).ok());
                word == Some(object.addr)
            };
            Some(pointers.find(leads)?.path.clone())
        });
        path.map_or(Found::NoMember, |path| {
            Found::Member(members::join(&known.name, &path))
        })
    }

    fn known(&mut self, frame: &Frame<'_>) -> Option<Rc<Known>> {
        if let Some(known) = self.known.get(&frame.index) {
            return known.clone();
        }
        let found = self.find(frame).map(Rc::new);
        self.known.insert(frame.index, found.clone());
        found
    }

    fn find(&self, frame: &Frame<'_>) -> Option<Known> {
        let function = self.sites.get(usize::try_from(frame.index).ok()?);
        let function = function.and_then(method_itself)?;
        let kind = self.types().of_receiver(function)?;
        Some(Known {
            name: method_of(function)?,
            pointers: self.types().pointers_in(&kind),
            kind,
        })
    }
}

/// The method that a place in the code is of, whose first argument is its receiver. What was compiled from a function
/// within it has other arguments; of a generic type's method, tracebacks have the dictionary in its place.
fn method_itself(site: &Site) -> Option<&str> {
    let function = &*site.calls.last()?.function;
    let (_, method) = function.rsplit_once(").")?;
    let plain = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let is_it = method.bytes().all(plain) && !function.contains('[');
    is_it.then_some(function)
}
