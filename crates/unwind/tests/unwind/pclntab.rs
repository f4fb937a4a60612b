//! A pclntab made by hand, as `cmd/link` lays it out for Go 1.18 and for 1.20 and later.

/// Which of the two formats.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    Go1_18,
    Go1_20,
}

/// Values and for how many bytes of code each holds.
pub(crate) type Runs = Vec<(i64, u64)>;

/// A call that was inlined.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Inlined {
    pub(crate) name: &'static str,
    pub(crate) func_id: u8,
    /// Bytes from the function's entry to where it was called.
    pub(crate) parent_pc: u32,
}

/// A function to be.
#[derive(Clone, Debug)]
pub(crate) struct Func {
    name: &'static str,
    len: u32,
    id: u8,
    flags: u8,
    frame: Option<Runs>,
    files: Runs,
    lines: Runs,
    inlined: Vec<Inlined>,
    inline_index: Runs,
    args: Option<Vec<u8>>,
    live: Option<(Vec<u8>, Runs)>,
    open_defers: Option<Vec<u8>>,
}

impl Func {
    /// `len` bytes of code with a frame of no bytes, in the first file, on line 1.
    pub(crate) fn new(name: &'static str, len: u32) -> Func {
        let whole = |value| vec![(value, u64::from(len))];
        Func {
            name,
            len,
            id: 0,
            flags: 0,
            frame: Some(whole(0)),
            files: whole(0),
            lines: whole(1),
            inlined: Vec::new(),
            inline_index: Vec::new(),
            args: None,
            live: None,
            open_defers: None,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// A frame of `size` bytes in all of it.
    pub(crate) fn frame(self, size: i64) -> Func {
        let len = u64::from(self.len);
        self.frames(&[(size, len)])
    }

    pub(crate) fn frames(mut self, runs: &[(i64, u64)]) -> Func {
        self.frame = Some(runs.to_vec());
        self
    }

    /// Without a table of frame sizes, like C.
    pub(crate) fn foreign(mut self) -> Func {
        self.frame = None;
        self
    }

    pub(crate) fn id(mut self, id: u8) -> Func {
        self.id = id;
        self
    }

    pub(crate) fn flags(mut self, flags: u8) -> Func {
        self.flags = flags;
        self
    }

    pub(crate) fn files(mut self, runs: &[(i64, u64)]) -> Func {
        self.files = runs.to_vec();
        self
    }

    pub(crate) fn lines(mut self, runs: &[(i64, u64)]) -> Func {
        self.lines = runs.to_vec();
        self
    }

    /// An inlining tree, and which of its calls each run of code belongs to; -1 for none.
    pub(crate) fn inlines(mut self, tree: &[Inlined], runs: &[(i64, u64)]) -> Func {
        self.inlined = tree.to_vec();
        self.inline_index = runs.to_vec();
        self
    }

    /// The program that prints its arguments.
    pub(crate) fn args(mut self, program: &[u8]) -> Func {
        self.args = Some(program.to_vec());
        self
    }

    /// Where its frame keeps deferred calls.
    pub(crate) fn open_defers(mut self, info: &[u8]) -> Func {
        self.open_defers = Some(info.to_vec());
        self
    }

    /// Which arguments are alive, and the offset into that for each run of code.
    pub(crate) fn live(mut self, info: &[u8], runs: &[(i64, u64)]) -> Func {
        self.live = Some((info.to_vec(), runs.to_vec()));
        self
    }
}

/// The tables of one module, apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(crate) names: Vec<u8>,
    pub(crate) units: Vec<u8>,
    pub(crate) files: Vec<u8>,
    pub(crate) pc_values: Vec<u8>,
    pub(crate) ftab: Vec<u8>,
    pub(crate) functions: Vec<u8>,
    pub(crate) funcdata: Vec<u8>,
    pub(crate) text_len: u32,
}

/// Every function is of the second compilation unit, so that its offset counts.
const UNIT: u32 = 1;
/// `PCDATA_InlTreeIndex`, `PCDATA_ArgLiveIndex`: 2 and 3 of four.
const PCDATA: usize = 4;
/// `FUNCDATA_InlTree`, `FUNCDATA_OpenCodedDeferInfo`, `FUNCDATA_ArgInfo`, `FUNCDATA_ArgLiveInfo`: 3 to 6 of seven.
const FUNCDATA: usize = 7;

impl Tables {
    /// The tables of `funcs`, one behind the other from the start of the text.
    pub(crate) fn new(format: Format, quantum: u64, files: &[&str], funcs: &[Func]) -> Tables {
        let mut tables = Tables {
            names: vec![0],
            // What offset 0 would lead to is nothing.
            pc_values: vec![0],
            ..Tables::default()
        };
        tables.units.extend(u32::MAX.to_le_bytes());
        for file in files {
            let offset = u32::try_from(tables.files.len()).unwrap();
            tables.units.extend(offset.to_le_bytes());
            tables.files.extend(file.bytes().chain([0]));
        }
        // A file that the linker has dropped.
        tables.units.extend(u32::MAX.to_le_bytes());
        for func in funcs {
            tables.add(format, quantum, func);
        }
        let end = [tables.text_len, 0].map(u32::to_le_bytes).concat();
        tables.ftab.extend(end);
        tables
    }

