//! What changed in the behaviour of `runtime/traceback.go`, and of what else is read, from minor to minor, as data.
//!
//! Offsets and enumerations are generated ([`crate::tables`]); these rows are read out of the runtime's source.
//! A new minor inherits the last row until someone finds that it differs.

/// How a Go minor walks and prints stacks.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// The first minor that behaves so.
    pub since: u16,
    /// Which frames make their caller's pc a trap's, not a call's.
    pub trap_callers: TrapCallers,
    /// At which pc a frame's argument liveness is looked up.
    pub liveness_at: LivenessAt,
    /// How the type arguments in a function's name are shortened.
    pub generics: Generics,
    /// Which functions of package runtime count as exported.
    pub exported: Exported,
    /// How a stack of over 100 frames is cut.
    pub elision: Elision,
    /// Whether `created by` names the parent (`in goroutine 7`).
    pub names_parent: bool,
    /// Whether a crash's headers name the g and the m (`gp=0x... m=3 mp=0x...`).
    pub names_g_and_m: bool,
    /// Whether runFinalizers and runCleanups are shown whatever their package.
    pub shows_finalizer_frames: bool,
    /// The bit of fingStatus (of fingRunning, in 1.19) that says a finalizer is running.
    pub finalizer_running: u32,
    /// Statuses, besides waiting, that show their wait reason, and that count as ended.
    pub leaked_and_deadextra: bool,
    /// Whether a running goroutine inside a system call has a stack to show.
    pub running_in_syscall_has_stack: bool,
    /// How a synctest bubble shows in the header.
    pub bubble: Bubble,
    /// How pprof labels show in the header.
    pub labels: Labels,
    /// How they are kept.
    pub label_store: LabelStore,
    /// How a frame keeps the calls that it defers, where the compiler keeps them there.
    pub open_defers: OpenDefers,
    /// Whether a line of a panic's value, or of a fatal error, that is not the first begins with a tab (`printindented`).
    pub indents_values: bool,
    /// How print writes floating-point numbers.
    pub floats: Floats,
    /// How a panic with the value that was just recovered is told.
    pub repanics: Repanics,
    /// Whether the signals SIGSEGV and SIGBUS are told with an address.
    pub signals_address: bool,
    /// Into which buckets the runtime sorts durations.
    pub time_buckets: TimeBuckets,
    /// The kind of special that is a finalizer (`_KindSpecialFinalizer`).
    pub finalizer_special: u8,
}

/// The buckets of `timeHistogram` (`runtime/histogram.go`): so many for each power of two.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct TimeBuckets {
    /// Durations with fewer bits, in ns, share the first buckets.
    pub min_bits: u32,
    /// How many bits behind the first tell the buckets of one power of two apart.
    pub sub_bits: u32,
}

impl TimeBuckets {
    /// Where a bucket begins, in ns.
    #[must_use]
    pub fn start(self, index: u32) -> Option<u64> {
        let per_power = 1_u32.checked_shl(self.sub_bits)?;
        let (power, sub) = (index.checked_div(per_power)?, index.checked_rem(per_power)?);
        // How far a bucket's number is from the first bits of what is in it.
        let shift = self.min_bits.checked_sub(1)?.checked_sub(self.sub_bits)?;
        match power.checked_sub(1) {
            None => u64::from(sub).checked_shl(shift),
            Some(above) => {
                let first = u64::from(per_power.checked_add(sub)?);
                first.checked_shl(shift.checked_add(above)?)
            }
        }
    }
}

/// How print writes floating-point numbers.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Floats {
    /// `+1.500000e+000`.
    SevenDigits,
    /// As strconv does with `'g', -1`.
    Shortest,
}

/// How a panic with the value that was just recovered is told. The flag lies between `recovered` and `goexit`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Repanics {
    /// As any other.
    AsOthers,
    /// Once, and marked, even if it was not recovered.
    Marked,
    /// Likewise, but marked only if it was recovered.
    MarkedIfRecovered,
}

/// Which frames were entered by a trap.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum TrapCallers {
    /// Only sigpanic.
    Sigpanic,
    /// sigpanic, asyncPreempt and debugCallV2.
    Injected,
}

/// At which pc argument liveness is looked up.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum LivenessAt {
    /// The pc that is left after the inlined calls were walked.
    Outermost,
    /// The pc of the frame itself.
    Innermost,
}

/// How generic names print.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Generics {
    /// As stored: the linker had shortened them.
    Stored,
    /// From the first `[` to the last `]` becomes `[...]`.
    Elided,
    /// Likewise, and a generic method of a generic type keeps both brackets.
    ElidedTwice,
}

