//! Places in the code, each named once: from pcs to the sites and paths of a report.

use crate::book::Book;
use crate::report::{Call, Place, Role, Site, Step};
use gopeek_layout::Addr;
use gopeek_layout::arch::FrameShape;
use gopeek_layout::enums::FuncIds;
use gopeek_layout::rules::Rules;
use gopeek_unwind::pclntab::args::ArgToken;
use gopeek_unwind::pclntab::inline::{LogicalFrame, logical_frames};
use gopeek_unwind::{Code, Frame};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The places that one thread has come across.
pub(crate) struct Places<'a, 'd> {
    code: &'a Code<'d>,
    ids: FuncIds,
    rules: &'a Rules,
    shape: FrameShape,
    book: &'a Book,
    sites: FxHashMap<(Addr, bool), KnownSite>,
    paths: FxHashMap<Box<[Stride]>, KnownPath>,
    strides: Vec<Stride>,
    go_statements: FxHashMap<Addr, Option<Arc<Place>>>,
}

/// A frame as paths are told apart by: where in the code, and how far above the innermost frame.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
struct Stride {
    pc: Addr,
    above: u64,
    argp_above: u64,
    trap: bool,
}

/// A place of an argument's word: how far above the innermost stack pointer, and how many bytes.
type WordAt = (u64, u8);

#[derive(Clone)]
struct KnownSite {
    index: u32,
    /// Where its arguments' words lie, from where its arguments begin.
    words: Arc<[WordAt]>,
}

#[derive(Clone)]
struct KnownPath {
    index: u32,
    words: Arc<[WordAt]>,
}

impl<'a, 'd> Places<'a, 'd> {
    pub(crate) fn new(
        code: &'a Code<'d>,
        ids: FuncIds,
        rules: &'a Rules,
        shape: FrameShape,
        book: &'a Book,
    ) -> Places<'a, 'd> {
        Places {
            code,
            ids,
            rules,
            shape,
            book,
            sites: FxHashMap::default(),
            paths: FxHashMap::default(),
            strides: Vec::new(),
            go_statements: FxHashMap::default(),
        }
    }

    /// The number of the path that `frames` take, and its argument words, which `word` reads by their address and size.
    pub(crate) fn path(
        &mut self,
        frames: &[Frame],
        word: impl Fn(Addr, u8) -> Option<u64>,
    ) -> (u32, Box<[u64]>) {
        let base = frames.first().map_or(0, |frame| frame.sp.get());
        let mut strides = std::mem::take(&mut self.strides);
        strides.clear();
        strides.extend(frames.iter().map(|frame| Stride {
            pc: frame.pc,
            above: frame.sp.get().wrapping_sub(base),
            argp_above: frame.argp.get().wrapping_sub(base),
            trap: frame.trap,
        }));
        let known = match self.paths.get(&strides[..]) {
            Some(known) => known.clone(),
            None => self.new_path(&strides),
        };
        let mut words = Vec::with_capacity(known.words.len());
        for (above, size) in known.words.iter() {
            words.extend(word(Addr::new(base.wrapping_add(*above)), *size));
        }
        let read = if words.len() == known.words.len() {
            (known.index, words.into_boxed_slice())
        } else {
            self.broken_path(base, &strides, word)
        };
        self.strides = strides;
        read
    }

    fn new_path(&mut self, strides: &[Stride]) -> KnownPath {
        let (steps, words) = self.steps(strides, |_| true);
        let known = KnownPath {
            index: self.book.path(steps),
            words: words.into(),
        };
        self.paths.insert(strides.into(), known.clone());
        known
    }

    /// Some of whose words can't be read: those of the other frames are kept.
    fn broken_path(
        &mut self,
        base: u64,
        strides: &[Stride],
        word: impl Fn(Addr, u8) -> Option<u64>,
    ) -> (u32, Box<[u64]>) {
        let read = |(above, size): &WordAt| word(Addr::new(base.wrapping_add(*above)), *size);
        let (steps, words) = self.steps(strides, |own| own.iter().all(|at| read(at).is_some()));
        (
            self.book.path(steps),
            words.iter().filter_map(read).collect(),
        )
    }

    /// The steps of a path, and where the words of those frames lie of which all are `readable`.
    fn steps(
        &mut self,
        strides: &[Stride],
        readable: impl Fn(&[WordAt]) -> bool,
    ) -> (Vec<Step>, Vec<WordAt>) {
        let (mut steps, mut words) = (Vec::with_capacity(strides.len()), Vec::new());
        for stride in strides {
            let site = self.site(stride.pc, stride.trap);
            let at = |(offset, size): &WordAt| (stride.argp_above.wrapping_add(*offset), *size);
            let own: Vec<WordAt> = site.words.iter().map(at).collect();
            let complete = readable(&own);
            steps.push(Step {
                site: site.index,
                above: stride.above,
                words: u32::try_from(words.len()).ok().filter(|_| complete),
            });
            if complete {
                words.extend(own);
            }
        }
        (steps, words)
    }