    fn add(&mut self, format: Format, quantum: u64, func: &Func) {
        let record = u32::try_from(self.functions.len()).unwrap();
        self.ftab.extend(self.text_len.to_le_bytes());
        self.ftab.extend(record.to_le_bytes());

        let mut words = vec![self.text_len, self.name(func.name), 0, 0];
        for runs in [func.frame.as_ref(), Some(&func.files), Some(&func.lines)] {
            words.push(runs.map_or(0, |runs| self.runs(runs, quantum)));
        }
        words.extend([u32::try_from(PCDATA).unwrap(), UNIT]);
        if format == Format::Go1_20 {
            words.push(1);
        }
        let flags = [func.id, func.flags, 0, u8::try_from(FUNCDATA).unwrap()];
        words.push(u32::from_le_bytes(flags));

        let mut pcdata = [0; PCDATA];
        let mut funcdata = [u32::MAX; FUNCDATA];
        if !func.inlined.is_empty() {
            pcdata[2] = self.runs(&func.inline_index, quantum);
            let tree = func
                .inlined
                .iter()
                .flat_map(|call| self.call(format, *call));
            let tree: Vec<u8> = tree.collect();
            funcdata[3] = self.data(&tree);
        }
        if let Some(info) = &func.open_defers {
            funcdata[4] = self.data(info);
        }
        if let Some(program) = &func.args {
            funcdata[5] = self.data(program);
        }
        if let Some((info, runs)) = &func.live {
            pcdata[3] = self.runs(runs, quantum);
            funcdata[6] = self.data(info);
        }
        words.extend(pcdata);
        words.extend(funcdata);
        self.functions
            .extend(words.iter().flat_map(|word| word.to_le_bytes()));
        self.text_len += func.len;
    }

    fn name(&mut self, name: &str) -> u32 {
        let offset = u32::try_from(self.names.len()).unwrap();
        self.names.extend(name.bytes().chain([0]));
        offset
    }

    fn data(&mut self, bytes: &[u8]) -> u32 {
        let offset = u32::try_from(self.funcdata.len()).unwrap();
        self.funcdata.extend(bytes);
        offset
    }

    fn call(&mut self, format: Format, call: Inlined) -> Vec<u8> {
        let name = self.name(call.name);
        let id = u32::from(call.func_id);
        let words = match format {
            // Parent and id share a word; then file and line, which nobody reads.
            Format::Go1_18 => vec![id << 16 | 0xffff, 77, 88, name, call.parent_pc],
            Format::Go1_20 => vec![id, name, call.parent_pc, 99],
        };
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Pairs of a change of the value and a run of code, both as varints; a zero ends them.
    fn runs(&mut self, runs: &[(i64, u64)], quantum: u64) -> u32 {
        let offset = u32::try_from(self.pc_values.len()).unwrap();
        let mut before = -1;
        for (index, (value, len)) in runs.iter().enumerate() {
            let change = value - before;
            assert!(index == 0 || change != 0, "two runs of one value");
            assert!(len.is_multiple_of(quantum), "half an instruction");
            self.varint((change << 1 ^ change >> 63).cast_unsigned());
            self.varint(len / quantum);
            before = *value;
        }
        self.pc_values.push(0);
        offset
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.pc_values
                .push(u8::try_from(value & 0x7f).unwrap() | 0x80);
            value >>= 7;
        }
        self.pc_values.push(u8::try_from(value).unwrap());
    }
}
