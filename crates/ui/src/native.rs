//! The C frames of a report: walked and named with the files that the target runs code from.

use crate::places::Places;
use crate::report::{NativeFrame, NativeSegment};
use gopeek_attach::debug_files::debug_file;
use gopeek_attach::files::MappedFile;
use gopeek_layout::{Addr, Memory};
use gopeek_unwind::native::{
    Chain, DebugBytes, DebugFile, NativeEnd, NativeModule, Natives, Symbols, Trust, segments,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the code that the kernel maps into every process.
const VDSO: &str = "[vdso]";

/// Where the vDSO lies in a target, and its bytes.
pub type Vdso = (Addr, Vec<u8>);

/// The code of a target that is not Go's. Nothing of a file is read before a frame in it comes by.
#[derive(Debug)]
pub struct NativeCode<'f> {
    natives: Natives<'f>,
    symbols: Symbols<'f>,
    /// Of each module; the vDSO's is last.
    paths: Vec<&'f Path>,
    root: PathBuf,
}

impl<'f> NativeCode<'f> {
    /// All of `files`, and the vDSO; `root` is the target's root folder, as we see it.
    #[must_use]
    pub fn new(root: PathBuf, files: &'f [MappedFile], vdso: Option<&'f Vdso>) -> Self {
        let mut modules: Vec<NativeModule<'f>> = files
            .iter()
            .map(|file| NativeModule {
                bytes: &file.bytes,
                start: file.start,
                offset: file.offset,
            })
            .collect();
        let mut paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
        if let Some((start, bytes)) = vdso {
            modules.push(NativeModule {
                bytes,
                start: *start,
                offset: 0,
            });
            paths.push(Path::new(VDSO));
        }
        NativeCode {
            natives: Natives::new(&modules),
            symbols: Symbols::new(&modules),
            paths,
            root,
        }
    }

    /// The C frames of one goroutine.
    pub(crate) fn segments(
        &self,
        memory: &dyn Memory,
        chain: &Chain<'_, '_>,
        places: &Places<'_, '_>,
    ) -> Vec<NativeSegment> {
        let found = segments(&self.natives, memory, chain).into_iter();
        let segment = |segment: gopeek_unwind::native::NativeSegment| NativeSegment {
            before: segment.before,
            crossing: segment.crossing.and_then(|pc| places.return_to(pc)),
            frames: segment
                .stack
                .frames
                .iter()
                .map(|frame| self.frame(frame))
                .collect(),
            broken: broken(segment.stack.end),
        };
        found.map(segment).collect()
    }

    fn frame(&self, frame: &gopeek_unwind::native::NativeFrame) -> NativeFrame {
        let find = |module, named: &DebugFile<'_>| self.debug_file(module, named);
        let named = if frame.signal {
            None
        } else {
            self.symbols.calls(frame.pc, frame.trap, &find)
        };
        let (module, calls) = named.map_or((None, Vec::new()), |(index, calls)| {
            (self.paths.get(index), calls)
        });
        NativeFrame {
            pc: frame.pc.get(),
            sp: frame.sp.get(),
            signal: frame.signal,
            guessed: frame.trust == Trust::Guessed,
            module: module.map(|path| Arc::from(path.to_string_lossy())),
            calls,
        }
    }

    fn debug_file(&self, module: usize, named: &DebugFile<'_>) -> Option<DebugBytes> {
        let link = named.link.map(|(name, _)| name);
        let path = self.paths.get(module)?;
        let bytes = debug_file(&self.root, path, named.build_id, link)?;
        Some(Box::new(bytes))
    }
}

/// Why C frames are not all there; nothing where they lead to Go, or to where the thread began.
fn broken(end: NativeEnd) -> Option<String> {
    Some(match end {
        NativeEnd::Go | NativeEnd::Root => return None,
        NativeEnd::UnknownModule(pc) => format!("{pc} is in no file that the process runs"),
        NativeEnd::NoRule(pc) => format!("nothing tells who called the code at {pc}"),
        NativeEnd::BadRule => "the call frame information makes no sense".to_owned(),
        NativeEnd::LostRegister(number) => format!("register {number} of DWARF is not known"),
        NativeEnd::Unreadable(unreadable) => unreadable.to_string(),
        NativeEnd::NoProgress => "a frame is its own caller".to_owned(),
        NativeEnd::TooDeep => "too many frames".to_owned(),
    })
}
