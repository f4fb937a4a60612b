//! The structs and members that gopeek reads. `required` ones exist in every version.

use super::{Members, MissingField, RecordRow, Row, WORD, first};
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
        /// Below this a function grows its stack; a mark in place of an address asks the goroutine to let others run.
        optional stack_guard: Addr = "stackguard0";
        /// Whether it is asked to let others run.
        optional preempt: u8 = "preempt";
        /// What it may still allocate before it must help the GC, in bytes; what it owes, where negative.
        optional gc_assist_bytes: i64 = "gcAssistBytes";
        /// Whether it helps the GC just now.
        optional in_mark_assist: u8 = "inMarkAssist";
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
        /// How many of the runtime's locks it holds, and other reasons for it not to be preempted.
        optional locks: u32 = "locks";
        /// In the allocator.
        optional mallocing: u32 = "mallocing";
        /// Throwing: 1 for what a user did, 2 for what the runtime did.
        optional throwing: u32 = "throwing";
        /// Dying of a panic.
        optional dying: u32 = "dying";
        /// Why its goroutine is to stay on it: a string.
        optional preempt_off: GoSlice = "preemptoff";
        /// Calls into C that it is in.
        optional ncgo: u32 = "ncgo";
        /// The note that it sleeps on.
        optional park: u64 = "park.key" | "park";
        /// How often the program has locked a goroutine to it.
        optional locked_ext: u32 = "lockedExt";
        /// How often the runtime has.
        optional locked_int: u32 = "lockedInt";
        /// The next M that waits for the same lock of the runtime; up to 1.23.
        optional next_wait_m: Addr = "nextwaitm";
        /// What it hands to the function that is called once its goroutine is parked.
        optional wait_lock: Addr = "waitlock";
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
        /// What it does for the GC: nothing, or a kind of mark worker.
        optional gc_mark_worker_mode: u64 = "gcMarkWorkerMode";
        /// Whether it is asked to go through the scheduler.
        optional preempt: u8 = "preempt";
        /// Timers in its heap.
        optional timers_len: u32 = "timers.len.value" | "numTimers.value" | "numTimers";
        /// Those among them that were stopped.
        optional timers_zombies: u32 = "timers.zombies.value" | "deletedTimers.value" | "deletedTimers";
        /// The heap.
        optional timers_heap: GoSlice = "timers.heap" | "timers";
        /// When the first of them fires, in ns of the monotonic clock; 0 for none.
        optional timers_when: i64 = "timers.minWhenHeap.value" | "timer0When.value" | "timer0When";
        /// Its cache of free memory.
        optional mcache: Addr = "mcache";
        /// What sysmon last saw of `sched_tick`.
        optional sysmon_sched_tick: u32 = "sysmontick.schedtick";
        /// When it first saw that, in ns of the monotonic clock.
        optional sysmon_sched_when: i64 = "sysmontick.schedwhen";
        /// What sysmon last saw of `syscall_tick`.
        optional sysmon_syscall_tick: u32 = "sysmontick.syscalltick";
        /// When it first saw that.
        optional sysmon_syscall_when: i64 = "sysmontick.syscallwhen";
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
        /// When the network was last polled, in ns of the monotonic clock; 0 while a thread sleeps in the poller.
        optional last_poll: i64 = "lastpoll.value" | "lastpoll";
        /// Until when that thread sleeps.
        optional poll_until: i64 = "pollUntil.value" | "pollUntil";
        /// Ps that have yet to stop.
        optional stop_wait: u32 = "stopwait";
        /// Whether sysmon sleeps, as there is nothing to watch.
        optional sysmon_wait: u8 = "sysmonwait.value" | "sysmonwait.u.value" | "sysmonwait.u" | "sysmonwait";
        /// Ms that look for work.
        optional spinning_m_count: u32 = "nmspinning.value" | "nmspinning";
        /// Whether one more should.
        optional need_spinning: u32 = "needspinning.value" | "needspinning";
        /// Ms that wait for their locked goroutine.
        optional idle_locked_m_count: u32 = "nmidlelocked";
        /// Ms of the runtime itself.
        optional system_m_count: u32 = "nmsys";
        /// The first idle M.
        optional idle_m: Addr = "midle";
        /// The first idle P.
        optional idle_p: Addr = "pidle";
        /// Dead goroutines kept for reuse.
        optional gfree_n: u32 = "gFree.n";
        /// Likewise from 1.25: those with a stack.
        optional gfree_stack_n: u32 = "gFree.stack.size";
        /// And those without.
        optional gfree_no_stack_n: u32 = "gFree.noStack.size";
        /// When the number of Ps last changed, in ns of the monotonic clock.
        optional procresize_time: i64 = "procresizetime";
        /// How long goroutines waited for a P, in buckets up to `time_to_run_underflow`.
        optional time_to_run: u64 = "timeToRun.counts";
        /// Those below the first bucket.
        optional time_to_run_underflow: u64 = "timeToRun.underflow.value" | "timeToRun.underflow";
        /// Those above the last.
        optional time_to_run_overflow: u64 = "timeToRun.overflow.value" | "timeToRun.overflow";
        /// How long Ps were idle, in ns.
        optional idle_time: i64 = "idleTime.value" | "idleTime";
        /// How long goroutines waited for a `sync.Mutex`, in ns.
        optional mutex_wait_time: i64 = "totalMutexWaitTime.value" | "totalMutexWaitTime";
        /// How long the world stood for a GC, in buckets up to `gc_pauses_underflow`; from 1.22.
        optional gc_pauses: u64 = "stwTotalTimeGC.counts";
        /// Those below the first bucket.
        optional gc_pauses_underflow: u64 = "stwTotalTimeGC.underflow.value" | "stwTotalTimeGC.underflow";
        /// Those above the last.
        optional gc_pauses_overflow: u64 = "stwTotalTimeGC.overflow.value" | "stwTotalTimeGC.overflow";
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
        /// Not zero for the first of those that wait for one semaphore.
        optional ticket: u32 = "ticket";
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
        /// Being closed.
        optional closing: u8 = "closing";
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
    /// The table of semaphores, by its first two entries.
    sometimes SemTable sem_table = "runtime.semTable" {
        /// The tree of those semaphores of the first entry that are waited for.
        required first_tree: Addr = "[0].root.treap";
        /// The second entry's: so far is it from one to the next.
        required second_tree: Addr = "[1].root.treap";
        /// How many wait at the first entry.
        required first_waiters: u32 = "[0].root.nwait.value" | "[0].root.nwait";
    }
    /// A coroutine.
    sometimes Coro coro = "runtime.coro" {
        /// The goroutine that is on its other side.
        required gp: Addr = "gp";
    }
    /// What decides when to collect.
    sometimes GcController gc_controller = "runtime.gcControllerState" {
        /// GOGC; negative for off.
        required gc_percent: u32 = "gcPercent.value" | "gcPercent";
        /// GOMEMLIMIT in bytes.
        required memory_limit: i64 = "memoryLimit.value" | "memoryLimit";
        /// No goal is below this.
        required heap_minimum: u64 = "heapMinimum";
        /// At which size of the heap a collection is to be done, by GOGC alone.
        required heap_goal: u64 = "gcPercentHeapGoal.value" | "gcPercentHeapGoal";
        /// No goal is below this while sweeping.
        required sweep_min_trigger: u64 = "sweepDistMinTrigger.value" | "sweepDistMinTrigger";
        /// At which size of the heap the collection began that runs.
        required triggered: u64 = "triggered";
        /// The goal of the last collection.
        required last_heap_goal: u64 = "lastHeapGoal";
        /// Bytes in use, or not yet swept.
        required heap_live: u64 = "heapLive.value" | "heapLive";
        /// Of them, what has to be scanned.
        required heap_scan: u64 = "heapScan.value" | "heapScan";
        /// Bytes that the last collection found to be in use.
        required heap_marked: u64 = "heapMarked";
        /// Bytes in spans that are in use.
        required heap_in_use: u64 = "heapInUse";
        /// Bytes that were given back to the system.
        required heap_released: u64 = "heapReleased";
        /// Bytes in spans that are free, and were not given back.
        required heap_free: u64 = "heapFree";
        /// Bytes that were ever allocated.
        required total_alloc: u64 = "totalAlloc.value" | "totalAlloc";
        /// Bytes that were ever freed.
        required total_free: u64 = "totalFree.value" | "totalFree";
        /// Bytes of memory that is mapped and may be written.
        required mapped_ready: u64 = "mappedReady.value" | "mappedReady";
        /// How long goroutines have helped in this cycle, in ns.
        optional assist_time: i64 = "assistTime.value" | "assistTime";
        /// How long dedicated workers have marked in this cycle, in ns.
        optional dedicated_mark_time: i64 = "dedicatedMarkTime.value" | "dedicatedMarkTime";
        /// How long fractional ones have.
        optional fractional_mark_time: i64 = "fractionalMarkTime.value" | "fractionalMarkTime";
        /// How long idle ones have.
        optional idle_mark_time: i64 = "idleMarkTime.value" | "idleMarkTime";
    }
    /// The collection that runs, or the last one.
    sometimes Work work = "runtime.workType" {
        /// Workers in all.
        required nproc: u32 = "nproc";
        /// Workers that have nothing to do.
        required nwait: u32 = "nwait";
        /// When it began, in ns of the monotonic clock.
        required tstart: i64 = "tstart";
        /// In the background, with the world stopped while marking, or all the while.
        required mode: u64 = "mode";
        /// Whether `runtime.GC` called for it.
        required user_forced: u8 = "userForced";
        /// Collections that were begun.
        required cycles: u32 = "cycles.value" | "cycles";
        /// GOMAXPROCS when the world was stopped.
        required stop_procs: u32 = "stwprocs";
        /// GOMAXPROCS.
        required max_procs: u32 = "maxprocs";
        /// When sweeping was ended, in ns of the monotonic clock.
        required sweep_term_at: i64 = "tSweepTerm";
        /// When marking began.
        required mark_at: i64 = "tMark";
        /// When marking was ended.
        required mark_term_at: i64 = "tMarkTerm";
        /// When the collection was over.
        required end_at: i64 = "tEnd";
        /// The semaphore of the one that starts it.
        optional start_sema: u32 = "startSema";
        /// The semaphore of the one that ends marking.
        optional mark_done_sema: u32 = "markDoneSema";
        /// CPU time that went into the GC, in ns; as of the end of the last collection.
        optional gc_cpu_time: i64 = "cpuStats.GCTotalTime" | "cpuStats.gcTotalTime";
        /// CPU time that could have been used, likewise.
        optional total_cpu_time: i64 = "cpuStats.TotalTime" | "cpuStats.totalTime";
    }
    /// The statistics of memory.
    sometimes MemStats mem_stats = "runtime.mstats" {
        /// Three of [`HeapStats`], whose sum counts.
        required heap_stats: u64 = "heapStats.stats";
        /// Bytes from the system for stacks that are not in the heap.
        required stacks_sys: u64 = "stacks_sys";
        /// Bytes for spans.
        required mspan_sys: u64 = "mspan_sys";
        /// Bytes for caches.
        required mcache_sys: u64 = "mcache_sys";
        /// Bytes for the buckets of profiles.
        required buckhash_sys: u64 = "buckhash_sys";
        /// Bytes for what the GC keeps.
        required gc_misc_sys: u64 = "gcMiscSys";
        /// Other bytes.
        required other_sys: u64 = "other_sys";
        /// When the last collection was over, in ns since 1970.
        required last_gc_unix: u64 = "last_gc_unix";
        /// How long the world has stood for collections, in ns.
        required pause_total: u64 = "pause_total_ns";
        /// A ring of pauses in ns, up to `pause_end`.
        required pause_ns: u64 = "pause_ns";
        /// A ring of their ends, in ns since 1970, as long.
        required pause_end: u64 = "pause_end";
        /// Collections that are over.
        required num_gc: u32 = "numgc";
        /// Those among them that the program called for.
        required num_forced_gc: u32 = "numforcedgc";
        /// The GC's share of CPU time, a float64.
        required gc_cpu_fraction: u64 = "gc_cpu_fraction";
        /// When the last collection was over, in ns of the monotonic clock.
        required last_gc_nanotime: u64 = "last_gc_nanotime";
        /// Whether there is a GC.
        required enable_gc: u8 = "enablegc";
        /// How long the world stood for a GC, in buckets up to `gc_pauses_underflow`; up to 1.21.
        optional gc_pauses: u64 = "gcPauseDist.counts";
        /// Those below the first bucket.
        optional gc_pauses_underflow: u64 = "gcPauseDist.underflow.value" | "gcPauseDist.underflow";
        /// Those above the last.
        optional gc_pauses_overflow: u64 = "gcPauseDist.overflow.value" | "gcPauseDist.overflow";
    }
    /// The statistics of the heap, or a part of them.
    sometimes HeapStats heap_stats = "runtime.heapStatsDelta" {
        /// Bytes of the heap's memory.
        required committed: i64 = "committed";
        /// Bytes given back.
        required released: i64 = "released";
        /// Bytes in spans of objects.
        required in_heap: i64 = "inHeap";
        /// Bytes in spans of stacks.
        required in_stacks: i64 = "inStacks";
        /// Bytes in spans of the GC's work buffers.
        required in_work_bufs: i64 = "inWorkBufs";
        /// Tiny objects that share a block with others.
        required tiny_allocs: u64 = "tinyAllocCount";
        /// Bytes of large objects that were allocated.
        required large_alloc: u64 = "largeAlloc";
        /// Their number.
        required large_allocs: u64 = "largeAllocCount";
        /// Small objects that were allocated, by size class, up to `large_free`.
        required small_allocs: u64 = "smallAllocCount";
        /// Bytes of large objects that were freed.
        required large_free: u64 = "largeFree";
        /// Their number.
        required large_frees: u64 = "largeFreeCount";
        /// Small objects that were freed, by size class, as many.
        required small_frees: u64 = "smallFreeCount";
    }
    /// The heap's spans, by their owner.
    partly Heap heap = "runtime.mheap" {
        /// What guards it: its first field.
        required lock: u64 = "lock";
        /// All spans that there ever were, a `[]*mspan`.
        required all_spans: GoSlice = "allspans";
    }
    /// A run of pages of the heap.
    partly HeapSpan heap_span = "runtime.mspan" {
        /// Where it begins.
        required start: Addr = "startAddr";
        /// Its pages, of 8 KiB each.
        required pages: u64 = "npages";
        /// The objects before this one are allocated.
        required free_index: u16 = "freeindex";
        /// Objects that it has room for.
        required count: u16 = "nelems";
        /// Which objects behind the free index are allocated: a bit for each.
        required alloc_bits: Addr = "allocBits";
        /// Twice the class of its objects' size, and one more where they hold no pointers.
        required class: u8 = "spanclass";
        /// Free, of objects, or of something else.
        required state: u8 = "state.s.value" | "state.s";
        /// Bytes of an object.
        required elem_size: u64 = "elemsize";
        /// What there is to be said of single objects.
        required specials: Addr = "specials";
    }
    /// Something to be said of one object of a span.
    sometimes Special special = "runtime.special" {
        /// That of the next object.
        required next: Addr = "next";
        /// Where in the span the object lies.
        required offset: u16 = "offset";
        /// A finalizer, or what else it is.
        required kind: u8 = "kind";
    }
    /// A special that is an object's finalizer.
    sometimes Finalizer finalizer = "runtime.specialfinalizer" {
        /// Its closure.
        required func: Addr = "fn";
    }
}
