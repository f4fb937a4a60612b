//! What differs between amd64 and arm64, as data.

/// An architecture that Go targets and gopeek reads.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum Arch {
    /// x86-64.
    Amd64,
    /// AArch64.
    Arm64,
}

/// How Go's stack frames are laid out on an architecture (`internal/goarch`, `runtime/internal/sys`).
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct FrameShape {
    /// Bytes that the call instruction itself pushes: the return address, or nothing.
    pub pushed_by_call: u64,
    /// Whether the innermost return address lives in a link register (`usesLR`).
    pub link_register: bool,
    /// Where a function that calls morestack has put its own link register, by DWARF number.
    pub morestack_link: Option<u16>,
    /// `sys.MinFrameSize`: bytes between a frame's end and its arguments.
    pub min_frame_size: u64,
    /// `alignUp(sys.MinFrameSize, sys.StackAlign)`: what sigctxt.pushCall makes room for, with a link register.
    pub injected_call_size: u64,
    /// `sys.PCQuantum`: the alignment of an instruction.
    pub pc_quantum: u64,
}

impl Arch {
    /// Go's name for it (`GOARCH`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Arch::Amd64 => "amd64",
            Arch::Arm64 => "arm64",
        }
    }

    /// The shape of its frames.
    #[must_use]
    pub const fn frame(self) -> FrameShape {
        match self {
            Arch::Amd64 => FrameShape {
                pushed_by_call: 8,
                link_register: false,
                morestack_link: None,
                min_frame_size: 0,
                injected_call_size: 0,
                pc_quantum: 1,
            },
            Arch::Arm64 => FrameShape {
                pushed_by_call: 0,
                link_register: true,
                morestack_link: Some(3),
                min_frame_size: 8,
                injected_call_size: 16,
                pc_quantum: 4,
            },
        }
    }
}

impl std::fmt::Display for Arch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
