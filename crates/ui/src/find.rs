//! Finding Go in a process: which file is it, what version, which layout, where the runtime's globals are.

use crate::code_files::code_files;
use crate::error::InspectError;
use crate::report::CodeFile;
use crate::unlike::{Unlike, is_without_names, unlike};
use gopeek_attach::Process;
use gopeek_attach::files::MappedFile;
use gopeek_layout::arch::Arch;
use gopeek_layout::backlog;
use gopeek_layout::buildinfo::BuildInfo;
use gopeek_layout::choose::{Layout, LayoutFrom, OLDEST_MINOR, candidates};
use gopeek_layout::health::{self, Health, Source};
use gopeek_layout::heap::Heap;
use gopeek_layout::image::{Image, ImageError};
use gopeek_layout::mem::read_bytes;
use gopeek_layout::moduledata::{Module, ModuleData, find_moduledata};
use gopeek_layout::pcheader::{FoundBy, PcHeader};
use gopeek_layout::roots::{FindCode, Inner, Roots, Search};
use gopeek_layout::sync::semaphore::Table;
use gopeek_layout::types::Types;
use gopeek_layout::verify::{polls, verify, verify_mostly};
use gopeek_layout::{Addr, Limits, Memory, Span};
use gopeek_unwind::defers::{InFrame, in_frame};
use gopeek_unwind::{Code, Frame, Stack};
use std::path::{Path, PathBuf};

/// The function of the runtime that takes a record of the network poller from those that are free.
const OPENS_POLL: &str = "internal/poll.runtime_pollOpen";
/// More modules than this is a cycle: plugins are counted in ones.
const MAX_MODULES: usize = 1000;

/// A Go target, understood.
#[derive(Debug)]
pub struct Found<'f> {
    /// What its binary says of itself.
    pub build: BuildInfo,
    /// The machine that it is for.
    pub arch: Arch,
    /// Whether its executable has no symbols.
    pub stripped: bool,
    /// Its structs.
    pub layout: Layout,
    /// Its modules, that of the runtime first.
    pub modules: Vec<Module<'f>>,
    /// The files that they are from.
    pub files: Vec<CodeFile>,
    /// Their code.
    pub code: Code<'f>,
    /// Its globals.
    pub roots: Roots,
    /// How pclntab was found.
    pub pclntab_by: FoundBy,
    /// How moduledata was found.
    pub moduledata_by: FoundBy,
}

impl Found<'_> {
    /// The type descriptors of all modules.
    #[must_use]
    pub fn types(&self) -> Vec<Span> {
        self.modules
            .iter()
            .map(|module| module.data.types)
            .collect()
    }

    /// The types that the program's own descriptors tell of.
    pub(crate) fn type_descriptors<'t>(&'t self, memory: &'t dyn Memory) -> Types<'t> {
        Types::of_modules(memory, &self.layout.fields, &self.modules)
    }

    /// Where the globals of all modules lie that may hold pointers.
    #[must_use]
    pub fn globals_with_pointers(&self) -> Vec<Span> {
        let modules = self.modules.iter();
        let spans = modules.filter_map(|module| Span::between(module.data.data, module.data.ebss));
        spans.collect()
    }

    /// Whether `at` lies in a module's globals, those without pointers included.
    #[must_use]
    pub fn is_global(&self, at: Addr) -> bool {
        self.modules
            .iter()
            .any(|module| module.data.globals.contains(at))
    }

    /// What its runtime printed last, before it began to crash; nothing where it printed nothing.
    pub(crate) fn printed(&self, memory: &dyn Memory) -> Option<Vec<u8>> {
        let code = |name: &str| self.code.code_of(name);
        backlog::read(&self.search(memory, &code)?)
    }
}

