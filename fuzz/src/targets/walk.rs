//! Damaged stacks, registers and tables: the walk up Go's frames and C's.

use crate::go_program::{GoProgram, table};
use crate::memory::World;
use crate::native_program::{CFunc, CProgram, Found, TEXT_LEN, c_pc};
use crate::real;
use crate::seeds::scripts;
use arbitrary::{Result, Unstructured};
use gopeek_layout::arch::Arch;
use gopeek_layout::goroutine::{Context, Goroutine, Signal};
use gopeek_layout::image::Image;
use gopeek_layout::moduledata::Module;
use gopeek_layout::registers::Registers;
use gopeek_layout::rules::rules;
use gopeek_layout::{Addr, Span};
use gopeek_unwind::defers::in_frame;
use gopeek_unwind::native::{Chain, KnownRegisters, Natives, Symbols, segments};
use gopeek_unwind::system::is_system;
use gopeek_unwind::{Code, OnThread, Source, Start, Walker};
use std::sync::Arc;

/// Frames, and what each pc meant.
pub const MEMORY: usize = 16 << 20;

const MAX_FRAMES: usize = 100;
/// One more than what is inlined into any function, however broken.
const MAX_LOGICAL: usize = 1001;

/// Where the goroutine's stack, its thread's own and its signal stack are.
const STACKS: [u64; 3] = [0xc000_0000, 0xc100_0000, 0xc200_0000];
const STACK_LEN: u64 = 0x600;

/// Walks.
///
/// # Panics
/// When it finds something.
pub fn run(input: &[u8]) {
    // A script that has come to its end goes on with zeroes.
    let _ = act(&mut Unstructured::new(input));
}

/// The releases between which tables or walks differ.
const MINORS: [u16; 6] = [19, 20, 21, 24, 26, 27];

fn act(script: &mut Unstructured<'_>) -> Result<()> {
    let arch = *script.choose(&[Arch::Amd64, Arch::Arm64])?;
    let minor = *script.choose(&MINORS)?;
    let is_real = script.ratio(1, 4)?;
    if let (true, Some((minor, module))) = (is_real, real::file().and_then(real::module)) {
        let text = (module.data.text, module.data.etext);
        let entries = (0..16).map(|index| {
            let len = text.1.offset_from(text.0).unwrap_or(0);
            text.0.get() + len / 16 * index
        });
        return scene(script, &module, minor, &entries.collect::<Vec<_>>());
    }
    let Some(program) = GoProgram::new(arch, minor) else {
        return Ok(());
    };
    let mut file = program.elf.build();
    for _ in 0..script.int_in_range(0..=6u8)?.saturating_sub(3) {
        // The ELF header stays, so that the tables are looked at.
        let at = 0x40 + usize::from(script.arbitrary::<u16>()?) % (file.len() - 0x40);
        file[at] = script.arbitrary()?;
    }
    let Ok(image) = Image::parse(&file) else {
        return Ok(());
    };
    let module = Module {
        image,
        bias: 0,
        data: program.data,
    };
    scene(script, &module, minor, &program.entries)
}

fn scene(
    script: &mut Unstructured<'_>,
    module: &Module<'_>,
    minor: u16,
    entries: &[u64],
) -> Result<()> {
    let arch = module.image.arch();
    let Some(table) = table(minor, arch) else {
        return Ok(());
    };
    let (ids, rules) = (table.enums.func_ids, rules(minor));
    let mut world = World::default();
    for stack in STACKS {
        world.add(stack, vec![0; usize::try_from(STACK_LEN).unwrap_or(0)]);
    }
    let words = Words { entries };
    words.fill(script, &mut world)?;
    let registers = words.registers(script, arch, &world)?;
    let goroutine = words.goroutine(script, &world)?;
    let native = c_program(script, arch)?;
    let starts = words.starts(script, &world)?;
    let mut g0_sp = words.context(script, &world)?.sp;
    if script.arbitrary()? {
        g0_sp = Addr::new(STACKS[1]);
    }
    world.damage(script)?;

    let modules = [module.clone()];
    let Ok(code) = Code::new(&modules, &ids) else {
        return Ok(());
    };
    let natives = Natives::new(&[native.module()]);
    let symbols = Symbols::new(&[native.module()]);
    let mut walker = Walker::new(&code, arch, ids, rules, MAX_FRAMES);
    let thread = OnThread {
        registers,
        signal_stack: Some(Span::new(Addr::new(STACKS[2]), STACK_LEN)),
    };
    let _ = is_system(&code, &ids, &goroutine, false);
    let found = walker.start(&world, &goroutine, Some(&thread));
    for start in starts.into_iter().chain(found) {
        let stack = walker.walk(&world, Some(start));
        assert!(stack.frames.len() <= MAX_FRAMES);
        for frame in &stack.frames {
            if let Some(site) = code.site(frame.pc, frame.trap, rules) {
                assert!((1..=MAX_LOGICAL).contains(&site.frames.len()));
            }
            assert!(in_frame(&world, &code, arch.frame(), rules, frame).len() <= 8);
        }
        let chain = Chain {
            code: &code,
            ids: &ids,
            arch,
            frames: &stack.frames,
            g0_sp,
            registers: Some(&registers),
            max_frames: MAX_FRAMES,
        };
        let segments = segments(&natives, &world, &chain);
        assert!(segments.len() <= stack.frames.len() + 1);
        let frames = segments.iter().flat_map(|segment| &segment.stack.frames);
        for frame in frames.take(4) {
            let _ = symbols.calls(frame.pc, frame.trap, &|_, _| None);
        }
    }
    let known = KnownRegisters::all(arch, &registers);
    for trap in [true, false] {
        let stack = natives.walk(&world, &known, trap, &|_| false, MAX_FRAMES);
        assert!(stack.frames.len() <= MAX_FRAMES);
    }
    Ok(())
}

