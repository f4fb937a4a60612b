//! What differs between the two formats of pclntab that gopeek reads, told apart by the magic number.

/// Offsets into the structs of one format, in bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Format {
    /// First byte of the magic number.
    pub magic: u8,
    /// `_func.funcID`; the flag, a pad and the number of funcdata follow, then the tables' offsets.
    pub func_id: usize,
    /// `_func.startLine`, where there is one.
    pub start_line: Option<usize>,
    /// Size of an inlinedCall.
    pub inline_len: usize,
    /// `inlinedCall.funcID`.
    pub inline_func_id: usize,
    /// `inlinedCall.nameOff` (`func_` in 1.19).
    pub inline_name: usize,
    /// `inlinedCall.parentPc`.
    pub inline_parent_pc: usize,
    /// `inlinedCall.startLine`, likewise.
    pub inline_start_line: Option<usize>,
}

/// Go 1.18 and 1.19.
const GO1_18: Format = Format {
    magic: 0xf0,
    func_id: 36,
    start_line: None,
    inline_len: 20,
    inline_func_id: 2,
    inline_name: 12,
    inline_parent_pc: 16,
    inline_start_line: None,
};
/// Go 1.20 and later: `_func` has a start line, inlinedCall lost its parent and its file.
const GO1_20: Format = Format {
    magic: 0xf1,
    func_id: 40,
    start_line: Some(36),
    inline_len: 16,
    inline_func_id: 0,
    inline_name: 4,
    inline_parent_pc: 8,
    inline_start_line: Some(12),
};

impl Format {
    /// The format of a table that begins with `magic`.
    #[must_use]
    pub fn of(magic: u8) -> Option<&'static Format> {
        [&GO1_18, &GO1_20]
            .into_iter()
            .find(|format| format.magic == magic)
    }
}