impl Found<'_> {
    /// The calls that these frames still have to make, and keep themselves; those of a frame come the next first.
    pub(crate) fn deferred_in_frames<'s>(
        &self,
        memory: &dyn Memory,
        frames: impl Iterator<Item = &'s Frame>,
    ) -> Vec<InFrame> {
        let (shape, rules) = (self.arch.frame(), self.layout.rules);
        frames
            .flat_map(|frame| in_frame(memory, &self.code, shape, rules, frame))
            .collect()
    }

    /// The frames of a stack that may have such calls, by their indexes.
    pub(crate) fn deferring(&self, stack: &Stack) -> Box<[usize]> {
        let keeps = |frame: &Frame| {
            let function = self.code.function(frame.pc);
            function.is_some_and(|function| function.keeps_defers())
        };
        let frames = stack.frames.iter().enumerate();
        let frames = frames.filter(|(_, frame)| keeps(frame));
        frames.map(|(index, _)| index).collect()
    }
}

impl<'f> Found<'f> {
    /// The runtime's table of who waits for semaphores; nothing where it is not to be found.
    pub(crate) fn semaphores(&self, memory: &dyn Memory) -> Option<Table> {
        let code = |name: &str| self.code.code_of(name);
        self.search(memory, &code)?.semaphores()
    }

    /// The objects of its heap; nothing where they are not to be had.
    pub(crate) fn heap(&self, memory: &dyn Memory, limits: &Limits) -> Option<Heap> {
        let code = |name: &str| self.code.code_of(name);
        let root = self.search(memory, &code)?.heap()?;
        let (fields, rules) = (&self.layout.fields, self.layout.rules);
        Heap::read(memory, fields, rules, limits, root.at)
    }

    /// The globals of the runtime's inside.
    pub(crate) fn inner(&self, memory: &dyn Memory) -> Inner {
        let code = |name: &str| self.code.code_of(name);
        let search = self.search(memory, &code);
        search.map(|search| search.inner()).unwrap_or_default()
    }

    /// How the runtime fares.
    pub(crate) fn health(&self, memory: &dyn Memory, limits: &Limits) -> Health {
        let inner = self.inner(memory);
        health::read(Source {
            memory,
            fields: &self.layout.fields,
            rules: self.layout.rules,
            roots: &self.roots,
            inner: &inner,
            limits,
        })
    }

    /// A search through a memory; nothing in a program without modules. `code` finds functions in `self`.
    fn search<'s>(
        &'s self,
        memory: &'s dyn Memory,
        code: FindCode<'s, 'f>,
    ) -> Option<Search<'s, 'f>> {
        Some(Search {
            memory,
            module: self.modules.first()?,
            fields: &self.layout.fields,
            rules: self.layout.rules,
            code,
        })
    }

    /// What the globals are called that lie at these addresses, and how many bytes into them each does.
    pub(crate) fn globals(&self, addrs: &[Addr]) -> Vec<Option<(String, u64)>> {
        let mut names = vec![None; addrs.len()];
        for module in &self.modules {
            let linked: Vec<Addr> = addrs
                .iter()
                .map(|addr| addr.checked_sub(module.bias).unwrap_or(Addr::NULL))
                .collect();
            let in_data = |addr: &Addr| {
                let segments = module.image.segments().iter();
                let mut writable = segments.filter(|segment| segment.writable);
                writable.any(|segment| Span::new(segment.start, segment.mem_len).contains(*addr))
            };
            if !linked.iter().any(in_data) {
                continue;
            }
            let found = module.image.symbols_at(&linked);
            for (name, found) in names.iter_mut().zip(found) {
                *name = name.take().or(found);
            }
        }
        names
    }
}

/// A file of the target, parsed, at its place in memory.
struct Loaded<'f> {
    image: Image<'f>,
    bias: u64,
}

/// The file that holds the Go runtime, and where in it.
struct GoFile<'f> {
    path: &'f Path,
    loaded: Loaded<'f>,
    header: PcHeader,
    moduledata: Addr,
    moduledata_by: FoundBy,
}

