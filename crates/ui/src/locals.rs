//! Arguments and local variables of the goroutines that were asked for by number, by the target's own DWARF.

use crate::find::Found;
use crate::report::FrameVariables;
use gopeek_layout::moduledata::Module;
use gopeek_layout::registers::Registers;
use gopeek_layout::{Addr, Memory};
use gopeek_unwind::locals::{
    DebugSections, Frame, Limits, LocalsError, Program, Scope, Site, Target,
};
use gopeek_unwind::{Source, Stack, Start};

/// The DWARF of a target's modules.
#[derive(Debug)]
pub struct Debug<'d>(Vec<(Module<'d>, DebugSections<'d>)>);

impl<'d> Debug<'d> {
    /// That of all modules that have some.
    ///
    /// # Errors
    /// [`LocalsError`] of the first module, where none has.
    pub fn load(found: &Found<'d>) -> Result<Debug<'d>, LocalsError> {
        Debug::load_by(found, DebugSections::load)
    }

    /// Likewise, without the places of variables.
    ///
    /// # Errors
    /// As [`Debug::load`].
    pub(crate) fn load_types(found: &Found<'d>) -> Result<Debug<'d>, LocalsError> {
        Debug::load_by(found, DebugSections::load_types)
    }

    fn load_by(
        found: &Found<'d>,
        load: fn(&'d [u8]) -> Result<DebugSections<'d>, LocalsError>,
    ) -> Result<Debug<'d>, LocalsError> {
        let (mut loaded, mut refusal) = (Vec::new(), None);
        for module in &found.modules {
            match load(module.image.data()) {
                Ok(sections) => loaded.push((module.clone(), sections)),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        match refusal {
            Some(error) if loaded.is_empty() => Err(error),
            _ => Ok(Debug(loaded)),
        }
    }

    /// What they say, module by module.
    pub(crate) fn programs(&self) -> Vec<(&Module<'d>, Program<'_>)> {
        let modules = self.0.iter();
        modules
            .map(|(module, sections)| (module, Program::new(sections)))
            .collect()
    }
}

/// The variables of a target's frames. What was read of DWARF once is kept.
#[derive(Debug)]
pub struct Variables<'s> {
    programs: Vec<(&'s Module<'s>, Program<'s>)>,
    limits: Limits,
    /// Those of the runtime's own frames, too: they are long, and of the runtime's affairs.
    runtime: bool,
}

impl<'s> Variables<'s> {
    /// Those that `debug` describes.
    #[must_use]
    pub fn new(debug: &'s Debug<'s>, runtime: bool) -> Variables<'s> {
        Variables {
            programs: debug.programs(),
            limits: Limits::default(),
            runtime,
        }
    }

    /// The variables of all frames of `stack`, which begins at `start`.
    pub(crate) fn of(
        &self,
        memory: &dyn Memory,
        found: &Found<'_>,
        start: Option<Start>,
        registers: Option<&Registers>,
        stack: &Stack,
    ) -> Vec<FrameVariables> {
        // Registers are the innermost frame's own, if the walk began at them.
        let live = start.is_some_and(|start| start.from == Source::Registers);
        let innermost = registers.filter(|_| live);
        let frames = stack.frames.iter().enumerate();
        let variables = frames.map(|(index, frame)| FrameVariables {
            frame: index,
            scopes: self
                .frame(memory, found, frame, innermost.filter(|_| index == 0))
                .unwrap_or_default(),
        });
        let has_some = |frame: &FrameVariables| {
            let mut scopes = frame.scopes.iter();
            scopes.any(|scope| !scope.variables.is_empty())
        };
        variables.filter(has_some).collect()
    }

    fn frame(
        &self,
        memory: &dyn Memory,
        found: &Found<'_>,
        frame: &gopeek_unwind::Frame,
        registers: Option<&Registers>,
    ) -> Option<Vec<Scope>> {
        let holds = |module: &Module<'_>| (module.data.text..module.data.etext).contains(&frame.pc);
        let (module, program) = self.programs.iter().find(|(module, _)| holds(module))?;
        let site = found.code.site(frame.pc, frame.trap, found.layout.rules)?;
        if !self.runtime && site.frames.last()?.name.starts_with("runtime.") {
            return None;
        }
        let lines: Vec<u32> = site.frames.iter().map(|call| call.line).collect();
        let name_of = |pc: Addr| {
            let function = found.code.function(pc)?;
            Some(function.name().into_owned())
        };
        let site = Site {
            linked_pc: frame.pc.checked_sub(module.bias)?,
            trap: frame.trap,
            lines: &lines,
        };
        let place = Frame {
            cfa: frame.fp,
            registers,
            bias: module.bias,
        };
        let target = Target {
            memory,
            name_of: &name_of,
        };
        Some(program.variables(&site, &place, &target, &self.limits))
    }
}
