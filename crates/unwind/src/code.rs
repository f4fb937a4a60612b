//! All of a target's Go code: its modules' tables, and what a physical frame at a pc means.

use crate::pclntab::args::{ArgToken, arguments};
use crate::pclntab::function::Function;
use crate::pclntab::inline::{LogicalFrame, logical_frames};
use crate::pclntab::module::{ModuleTable, TableError};
use gopeek_layout::Addr;
use gopeek_layout::arch::{Arch, FrameShape};
use gopeek_layout::calls::ends_with_call;
use gopeek_layout::enums::FuncIds;
use gopeek_layout::moduledata::Module;
use gopeek_layout::refs::data_refs;
use gopeek_layout::rules::{LivenessAt, Rules};

/// The code of one target.
#[derive(Clone, Debug)]
pub struct Code<'d> {
    modules: Vec<ModuleTable<'d>>,
    wrapper_id: u8,
}

/// What the source calls the place of a physical frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site<'d> {
    /// The pc of the frame.
    pub pc: Addr,
    /// Where the function begins.
    pub entry: Addr,
    /// Innermost first; the last is the function itself.
    pub frames: Vec<LogicalFrame<'d>>,
    /// The arguments of the function itself.
    pub args: Vec<ArgToken>,
}

impl<'d> Code<'d> {
    /// Opens the tables of all modules.
    ///
    /// # Errors
    /// [`TableError`] of the first module whose tables can't be used.
    pub fn new(modules: &[Module<'d>], ids: &FuncIds) -> Result<Code<'d>, TableError> {
        let modules = modules
            .iter()
            .map(ModuleTable::new)
            .collect::<Result<_, _>>()?;
        Ok(Code {
            modules,
            wrapper_id: ids.wrapper,
        })
    }

    /// The function that `pc` lies in; nothing outside of Go code.
    #[must_use]
    pub fn function(&self, pc: Addr) -> Option<Function<'_, 'd>> {
        self.modules.iter().find_map(|module| module.function(pc))
    }

    /// Address and machine code of the function called `name`.
    #[must_use]
    pub fn code_of(&self, name: &str) -> Option<(Addr, &'d [u8])> {
        self.modules.iter().find_map(|module| {
            let function = module.function_named(name, self.wrapper_id)?;
            Some((function.entry(), module.code(&function)?))
        })
    }

    /// The machine that a function is for, and its machine code.
    #[must_use]
    pub fn bytes_of(&self, function: &Function<'_, 'd>) -> Option<(Arch, &'d [u8])> {
        let mut modules = self.modules.iter();
        let module = modules.find(|module| module.function(function.entry()).is_some())?;
        Some((module.arch(), module.code(function)?))
    }

    /// The addresses that a function's code refers to, in the order of first appearance.
    #[must_use]
    pub fn refs(&self, function: &Function<'_, 'd>) -> Vec<Addr> {
        let bytes = self.bytes_of(function);
        let refs = bytes.map(|(arch, bytes)| data_refs(arch, bytes, function.entry()));
        refs.unwrap_or_default()
    }

    /// Bytes from the stack pointer of a frame at `pc` to its caller's; nothing outside of Go code.
    #[must_use]
    pub fn frame_size(&self, pc: Addr, shape: FrameShape) -> Option<u64> {
        self.function(pc)?.bytes_to_caller(pc, shape.pushed_by_call)
    }

    /// Whether `pc` is where a call returns to: the instruction before it is a call.
    #[must_use]
    pub fn follows_call(&self, pc: Addr) -> bool {
        self.modules.iter().any(|module| {
            let before = module.function(pc).and_then(|function| {
                let len = usize::try_from(pc.offset_from(function.entry())?).ok()?;
                module.code(&function)?.get(..len)
            });
            before.is_some_and(|code| ends_with_call(module.arch(), code))
        })
    }

    /// What the source says of a frame at `pc`. A call's return address belongs to the instruction before it,
    /// a trap's pc to itself.
    #[must_use]
    pub fn site(&self, pc: Addr, trap: bool, rules: &Rules) -> Option<Site<'d>> {
        let function = self.function(pc)?;
        let within = if trap || pc <= function.entry() {
            pc
        } else {
            pc.checked_sub(1)?
        };
        let (frames, outermost) = logical_frames(&function, within);
        let liveness_pc = match rules.liveness_at {
            LivenessAt::Innermost => within,
            LivenessAt::Outermost => outermost,
        };
        let args = arguments(&function, liveness_pc);
        Some(Site {
            pc,
            entry: function.entry(),
            frames,
            args,
        })
    }
}