/// Understands the Go program whose memory this is and which runs from `files`, the program first.
///
/// # Errors
/// [`InspectError`], with what is missing: no Go, too old a Go, no layout that holds, or with `strict` none for
/// sure.
pub fn find<'f>(
    memory: &dyn Memory,
    files: &'f [MappedFile],
    strict: bool,
) -> Result<Found<'f>, InspectError> {
    let go = go_file(files)?;
    let image = &go.loaded.image;
    let build = BuildInfo::find(image).unwrap_or_else(BuildInfo::unknown);
    if build.go.minor.is_some_and(|minor| minor < OLDEST_MINOR) {
        return Err(InspectError::TooOld {
            version: build.go.raw,
        });
    }
    // Of the layout that is the target's for sure, and of the one that is most likely.
    let (mut refusal, mut likeliest) = (None, None);
    let version = build.go.clone();
    for layout in candidates(&version, image) {
        let exact = layout.from.is_exact();
        if strict && !exact {
            return Err(InspectError::NotExact {
                version: version.raw.clone(),
            });
        }
        if refusal.is_some() && is_of_another_minor(&layout.from, version.minor) {
            // Where the right layout does not hold, memory is damaged. A wrong one that happens to would tell nonsense.
            break;
        }
        match fit(memory, files, &go, &layout) {
            Ok((modules, code, roots)) => {
                let (pclntab_by, moduledata_by) = (go.header.found_by, go.moduledata_by);
                return Ok(Found {
                    build,
                    arch: image.arch(),
                    stripped: image.is_stripped(),
                    layout,
                    files: code_files(files, &modules),
                    modules,
                    code,
                    roots,
                    pclntab_by,
                    moduledata_by,
                });
            }
            Err(why) => {
                let why = format!("{}: {why}", layout.from);
                refusal = refusal.or(exact.then(|| why.clone()));
                likeliest = likeliest.or(Some(why));
            }
        }
    }
    if is_without_names(image) {
        return Err(InspectError::Unlike {
            program: go.path.to_path_buf(),
            kind: Unlike::Obfuscated,
        });
    }
    Err(InspectError::NoLayout {
        version: build.go.raw,
        refusal: refusal
            .or(likeliest)
            .unwrap_or_else(|| "no layout is known for its architecture".to_owned()),
    })
}

fn is_of_another_minor(from: &LayoutFrom, of: Option<u16>) -> bool {
    matches!(from, LayoutFrom::Nearest { minor, .. } if Some(*minor) != of)
}

fn go_file(files: &[MappedFile]) -> Result<GoFile<'_>, InspectError> {
    let mut too_old = false;
    for file in files {
        let image = match Image::parse(&file.bytes) {
            Ok(image) => image,
            Err(source @ ImageError::Malformed(_)) if file.is_program => {
                return Err(malformed(&file.path, source));
            }
            Err(_) => continue,
        };
        let Some(bias) = image.bias(file.start, file.offset) else {
            continue;
        };
        too_old |= PcHeader::is_too_old(&image);
        if let Some((header, linked, moduledata_by)) = place(&image)
            && let Some(moduledata) = linked.checked_add(bias)
        {
            return Ok(GoFile {
                path: &file.path,
                loaded: Loaded { image, bias },
                header,
                moduledata,
                moduledata_by,
            });
        }
    }
    if too_old {
        return Err(InspectError::TooOld {
            version: "a Go before 1.18".to_owned(),
        });
    }
    if let Some((program, kind)) = unlike(files) {
        return Err(InspectError::Unlike { program, kind });
    }
    let program = files
        .first()
        .map(|file| file.path.clone())
        .unwrap_or_default();
    Err(InspectError::NotGo { program })
}

/// How the runtime's record of its module, where this program has it, is another one in memory: the address of its table of
/// functions, and how many these are. Nothing where that can't be read.
pub(crate) fn misfit(memory: &dyn Memory, files: &[MappedFile]) -> Option<String> {
    let go = go_file(files).ok()?;
    let (header, at) = (&go.header, go.moduledata);
    let words: [u64; MODULE_WORDS] = {
        let bytes = read_bytes(memory, at, MODULE_WORDS * 8).ok()?;
        let mut words = bytes.as_chunks::<8>().0.iter();
        std::array::from_fn(|_| words.next().map_or(0, |word| u64::from_le_bytes(*word)))
    };
    let table = header.at.checked_add(go.loaded.bias)?.get();
    let entries = header.functions.checked_add(1)?;
    let fits = words[0] == table && words[FTAB_LEN] == entries;
    (!fits).then(|| format!("the core's memory has something else at {at} than this program"))
}