/// What counts as exported in package runtime.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Exported {
    /// A capital letter after `runtime.`.
    Functions,
    /// Methods with a capital on types with a capital, too.
    FunctionsAndMethods,
}

/// How long stacks are cut.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Elision {
    /// The walk ends after this many physical frames.
    After(usize),
    /// The innermost and the outermost of each so many logical frames stay.
    Middle(usize),
}

/// How bubbles print.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Bubble {
    /// There are none.
    None,
    /// `synctest group N`, N being the root goroutine.
    Group,
    /// `synctest bubble N`, with `(durable)` for any status.
    Numbered,
    /// `synctest bubble N`, with `(durable)` only while waiting.
    NumberedWaiting,
}

/// How labels print, when GODEBUG=tracebacklabels=1.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Labels {
    /// Not at all.
    None,
    /// In the bracket, always quoted.
    Inside,
    /// Behind the bracket, quoted where needed.
    Behind,
}

/// How labels are kept (`runtime/pprof.labelMap`).
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum LabelStore {
    /// A map of strings.
    Map,
    /// A slice of pairs.
    List,
}

/// What FUNCDATA_OpenCodedDeferInfo holds behind the offset of the bits.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum OpenDefers {
    /// How many there are, and the offset of each one's closure, last first.
    Offsets,
    /// The offset of the first closure; the others follow it.
    Slots,
}

const GO1_19: Rules = Rules {
    since: 19,
    trap_callers: TrapCallers::Sigpanic,
    liveness_at: LivenessAt::Outermost,
    generics: Generics::Stored,
    exported: Exported::Functions,
    elision: Elision::After(100),
    names_parent: false,
    names_g_and_m: false,
    shows_finalizer_frames: false,
    finalizer_running: 1,
    leaked_and_deadextra: false,
    running_in_syscall_has_stack: false,
    bubble: Bubble::None,
    labels: Labels::None,
    label_store: LabelStore::Map,
    open_defers: OpenDefers::Offsets,
    indents_values: false,
    floats: Floats::SevenDigits,
    repanics: Repanics::AsOthers,
    signals_address: false,
    time_buckets: TimeBuckets {
        min_bits: 5,
        sub_bits: 4,
    },
    finalizer_special: 1,
};
const GO1_20: Rules = Rules {
    since: 20,
    finalizer_running: 2,
    time_buckets: TimeBuckets {
        min_bits: 9,
        sub_bits: 2,
    },
    ..GO1_19
};
const GO1_21: Rules = Rules {
    since: 21,
    trap_callers: TrapCallers::Injected,
    liveness_at: LivenessAt::Innermost,
    generics: Generics::Elided,
    elision: Elision::Middle(50),
    names_parent: true,
    ..GO1_20
};
const GO1_22: Rules = Rules {
    since: 22,
    names_g_and_m: true,
    open_defers: OpenDefers::Slots,
    signals_address: true,
    ..GO1_21
};
const GO1_23: Rules = Rules {
    since: 23,
    exported: Exported::FunctionsAndMethods,
    indents_values: true,
    ..GO1_22
};
const GO1_24: Rules = Rules {
    since: 24,
    bubble: Bubble::Group,
    label_store: LabelStore::List,
    ..GO1_23
};
const GO1_25: Rules = Rules {
    since: 25,
    bubble: Bubble::Numbered,
    shows_finalizer_frames: true,
    repanics: Repanics::Marked,
    finalizer_special: 2,
    ..GO1_24
};
const GO1_26: Rules = Rules {
    since: 26,
    bubble: Bubble::NumberedWaiting,
    labels: Labels::Inside,
    leaked_and_deadextra: true,
    running_in_syscall_has_stack: true,
    floats: Floats::Shortest,
    repanics: Repanics::MarkedIfRecovered,
    ..GO1_25
};
const GO1_27: Rules = Rules {
    since: 27,
    labels: Labels::Behind,
    generics: Generics::ElidedTwice,
    ..GO1_26
};

static RULES: [Rules; 9] = [
    GO1_19, GO1_20, GO1_21, GO1_22, GO1_23, GO1_24, GO1_25, GO1_26, GO1_27,
];

/// The rules of Go 1.`minor`: the last row that is not newer.
#[must_use]
pub fn rules(minor: u16) -> &'static Rules {
    RULES
        .iter()
        .rev()
        .find(|rules| rules.since <= minor)
        .unwrap_or(&RULES[0])
}
