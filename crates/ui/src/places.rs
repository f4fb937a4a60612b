//! Places in the code, each named once: from pcs to the sites of a report.

use crate::report::{Call, Place, Role, Site};
use gopeek_layout::Addr;
use gopeek_layout::arch::FrameShape;
use gopeek_layout::enums::FuncIds;
use gopeek_layout::rules::Rules;
use gopeek_unwind::Code;
use gopeek_unwind::pclntab::args::ArgToken;
use gopeek_unwind::pclntab::inline::{LogicalFrame, logical_frames};
use rustc_hash::FxHashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// The places seen so far.
pub(crate) struct Places<'a, 'd> {
    code: &'a Code<'d>,
    ids: FuncIds,
    rules: &'a Rules,
    shape: FrameShape,
    sites: Vec<Site>,
    by_pc: FxHashMap<(Addr, bool), u32>,
    go_statements: FxHashMap<Addr, Option<Place>>,
    texts: HashSet<Arc<str>>,
}

impl<'a, 'd> Places<'a, 'd> {
    pub(crate) fn new(
        code: &'a Code<'d>,
        ids: FuncIds,
        rules: &'a Rules,
        shape: FrameShape,
    ) -> Places<'a, 'd> {
        Places {
            code,
            ids,
            rules,
            shape,
            sites: Vec::new(),
            by_pc: FxHashMap::default(),
            go_statements: FxHashMap::default(),
            texts: HashSet::new(),
        }
    }

    /// The index of the site of a frame at `pc`.
    pub(crate) fn site(&mut self, pc: Addr, trap: bool) -> u32 {
        if let Some(index) = self.by_pc.get(&(pc, trap)) {
            return *index;
        }
        let index = u32::try_from(self.sites.len()).unwrap_or(u32::MAX);
        let site = match self.code.site(pc, trap, self.rules) {
            Some(site) => Site {
                pc: pc.get(),
                frame_size: self.code.frame_size(pc, self.shape).unwrap_or(0),
                offset: pc.offset_from(site.entry).unwrap_or(0),
                calls: site.frames.iter().map(|frame| self.call(frame)).collect(),
                args: site.args,
            },
            // A walk names no pc that is in no function.
            None => Site {
                pc: pc.get(),
                frame_size: 0,
                offset: 0,
                calls: Vec::new(),
                args: Vec::new(),
            },
        };
        self.sites.push(site);
        self.by_pc.insert((pc, trap), index);
        index
    }

    /// How the arguments at a site print.
    pub(crate) fn args(&self, site: u32) -> &[ArgToken] {
        let site = usize::try_from(site)
            .ok()
            .and_then(|index| self.sites.get(index));
        site.map(|site| &site.args[..]).unwrap_or_default()
    }

    /// The `go` statement that a goroutine's gopc returns from: the physical function, as the runtime prints it.
    pub(crate) fn go_statement(&mut self, gopc: Addr) -> Option<Place> {
        if let Some(known) = self.go_statements.get(&gopc) {
            return known.clone();
        }
        let place = self.go_statement_at(gopc);
        self.go_statements.insert(gopc, place.clone());
        place
    }

    fn go_statement_at(&mut self, gopc: Addr) -> Option<Place> {
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
    pub(crate) fn function_name(&mut self, pc: Addr) -> Arc<str> {
        let name = self.code.function(pc).map(|function| function.name());
        self.text(&name.unwrap_or_default())
    }

    /// The innermost call at the statement that `pc` returns to.
    pub(crate) fn return_to(&mut self, pc: Addr) -> Option<Place> {
        self.call_at(pc.checked_sub(1)?)
    }

    /// The innermost call at `pc` itself, as the runtime prints ancestors.
    pub(crate) fn call_at(&mut self, pc: Addr) -> Option<Place> {
        let function = self.code.function(pc)?;
        let offset = pc.offset_from(function.entry())?;
        let (frames, _) = logical_frames(&function, pc);
        Some(Place {
            call: self.call(frames.first()?),
            function: self.call(frames.last()?),
            offset,
        })
    }

    pub(crate) fn into_sites(self) -> Vec<Site> {
        self.sites
    }

    fn call(&mut self, frame: &LogicalFrame<'_>) -> Call {
        Call {
            function: self.text(&frame.name),
            file: self.text(&frame.file),
            line: frame.line,
            role: role(&self.ids, frame.func_id),
        }
    }

    /// One copy of each text, however many calls share it.
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let text: Arc<str> = Arc::from(text);
        self.texts.insert(text.clone());
        text
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
