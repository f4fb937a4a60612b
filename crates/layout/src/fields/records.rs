//! The structs and members that gopeek reads. `required` ones exist in every version.

use super::{Members, MissingField, RecordRow, Row, first};
use crate::addr::Addr;
use crate::mem::{GoSlice, Interface};
use crate::record::Field;

records! {
    /// A goroutine.
    always G g = "runtime.g" {
        /// Lowest address of the stack.
        required stack_lo: Addr = "stack.lo";
        /// One past its highest.
        required stack_hi: Addr = "stack.hi";
        /// Innermost panic in flight.
        required panic: Addr = "_panic";
        /// Innermost pending defer.
        required defer: Addr = "_defer";
        /// The M that runs it; nil when none does.
        required m: Addr = "m";
        /// Where it goes on, while it does not run.
        required sched_sp: Addr = "sched.sp";
        /// Likewise.
        required sched_pc: Addr = "sched.pc";
        /// Itself, once it has a stack: the mark by which a g is known.
        required sched_g: Addr = "sched.g";
        /// The link register, on arm64.
        required sched_lr: Addr = "sched.lr";
        /// The frame pointer.
        required sched_bp: Addr = "sched.bp";
        /// Not zero from entersyscall to exitsyscall.
        required syscall_sp: Addr = "syscallsp";
        /// Likewise.
        required syscall_pc: Addr = "syscallpc";
        /// `_Gidle`, `_Grunnable`, ... with `_Gscan` as a flag.
        required status: u32 = "atomicstatus.value" | "atomicstatus";
        /// The number that dumps print.
        required goid: u64 = "goid";
        /// When a GC first saw it blocked, in ns of the monotonic clock; 0 when none did.
        required wait_since: i64 = "waitsince";
        /// An index into `waitReasonStrings`.
        required wait_reason: u8 = "waitreason";
        /// The M it is locked to.
        required locked_m: Addr = "lockedm";
        /// Whether a cleanup goroutine is in user code.
        optional running_cleanups: u8 = "runningCleanups.u.value" | "runningCleanups.u" | "runningCleanups";
        /// The goroutine that executed the `go` statement.
        optional parent_goid: u64 = "parentGoid";
        /// Return address of that `go` statement.
        required gopc: Addr = "gopc";
        /// `*[]ancestorInfo`, under GODEBUG=tracebackancestors.
        required ancestors: Addr = "ancestors";
        /// Entry of the function it was started with.
        required startpc: Addr = "startpc";
        /// The sudogs it waits on.
        required waiting: Addr = "waiting";
        /// pprof labels.
        required labels: Addr = "labels";
        /// The timer it sleeps on.
        required timer: Addr = "timer";
        /// When it wakes, in ns of the monotonic clock.
        optional sleep_when: i64 = "sleepWhen";
        /// The coroutine that is passed along in a coroutine switch.
        optional coro_arg: Addr = "coroarg";
        /// The synctest bubble (1.25) or group (1.24).
        optional bubble: Addr = "bubble" | "syncGroup";
        /// Counted up each time it leaves running: shows that it ran.
        required tracking_seq: u8 = "trackingSeq";
        /// The signal that its last sigpanic was made of.
        required sig: u32 = "sig";
        /// That signal's code.
        required sig_code0: u64 = "sigcode0";
        /// Its fault address.
        required sig_code1: Addr = "sigcode1";
        /// Where it hit.
        required sig_pc: Addr = "sigpc";
    }
    /// A thread of the runtime.
    always M m = "runtime.m" {
        /// Its scheduling stack.
        required g0: Addr = "g0";
        /// Thread id inside the target's pid namespace.
        required procid: u64 = "procid";
        /// Its signal stack.
        required gsignal: Addr = "gsignal";
        /// The goroutine it runs.
        required curg: Addr = "curg";
        /// Its P.
        required p: Addr = "p";
        /// The number that dumps print.
        required id: u64 = "id";
        /// The closure that the thread was started for: sysmon's, the template thread's.
        required start_fn: Addr = "mstartfn";
        /// Looking for work.
        required spinning: u8 = "spinning";
        /// Waiting on a note: it has nothing to do.
        required blocked: u8 = "blocked";
        /// Made for a thread that C made.
        optional is_extra: u8 = "isextra";
        /// In C code.
        required incgo: u8 = "incgo";
        /// Calls into C so far.
        required ncgocall: u64 = "ncgocall";
        /// The next M of allm.
        required all_link: Addr = "alllink";
        /// The goroutine that is locked to it.
        required locked_g: Addr = "lockedg";
        /// Not zero while the thread is in the vDSO.
        required vdso_sp: Addr = "vdsoSP" | "mOS.vdsoSP";
        /// Likewise.
        required vdso_pc: Addr = "vdsoPC" | "mOS.vdsoPC";
    }
    /// A processor: the right to run Go code.
    always P p = "runtime.p" {
        /// Its index in allp.
        required id: u32 = "id";
        /// `_Pidle`, `_Prunning`, ...
        required status: u32 = "status";
        /// Counted up at each scheduler call.
        required sched_tick: u32 = "schedtick";
        /// Counted up at each system call.
        required syscall_tick: u32 = "syscalltick";
        /// Its M.
        required m: Addr = "m";
        /// Head of the local run queue.
        required runq_head: u32 = "runqhead";
        /// Its tail.
        required runq_tail: u32 = "runqtail";
        /// The queue: 256 goroutines in a ring; this is its first slot.
        required runq: Addr = "runq";
        /// Runs next.
        required run_next: Addr = "runnext";
        /// Dead goroutines kept for reuse.
        required gfree_n: u32 = "gFree.n" | "gFree.size";
    }
    /// The scheduler.
    always Sched sched = "runtime.schedt" {
        /// Guards the rest.
        required lock: u64 = "lock.key" | "lock";
        /// The next M's number.
        required m_next: u64 = "mnext";
        /// Ms that have ended.
        required m_freed: u64 = "nmfreed";
        /// The limit of Ms.
        required max_m: u32 = "maxmcount";
        /// Idle Ms.
        required idle_m_count: u32 = "nmidle";
        /// Idle Ps.
        required idle_p_count: u32 = "npidle.value" | "npidle";
        /// Goroutines of the runtime itself.
        required ngsys: u32 = "ngsys.value" | "ngsys";
        /// Goroutines that wait for a P.
        required runq_size: u32 = "runq.size" | "runqsize";
        /// Whether the world is being stopped.
        required gc_waiting: u8 = "gcwaiting.value" | "gcwaiting.u.value" | "gcwaiting.u" | "gcwaiting";
    }
    /// What the linker tells the runtime of one module.
    always ModuleDataFields moduledata = "runtime.moduledata" {
        /// `*pcHeader`, the front of pclntab.
        required pc_header: Addr = "pcHeader";
        /// Function names.
        required funcnametab: GoSlice = "funcnametab";
        /// File indices by compilation unit.
        required cutab: GoSlice = "cutab";
        /// File names.
        required filetab: GoSlice = "filetab";
        /// pc-value tables.
        required pctab: GoSlice = "pctab";
        /// The `_func` structs.
        required pclntable: GoSlice = "pclntable";
        /// pc to `_func`.
        required ftab: GoSlice = "ftab";
        /// First address of Go code.
        required text: Addr = "text";
        /// One past its last.
        required etext: Addr = "etext";
        /// Data segment without pointers.
        required noptrdata: Addr = "noptrdata";
        /// Data with pointers.
        required data: Addr = "data";
        /// Zeroed data with pointers.
        required bss: Addr = "bss";
        /// Its end.
        required ebss: Addr = "ebss";
        /// Zeroed data without pointers.
        required noptrbss: Addr = "noptrbss";
        /// Its end.
        required enoptrbss: Addr = "enoptrbss";
        /// First of the type descriptors.
        required types: Addr = "types";
        /// Their end.
        required etypes: Addr = "etypes";
        /// Base of the funcdata offsets.
        required gofunc: Addr = "gofunc";
        /// Parts of the text, where a linker split it.
        required textsectmap: GoSlice = "textsectmap";
        /// A plugin's path.
        required pluginpath: GoSlice = "pluginpath";
        /// The next module.
        required next: Addr = "next";
    }
    /// A goroutine in a queue.
    always Sudog sudog = "runtime.sudog" {
        /// Who waits.
        required g: Addr = "g";
        /// Next in the queue.
        required next: Addr = "next";
        /// Previous.
        required prev: Addr = "prev";
        /// The data's address, or the semaphore's.
        required elem: Addr = "elem.vu" | "elem";
        /// Whether it is a case of a select.
        required is_select: u8 = "isSelect";
        /// Root of the semaphore's treap.
        required parent: Addr = "parent";
        /// The next sudog of this goroutine, or waiter of this address.
        required wait_link: Addr = "waitlink";
        /// The channel.
        required c: Addr = "c.maybeTraceablePtr.vu" | "c";
    }
    /// A channel.
    always Hchan hchan = "runtime.hchan" {
        /// Elements in the buffer.
        required qcount: u64 = "qcount";
        /// Capacity of the buffer.
        required dataqsiz: u64 = "dataqsiz";
        /// Size of an element in bytes.
        required elem_size: u16 = "elemsize";
        /// Closed.
        required closed: u32 = "closed";
        /// The timer behind a timer's channel.
        optional timer: Addr = "timer";
        /// Type of an element.
        required elem_type: Addr = "elemtype";
        /// Waiting receivers.
        required recvq_first: Addr = "recvq.first";
        /// Waiting senders.
        required sendq_first: Addr = "sendq.first";
    }
    /// A timer.
    always Timer timer = "runtime.timer" {
        /// When it fires, in ns of the monotonic clock.
        required when: i64 = "when";
        /// 0, or the ticker's period in ns.
        required period: i64 = "period";
        /// What it calls.
        required f: Addr = "f";
        /// With what.
        required arg: Addr = "arg.data" | "arg";
    }
    /// A file that the network poller watches.
    always PollDesc poll_desc = "runtime.pollDesc" {
        /// The file descriptor.
        required fd: u64 = "fd";
        /// The reader that waits, or pdReady, pdWait.
        required rg: Addr = "rg.value" | "rg";
        /// The writer.
        required wg: Addr = "wg.value" | "wg";
        /// Read deadline.
        required rd: i64 = "rd";
        /// Write deadline.
        required wd: i64 = "wd";
    }
    /// A type's descriptor.
    always Type kind = "runtime._type" | "internal/abi.Type" {
        /// What the name's encoding leaves to be known.
        required flags: u8 = "tflag" | "TFlag";
        /// `reflect.Kind`, and flags.
        required kind: u8 = "kind" | "Kind_";
        /// Its name, from the module's first descriptor.
        required name: u32 = "str" | "Str";
    }
    /// A map, up to 1.23.
    sometimes Hmap hmap = "runtime.hmap" {
        /// Entries.
        required count: u64 = "count";
        /// Buckets, as a power of two.
        required log2_buckets: u8 = "B";
        /// The first of them.
        required buckets: Addr = "buckets";
    }
    /// A panic in flight.
    always Panic panic = "runtime._panic" {
        /// Its value, an interface.
        required arg: Interface = "arg";
        /// The one before.
        required link: Addr = "link";
        /// Recovered.
        required recovered: u8 = "recovered";
        /// A Goexit rather than a panic.
        required goexit: u8 = "goexit";
    }
    /// A pending defer.
    always Defer defer = "runtime._defer" {
        /// Stack pointer of the function that deferred.
        required sp: Addr = "sp";
        /// Its pc.
        required pc: Addr = "pc";
        /// The closure.
        required func: Addr = "fn";
        /// The one before.
        required link: Addr = "link";
    }
    /// A creator's creator, under GODEBUG=tracebackancestors.
    always Ancestor ancestor = "runtime.ancestorInfo" {
        /// Its pcs, a slice.
        required pcs: GoSlice = "pcs";
        /// Its number.
        required goid: u64 = "goid";
        /// Return address of the `go` statement that made it.
        required gopc: Addr = "gopc";
    }
    /// What isolates the goroutines of a synctest, from 1.25.
    sometimes Bubble bubble = "runtime.synctestBubble" {
        /// The number that dumps print.
        required id: u64 = "id";
    }
    /// Likewise in 1.24, under GOEXPERIMENT=synctest.
    sometimes SynctestGroup synctest_group = "runtime.synctestGroup" {
        /// The goroutine that dumps name it by.
        required root: Addr = "root";
    }
}