/// Words of the front of `runtime.moduledata`, and which of them is the length of `ftab`.
const MODULE_WORDS: usize = 18;
const FTAB_LEN: usize = 17;

/// Whether there is a Go runtime among the files of `process`.
#[must_use]
pub fn is_go(process: &Process) -> bool {
    process
        .code_files()
        .is_ok_and(|files| go_file(&files).is_ok())
}

/// Whether a program has a Go runtime in it.
#[must_use]
pub fn is_go_program(program: &[u8]) -> bool {
    Image::parse(program).is_ok_and(|image| place(&image).is_some())
}

/// Where a file's pclntab and moduledata are linked, and how the latter was found.
fn place(image: &Image<'_>) -> Option<(PcHeader, Addr, FoundBy)> {
    PcHeader::find_all(image).find_map(|header| {
        let (moduledata, by) = find_moduledata(image, &header)?;
        Some((header, moduledata, by))
    })
}

fn malformed(path: &Path, source: ImageError) -> InspectError {
    InspectError::Malformed {
        path: PathBuf::from(path),
        source,
    }
}

type Fit<'f> = (Vec<Module<'f>>, Code<'f>, Roots);

/// Tries one layout: everything is found with it, and the target does not contradict it.
fn fit<'f>(
    memory: &dyn Memory,
    files: &'f [MappedFile],
    go: &GoFile<'f>,
    layout: &Layout,
) -> Result<Fit<'f>, String> {
    let exact = layout.from.is_exact();
    let modules = modules(memory, files, go, layout)?;
    let runtime = modules.first().ok_or("no module")?;
    let code = Code::new(&modules, &layout.enums.func_ids).map_err(|error| error.to_string())?;
    let search = Search {
        memory,
        module: runtime,
        fields: &layout.fields,
        rules: layout.rules,
        code: &|name| code.code_of(name),
    };
    let roots = search.run().ok_or("allgs was not found")?;
    let check = if exact { verify_mostly } else { verify };
    let is_code = |at| code.function(at).is_some();
    check(memory, &layout.fields, &roots, &is_code).map_err(|error| error.to_string())?;
    if !exact {
        let globals = search.globals_of(OPENS_POLL);
        polls(memory, &layout.fields, globals).map_err(|error| error.to_string())?;
    }
    Ok((modules, code, roots))
}

/// All modules of the target, along moduledata.next, each with the file that it was loaded from.
fn modules<'f>(
    memory: &dyn Memory,
    files: &'f [MappedFile],
    go: &GoFile<'f>,
    layout: &Layout,
) -> Result<Vec<Module<'f>>, String> {
    let mut modules: Vec<Module<'f>> = Vec::new();
    let mut next = go.moduledata;
    while !next.is_null() && modules.len() < MAX_MODULES {
        let data = match ModuleData::read(memory, &layout.fields.moduledata, next) {
            Ok(data) => data,
            // The runtime's own module is there; what comes after it is not to be had.
            Err(_) if layout.from.is_exact() && !modules.is_empty() => break,
            Err(error) => return Err(error.to_string()),
        };
        if modules.iter().any(|known| known.data.at == data.at) {
            break;
        }
        next = data.next;
        if let Some(Loaded { image, bias }) = file_of(files, &data) {
            modules.push(Module { image, bias, data });
        } else if modules.is_empty() {
            return Err("its moduledata does not lead back to its file".to_owned());
        }
    }
    Ok(modules)
}

/// The file in which the module's pclntab lies, by where it is loaded.
fn file_of<'f>(files: &'f [MappedFile], data: &ModuleData) -> Option<Loaded<'f>> {
    files.iter().find_map(|file| {
        let image = Image::parse(&file.bytes).ok()?;
        let bias = image.bias(file.start, file.offset)?;
        image.bytes_from(data.pc_header.checked_sub(bias)?)?;
        Some(Loaded { image, bias })
    })
}
