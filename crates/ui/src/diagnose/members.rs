//! What objects are called by the DWARF of a target: the members of structs that they are, or that lead to them.

use super::Ground;
use super::functions::{method_of, package};
use super::primitive::calls;
use crate::locals::Debug;
use crate::report::{Frame, Kind, Object};
use gopeek_layout::Addr;
use gopeek_layout::mem::read_word;
use gopeek_layout::moduledata::Module;
use gopeek_unwind::locals::{PointerArgument, PointerMember, Program, TypeRef};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// What a frame says of an object.
pub(super) enum Found {
    /// It is this member, or this one leads to it.
    Member(String),
    /// It is none of what the frame's arguments point to.
    NoMember,
    /// There is no DWARF of the function.
    Unknown,
}

/// An argument, and the members that are pointers of what it points to.
struct Argument {
    it: PointerArgument,
    /// Of which module's DWARF.
    module: usize,
    pointers: Vec<PointerMember>,
}

/// The members of the structs of a target. What was read of DWARF once is kept.
pub(super) struct Fields<'d> {
    ground: &'d Ground<'d>,
    programs: Vec<(&'d Module<'d>, Program<'d>)>,
    /// By the index of the site; nothing where no DWARF covers it.
    arguments: FxHashMap<u32, Option<Rc<[Argument]>>>,
    /// By type, offset and kind of object.
    members: FxHashMap<(usize, TypeRef, u64, &'static str), Option<Rc<str>>>,
}

impl<'d> Fields<'d> {
    pub(super) fn new(ground: &'d Ground<'d>, debug: &'d Debug<'d>) -> Fields<'d> {
        Fields {
            ground,
            programs: debug.programs(),
            arguments: FxHashMap::default(),
            members: FxHashMap::default(),
        }
    }

    /// `orders.registry.mu`: the object lies `offset` bytes into the global `symbol`.
    pub(super) fn of_global(&self, object: &Object, symbol: &str, offset: u64) -> Option<String> {
        let wanted = types(&object.kind)?;
        // In a symbol, the dots of a path's last element are written so.
        let package = package(symbol).replace("%2e", ".");
        let name = symbol.replace("%2e", ".");
        self.programs.iter().find_map(|(_, program)| {
            let global = program.global(&package, &name)?;
            let path = program.member_at(global, offset, wanted)?;
            Some(join(symbol, &path))
        })
    }

    /// By a frame's arguments; `follow` says whether to read what these point to.
    pub(super) fn of_frame(&mut self, frame: &Frame<'_>, object: &Object, follow: bool) -> Found {
        if !may_be(&object.kind) {
            return Found::Unknown;
        }
        let Some(arguments) = self.arguments(frame) else {
            return Found::Unknown;
        };
        let pointers = arguments.iter().filter_map(|argument| {
            let word = frame.words?.get(argument.it.word)?;
            Some((argument, Addr::new(*word)))
        });
        for (argument, at) in pointers {
            let offset = object.addr.checked_sub(at.get());
            let path = offset.and_then(|offset| self.member(argument, offset, &object.kind));
            let path = path.or_else(|| {
                let pointer = self.leading(argument, at, object).filter(|_| follow)?;
                Some(Rc::from(&*pointer.path))
            });
            if let Some(path) = path
                && let Some(name) = self.name(frame, argument)
            {
                return Found::Member(join(&name, &path));
            }
        }
        Found::NoMember
    }

    fn arguments(&mut self, frame: &Frame<'_>) -> Option<Rc<[Argument]>> {
        if let Some(known) = self.arguments.get(&frame.index) {
            return known.clone();
        }
        let found = self.read_arguments(Addr::new(frame.site.pc)).map(Rc::from);
        self.arguments.insert(frame.index, found.clone());
        found
    }

    fn read_arguments(&self, pc: Addr) -> Option<Vec<Argument>> {
        let entry = self.ground.found.code.function(pc)?.entry();
        let holds = |module: &Module<'_>| (module.data.text..module.data.etext).contains(&entry);
        let mut programs = self.programs.iter().enumerate();
        let (module, (at, program)) = programs.find(|(_, (module, _))| holds(module))?;
        let arguments = program.pointer_arguments(entry.checked_sub(at.bias)?)?;
        let arguments = arguments.into_iter().map(|argument| Argument {
            pointers: program.pointers_in(argument.to),
            it: argument,
            module,
        });
        Some(arguments.collect())
    }

    fn program(&self, argument: &Argument) -> Option<&Program<'d>> {
        Some(&self.programs.get(argument.module)?.1)
    }

    /// The way to what lies `offset` bytes into what an argument points to, if that is an object of this kind.
    fn member(&mut self, argument: &Argument, offset: u64, kind: &Kind) -> Option<Rc<str>> {
        let wanted = types(kind)?;
        let to = argument.it.to;
        let key = (argument.module, to, offset, *wanted.first()?);
        if let Some(known) = self.members.get(&key) {
            return known.clone();
        }
        let path = self.program(argument)?.member_at(to, offset, wanted);
        let path: Option<Rc<str>> = path.map(Rc::from);
        self.members.insert(key, path.clone());
        path
    }

    /// The member of what an argument points to that has the object's address.
    fn leading<'a>(
        &self,
        argument: &'a Argument,
        at: Addr,
        object: &Object,
    ) -> Option<&'a PointerMember> {
        argument.pointers.iter().find(|pointer| {
            let at = at.checked_add(pointer.offset);
            let word = at.and_then(|at| read_word::<u64>(self.ground.memory, at).ok());
            word == Some(object.addr)
        })
    }

    /// What to call the struct that an argument points to: a receiver after the method, like in a stack.
    fn name(&self, frame: &Frame<'_>, argument: &Argument) -> Option<String> {
        let function = &*calls(frame).last()?.function;
        let method = method_of(function).filter(|_| argument.it.word == 0);
        method.or_else(|| {
            let name = self.program(argument)?.type_name(argument.it.to)?;
            let package = package(&name);
            let rest = name.strip_prefix(package)?.strip_prefix('.')?;
            // A struct without a name has none to be called by.
            (!package.contains(' ')).then(|| format!("{package}.(*{rest})"))
        })
    }
}

/// Whether a member may be such an object, or point to it.
pub(super) fn may_be(kind: &Kind) -> bool {
    matches!(kind, Kind::Channel(_)) || types(kind).is_some()
}

/// What the types of such an object are called; nothing of one that is no member of anything.
pub(super) fn types(kind: &Kind) -> Option<&'static [&'static str]> {
    Some(match kind {
        Kind::Mutex(_) => &["sync.Mutex", "internal/sync.Mutex"],
        Kind::RwMutex(_) => &["sync.RWMutex"],
        Kind::WaitGroup { .. } => &["sync.WaitGroup"],
        Kind::Cond => &["sync.Cond"],
        Kind::Once { .. } => &["sync.Once"],
        Kind::Channel(_)
        | Kind::Semaphore { .. }
        | Kind::File(_)
        | Kind::Coroutine
        | Kind::Bubble => return None,
    })
}

pub(super) fn join(name: &str, path: &str) -> String {
    if path.is_empty() || path.starts_with('[') {
        format!("{name}{path}")
    } else {
        format!("{name}.{path}")
    }
}
