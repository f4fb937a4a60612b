//! Any bytes as a Go executable, and everything that its tables say of its code.

use crate::go_program::{GoProgram, table};
use crate::real;
use gopeek_layout::arch::Arch;
use gopeek_layout::buildinfo::BuildInfo;
use gopeek_layout::image::Image;
use gopeek_layout::moduledata::{Module, ModuleData, find_moduledata};
use gopeek_layout::pcheader::PcHeader;
use gopeek_layout::rules::rules;
use gopeek_layout::{Addr, Memory};
use gopeek_unwind::Code;
use std::cell::RefCell;

/// Hardly more than the input: the real program is there already.
pub const MEMORY: usize = 64 << 20;

/// One more than what is inlined into any function, however broken.
const MAX_LOGICAL: usize = 1001;
/// How many pcs are looked up.
const PCS: u64 = 24;
/// What an input begins with that is no file, but damages the real program.
const PATCHES: &[u8] = b"real";
/// Bytes of one damage: where, in five bytes; which of the tables; and what, in two.
const PATCH_LEN: usize = 8;

/// Looks code up.
///
/// # Panics
/// When it finds something.
pub fn run(input: &[u8]) {
    match input.strip_prefix(PATCHES) {
        Some(patches) => damage_real(patches),
        None => every_module(input),
    }
}

fn every_module(file: &[u8]) {
    let Ok(image) = Image::parse(file) else {
        return;
    };
    let minor = BuildInfo::find(&image).and_then(|info| info.go.minor);
    let minor = minor.unwrap_or(27);
    for header in PcHeader::find_all(&image).take(4) {
        if let Some((at, _)) = find_moduledata(&image, &header)
            && let Some(data) = real::moduledata(&image, minor, at.get())
        {
            use_it(&image, minor, data, 0);
        }
    }
}

fn use_it(image: &Image<'_>, minor: u16, data: ModuleData, from: u64) {
    let Some(table) = table(minor, image.arch()) else {
        return;
    };
    let module = Module {
        image: image.clone(),
        bias: 0,
        data,
    };
    let modules = [module];
    let Ok(code) = Code::new(&modules, &table.enums.func_ids) else {
        return;
    };
    for name in ["main.leaf", "runtime.goexit", ""] {
        if let Some((_, bytes)) = code.code_of(name) {
            assert!(bytes.len() <= image.data().len());
        }
    }
    let (rules, shape) = (rules(minor), image.arch().frame());
    let len = data.etext.offset_from(data.text).unwrap_or(0);
    let step = (len.min(0x1000) / PCS).max(1) | 1;
    for index in 0..PCS {
        let Some(pc) = data.text.checked_add(from.saturating_add(index * step)) else {
            return;
        };
        let _ = code.follows_call(pc);
        let _ = code.frame_size(pc, shape);
        if let Some(function) = code.function(pc) {
            assert!(function.entry() <= pc);
            let _ = (
                function.name(),
                function.id(),
                function.flags(),
                function.file_line(pc),
            );
        }
        for trap in [false, true] {
            if let Some(site) = code.site(pc, trap, rules) {
                assert!((1..=MAX_LOGICAL).contains(&site.frames.len()));
            }
        }
    }
    let read_only = gopeek_layout::moduledata::ReadOnly(&modules);
    let _ = read_only.read(data.text, &mut [0; 8]);
}

/// Damages a few bytes of the real program's tables, and uses it where they are.
fn damage_real(patches: &[u8]) {
    thread_local! {
        static FILE: RefCell<Option<Vec<u8>>> = RefCell::new(real::file().map(<[u8]>::to_vec));
    }
    let Some((minor, module)) = real::file().and_then(real::module) else {
        return;
    };
    FILE.with_borrow_mut(|file| {
        let Some(file) = file else { return };
        let mut undo = Vec::new();
        let mut from = 0;
        for patch in patches.chunks_exact(PATCH_LEN).take(16) {
            from = patch_of(&module, patch, file, &mut undo).unwrap_or(from);
        }
        if let Ok(image) = Image::parse(file) {
            use_it(&image, minor, module.data, from);
        }
        for (at, byte) in undo.into_iter().rev() {
            file[at] = byte;
        }
    });
}

/// Applies one damage: to the tables of the function that it names, or of the one that lies first. Gives where in the
/// text that function lies.
fn patch_of(
    module: &Module<'_>,
    patch: &[u8],
    file: &mut [u8],
    undo: &mut Vec<(usize, u8)>,
) -> Option<u64> {
    let data = &module.data;
    let word = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let (function, offset) = (word(patch.get(..2)?), word(patch.get(2..5)?));
    let entry = data
        .ftab
        .data
        .checked_add(function.checked_rem(data.ftab.len)? * 8)?;
    let entry_bytes = module.bytes_from(entry)?.get(..8)?;
    let (text, record) = (word(&entry_bytes[..4]), word(&entry_bytes[4..]));
    let record = data.pclntable.data.checked_add(record)?;
    let record_bytes = module.bytes_from(record)?;
    let table = |at: usize| {
        data.pctab
            .data
            .checked_add(word(record_bytes.get(at..at + 4)?))
    };
    let within = |base: Addr, len: u64| base.checked_add(offset.checked_rem(len)?);
    let at = match patch[5] % 8 {
        0 => within(record, 0x60)?,
        1 => within(table(16)?, 32)?,
        2 => within(table(20)?, 32)?,
        3 => within(table(24)?, 32)?,
        4 => within(table(52)?, 32)?,
        5 => within(entry, 16)?,
        6 => within(data.gofunc, 0x1_0000)?,
        _ => within(data.cutab.data, data.cutab.len * 4)?,
    };
    for (at, byte) in [(at, patch[6]), (at.checked_add(1)?, patch[7])] {
        let place = in_file(module, at)?;
        let old = file.get_mut(place)?;
        undo.push((place, *old));
        *old = byte;
    }
    Some(text)
}

/// Which byte of the file lies at a linked address.
fn in_file(module: &Module<'_>, at: Addr) -> Option<usize> {
    module.image.segments().iter().find_map(|segment| {
        let offset = at.offset_from(segment.start)?;
        let held = u64::try_from(segment.bytes.len()).ok()?;
        let place = segment
            .file_offset
            .checked_add(offset)
            .filter(|_| offset < held)?;
        usize::try_from(place).ok()
    })
}

/// Executables of both architectures and formats, and the damages that a real one takes.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let minors = [19, 20, 24, 26, 27];
    let arches = [Arch::Amd64, Arch::Arm64];
    let programs = minors
        .into_iter()
        .flat_map(|minor| arches.map(|arch| GoProgram::new(arch, minor)));
    let files = programs
        .flatten()
        .flat_map(|program| [program.elf.build(), program.with_names().build()]);
    let patches = (0..8u8).map(|table| {
        let patch = [table, 1, 0, 0, 0, table, 0xff, 0x7f];
        [PATCHES, &patch, &patch].concat()
    });
    files.chain(patches).collect()
}