    /// The number of the site of a frame.
    pub(crate) fn site_of(&mut self, (pc, trap): (Addr, bool)) -> u32 {
        self.site(pc, trap).index
    }

    fn site(&mut self, pc: Addr, trap: bool) -> KnownSite {
        if let Some(known) = self.sites.get(&(pc, trap)) {
            return known.clone();
        }
        let site = self.new_site(pc, trap);
        let words = site.args.iter().filter_map(|token| match token {
            ArgToken::Word { offset, size, .. } => Some((u64::from(*offset), *size)),
            _ => None,
        });
        let words = words.collect();
        let known = KnownSite {
            index: self.book.site(pc, trap, site),
            words,
        };
        self.sites.insert((pc, trap), known.clone());
        known
    }

    fn new_site(&self, pc: Addr, trap: bool) -> Site {
        match self.code.site(pc, trap, self.rules) {
            Some(site) => Site {
                pc: pc.get(),
                trap,
                frame_size: self.code.frame_size(pc, self.shape).unwrap_or(0),
                offset: pc.offset_from(site.entry).unwrap_or(0),
                calls: site.frames.iter().map(|frame| self.call(frame)).collect(),
                args: site.args,
            },
            // A walk names no pc that is in no function.
            None => Site {
                pc: pc.get(),
                trap,
                frame_size: 0,
                offset: 0,
                calls: Vec::new(),
                args: Vec::new(),
            },
        }
    }

    /// The calls at `pc`, innermost first: those that were inlined, and the function itself.
    pub(crate) fn calls(&self, pc: Addr, trap: bool) -> Vec<Call> {
        self.new_site(pc, trap).calls
    }

    /// The `go` statement that a goroutine's gopc returns from: the physical function, as the runtime prints it.
    pub(crate) fn go_statement(&mut self, gopc: Addr) -> Option<Arc<Place>> {
        if let Some(known) = self.go_statements.get(&gopc) {
            return known.clone();
        }
        let place = self.go_statement_at(gopc).map(Arc::new);
        self.go_statements.insert(gopc, place.clone());
        place
    }

    fn go_statement_at(&self, gopc: Addr) -> Option<Place> {
        let function = self.code.function(gopc)?;
        let offset = gopc.offset_from(function.entry())?;
        let at = if offset > 0 {
            gopc.checked_sub(self.shape.pc_quantum)?
        } else {
            gopc
        };
        let (file, line) = function.file_line(at);
        let frame = LogicalFrame {
            name: function.name(),
            func_id: function.id().unwrap_or(0),
            file,
            line,
            start_line: function.start_line(),
            inlined: false,
        };
        let function = self.call(&frame);
        Some(Place {
            call: function.clone(),
            function,
            offset,
        })
    }

    /// The name of the function at `pc`; empty outside of Go code.
    pub(crate) fn function_name(&self, pc: Addr) -> Arc<str> {
        let name = self.code.function(pc).map(|function| function.name());
        self.book.text(&name.unwrap_or_default())
    }

    /// The innermost call at the statement that `pc` returns to.
    pub(crate) fn return_to(&self, pc: Addr) -> Option<Place> {
        self.call_at(pc.checked_sub(1)?)
    }

    /// The innermost call at `pc` itself, as the runtime prints ancestors.
    pub(crate) fn call_at(&self, pc: Addr) -> Option<Place> {
        let function = self.code.function(pc)?;
        let offset = pc.offset_from(function.entry())?;
        let (frames, _) = logical_frames(&function, pc);
        Some(Place {
            call: self.call(frames.first()?),
            function: self.call(frames.last()?),
            offset,
        })
    }

    fn call(&self, frame: &LogicalFrame<'_>) -> Call {
        Call {
            function: self.book.text(&frame.name),
            file: self.book.text(&frame.file),
            line: frame.line,
            start_line: frame.start_line,
            role: role(&self.ids, frame.func_id),
        }
    }
}

fn role(ids: &FuncIds, id: u8) -> Role {
    if id == ids.wrapper {
        Role::Wrapper
    } else if [ids.gopanic, ids.sigpanic, ids.panicwrap].contains(&id) {
        Role::Panic
    } else if id == ids.finalizers || Some(id) == ids.cleanups {
        Role::Finalizer
    } else {
        Role::Other
    }
}