/// C functions with rules of every kind, and one with rules that the script writes.
fn c_program(script: &mut Unstructured<'_>, arch: Arch) -> Result<CProgram> {
    let found = *script.choose(&[Found::Section, Found::Header])?;
    let len = script.int_in_range(0..=24)?;
    let own = script.bytes(len.min(script.len()))?.to_vec();
    let (keeps, root): (&[u8], &[u8]) = match arch {
        Arch::Amd64 => (&[0x0c, 6, 16, 0x86, 2], &[0x07, 16]),
        Arch::Arm64 => (&[0x0c, 29, 16, 0x9d, 2, 0x9e, 1], &[0x07, 30]),
    };
    let functions = [
        CFunc::new(0, 0x100, keeps),
        CFunc::new(0x100, 0x40, &[0x0f, 2, 0x77, 8, 0x10, 16, 2, 0x77, 8]),
        CFunc::new(0x200, 0x100, &own),
        CFunc::new(0x300, 0x40, root),
        CFunc::new(0x400, 0x40, &[0x0e, 0x28, 0x86, 2]).signal(),
    ];
    let mut program = CProgram::new(arch, found, &functions);
    for _ in 0..script.int_in_range(0..=4u8)?.saturating_sub(2) {
        // Behind the code lies what tells of it.
        let from = 0x2000;
        let at = from + usize::from(script.arbitrary::<u16>()?) % (program.file.len() - from);
        program.file[at] = script.arbitrary()?;
    }
    Ok(program)
}

/// A place on one of the stacks.
fn on_stack(script: &mut Unstructured<'_>) -> Result<u64> {
    let stack = script.choose(&STACKS)?;
    Ok(stack + 8 * script.int_in_range(0..=STACK_LEN / 8)?)
}

/// Words as they lie on stacks, and in registers.
struct Words<'a> {
    entries: &'a [u64],
}

impl Words<'_> {
    fn word(&self, script: &mut Unstructured<'_>, world: &World) -> Result<u64> {
        Ok(match script.int_in_range(0..=9)? {
            0..=3 => script.choose(self.entries)? + script.int_in_range(0..=0x3f)?,
            4 => c_pc(script.int_in_range(0..=TEXT_LEN)?),
            5..=7 => on_stack(script)?,
            _ => world.word(script, 0)?,
        })
    }

    /// Writes onto each stack from somewhere upwards.
    fn fill(&self, script: &mut Unstructured<'_>, world: &mut World) -> Result<()> {
        for stack in STACKS {
            let first = script.int_in_range(0..=15)?;
            for index in first..first + script.int_in_range(0..=40)? {
                let value = self.word(script, world)?;
                world.set(stack + 8 * index, value);
            }
        }
        Ok(())
    }

    fn context(&self, script: &mut Unstructured<'_>, world: &World) -> Result<Context> {
        Ok(Context {
            pc: Addr::new(self.word(script, world)?),
            sp: Addr::new(on_stack(script)?),
            lr: Addr::new(self.word(script, world)?),
        })
    }

    fn registers(
        &self,
        script: &mut Unstructured<'_>,
        arch: Arch,
        world: &World,
    ) -> Result<Registers> {
        let mut words = [0; 34];
        for word in &mut words {
            *word = self.word(script, world)?;
        }
        let (pc, sp) = match arch {
            Arch::Amd64 => (16, 19),
            Arch::Arm64 => (32, 31),
        };
        let context = self.context(script, world)?;
        (words[pc], words[sp]) = (context.pc.get(), context.sp.get());
        let bytes: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
        Ok(Registers::decode(arch, &bytes).expect("as many as there are"))
    }

    fn starts(&self, script: &mut Unstructured<'_>, world: &World) -> Result<Vec<Start>> {
        let sources = [
            Source::Scheduler,
            Source::Syscall,
            Source::Vdso,
            Source::Registers,
            Source::OwnStack,
        ];
        (0..script.int_in_range(1..=3)?)
            .map(|_| {
                let Context { pc, sp, lr } = self.context(script, world)?;
                let from = *script.choose(&sources)?;
                Ok(Start { pc, sp, lr, from })
            })
            .collect()
    }

    fn goroutine(&self, script: &mut Unstructured<'_>, world: &World) -> Result<Goroutine> {
        let syscall = self.context(script, world)?;
        let vdso = self.context(script, world)?;
        Ok(Goroutine {
            addr: Addr::new(0x1000),
            goid: 1,
            status: *script.choose(&[2, 1, 3, 4])?,
            scanned: false,
            wait_reason: 0,
            wait_since: 0,
            m: Addr::new(0x2000),
            locked_m: Addr::NULL,
            stack: Span::new(Addr::new(STACKS[0]), STACK_LEN),
            sched: self.context(script, world)?,
            syscall: script.ratio(1, 4)?.then_some(syscall),
            vdso: script.ratio(1, 4)?.then_some(vdso),
            parent_goid: 0,
            gopc: Addr::NULL,
            startpc: Addr::new(self.word(script, world)?),
            runs_cleanups: script.arbitrary()?,
            bubble: None,
            signal: Signal {
                number: 0,
                code: 0,
                fault: Addr::NULL,
                pc: Addr::NULL,
            },
            labels: Arc::from([]),
            ancestors: Vec::new(),
        })
    }
}

/// Scripts for both architectures, all releases, and the real program.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let fronts = (0..2u8).flat_map(|arch| {
        (0..6u8).flat_map(move |minor| [0, 0xff].map(|real| vec![arch, minor, real]))
    });
    let fronts: Vec<Vec<u8>> = fronts.collect();
    let again = fronts.iter().cycle().take(fronts.len() * 4).cloned();
    scripts(again)
}
