//! The runtime's enumerations for one Go minor: statuses, wait reasons, function ids.

use crate::addr::{Addr, Span};
use crate::dwarf::DwarfTypes;
use crate::image::Image;
use crate::mem::{GoSlice, Word};
use std::borrow::Cow;

/// A list of texts, in a table or read from a target.
pub type Texts = Cow<'static, [Cow<'static, str>]>;

/// `_Gscan`: a flag on top of a goroutine's status.
pub const SCAN: u32 = 0x1000;

/// A goroutine's status without the scan flag (`runtime2.go`; the numbers never changed).
pub mod status {
    /// Just allocated.
    pub const IDLE: u32 = 0;
    /// On a run queue.
    pub const RUNNABLE: u32 = 1;
    /// Has a P and runs Go code.
    pub const RUNNING: u32 = 2;
    /// In a system call, or in C.
    pub const SYSCALL: u32 = 3;
    /// Blocked.
    pub const WAITING: u32 = 4;
    /// Ended, or being made.
    pub const DEAD: u32 = 6;
    /// Its stack is being moved.
    pub const COPYSTACK: u32 = 8;
    /// Stopped itself for suspendG.
    pub const PREEMPTED: u32 = 9;
    /// Found unreachable by a goroutine leak profile (1.26).
    pub const LEAKED: u32 = 10;
    /// An extra M's, while no C thread uses it (1.26).
    pub const DEADEXTRA: u32 = 11;

    /// Whether a goroutine in the state `status`, without the scan flag, has no stack of its own to speak of.
    #[must_use]
    pub fn has_no_stack(status: u32) -> bool {
        [IDLE, DEAD, DEADEXTRA].contains(&status)
    }
}

/// The texts and numbers that a Go minor gives its enumerations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enums {
    /// `gStatusStrings`; empty where the runtime has none.
    pub statuses: Texts,
    /// `waitReasonStrings`.
    pub wait_reasons: Texts,
    /// `isIdleInSynctest`, by wait reason; empty before 1.25.
    pub idle_in_synctest: Cow<'static, [bool]>,
    /// `internal/abi.FuncID`.
    pub func_ids: FuncIds,
}

impl Enums {
    /// Reads them out of an unstripped binary that is linked at a fixed address.
    ///
    /// # Errors
    /// The name of the first thing that every version has and the binary does not show.
    pub fn from_binary(image: &Image<'_>, types: &DwarfTypes) -> Result<Enums, &'static str> {
        let [statuses, wait_reasons, idle] = image.symbols([
            "runtime.gStatusStrings",
            "runtime.waitReasonStrings",
            "runtime.isIdleInSynctest",
        ]);
        let idle = idle
            .and_then(|span| image.bytes(span.start, span.len))
            .unwrap_or_default();
        Ok(Enums {
            statuses: statuses
                .and_then(|span| texts(image, span))
                .ok_or("gStatusStrings")?,
            wait_reasons: wait_reasons
                .and_then(|span| texts(image, span))
                .ok_or("waitReasonStrings")?,
            idle_in_synctest: idle.iter().map(|&flag| flag != 0).collect(),
            func_ids: FuncIds::resolve(|name| types.constant(name))?,
        })
    }
}

/// An array of Go strings in a file.
fn texts(image: &Image<'_>, span: Span) -> Option<Texts> {
    let headers = image
        .bytes(span.start, span.len)?
        .chunks_exact(GoSlice::SIZE);
    headers
        .map(|header| text(image, GoSlice::decode(header)?))
        .collect()
}

fn text(image: &Image<'_>, string: GoSlice) -> Option<Cow<'static, str>> {
    let bytes = if string.data == Addr::NULL {
        &[][..]
    } else {
        image.bytes(string.data, string.len)?
    };
    Some(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
}

/// The function ids by which a traceback knows functions of the runtime. An id that a version lacks is absent.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct FuncIds {
    /// Code that the compiler made to adapt a call.
    pub wrapper: u8,
    /// `runtime.gopanic`.
    pub gopanic: u8,
    /// `runtime.sigpanic`.
    pub sigpanic: u8,
    /// `runtime.panicwrap`.
    pub panicwrap: u8,
    /// `runtime.asyncPreempt`.
    pub async_preempt: u8,
    /// `runtime.debugCallV2`.
    pub debug_call: u8,
    /// `runtime.asmcgocall`: the step from Go to C.
    pub asmcgocall: u8,
    /// `runtime.cgocallback`: the step back.
    pub cgocallback: u8,
    /// `runtime.systemstack`.
    pub systemstack: u8,
    /// `runtime.mcall`.
    pub mcall: u8,
    /// `runtime.morestack`.
    pub morestack: u8,
    /// `runtime.goexit`: the first frame of every goroutine.
    pub goexit: u8,
    /// `runtime.main`.
    pub runtime_main: u8,
    /// `runtime.handleAsyncEvent`.
    pub handle_async_event: u8,
    /// `runtime.corostart`, from 1.22.
    pub corostart: Option<u8>,
    /// `runtime.runfinq`, `runtime.runFinalizers` from 1.25.
    pub finalizers: u8,
    /// `runtime.runCleanups`, from 1.25.
    pub cleanups: Option<u8>,
}

impl FuncIds {
    /// Builds the set from a lookup of constants by name (`FuncID_gopanic` or `funcID_gopanic`).
    ///
    /// # Errors
    /// The name of the first id that every version has and `constant` lacks.
    pub fn resolve(constant: impl Fn(&str) -> Option<u64>) -> Result<FuncIds, &'static str> {
        let find = |name: &str| {
            let spellings = [
                format!("internal/abi.FuncID_{name}"),
                format!("internal/abi.FuncID{}", capitalised(name)),
                format!("runtime.funcID_{name}"),
            ];
            spellings
                .iter()
                .find_map(|spelling| u8::try_from(constant(spelling)?).ok())
        };
        let need = |name: &'static str| find(name).ok_or(name);
        Ok(FuncIds {
            wrapper: need("wrapper")?,
            gopanic: need("gopanic")?,
            sigpanic: need("sigpanic")?,
            panicwrap: need("panicwrap")?,
            async_preempt: need("asyncPreempt")?,
            debug_call: need("debugCallV2")?,
            asmcgocall: need("asmcgocall")?,
            cgocallback: need("cgocallback")?,
            systemstack: need("systemstack")?,
            mcall: need("mcall")?,
            morestack: need("morestack")?,
            goexit: need("goexit")?,
            runtime_main: need("runtime_main")?,
            handle_async_event: need("handleAsyncEvent")?,
            corostart: find("corostart"),
            finalizers: find("runFinalizers").map_or_else(|| need("runfinq"), Ok)?,
            cleanups: find("runCleanups"),
        })
    }
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        .unwrap_or_default()
}
