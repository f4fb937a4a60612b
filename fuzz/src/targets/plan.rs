//! A Go process with damaged memory: what is copied of it, and what is decoded of that.

use crate::go_program::GoProgram;
use crate::memory::World;
use crate::process;
use crate::seeds::scripts;
use arbitrary::{Result, Unstructured};
use gopeek_attach::Snapshot;
use gopeek_layout::arch::Arch;
use gopeek_layout::capture::ThreadStacks;
use gopeek_layout::fields::Fields;
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::heap::Heap;
use gopeek_layout::image::Image;
use gopeek_layout::mem::read_bytes;
use gopeek_layout::moduledata::Module;
use gopeek_layout::roots::{Roots, Search, m_chain};
use gopeek_layout::rules::Rules;
use gopeek_layout::table::Table;
use gopeek_layout::verify::{verify, verify_mostly};
use gopeek_layout::watch::{Records, Watch};
use gopeek_layout::{Addr, Limits, Memory, Plan, Span, allgs, labels, pending, sched, tables};
use gopeek_unwind::start;

/// A few times the largest budget.
pub const MEMORY: usize = 16 << 20;

/// No plan may ask for more in all.
const MAX_BYTES: u64 = 0x2_0000;
/// Every wave asks for something that none has asked for before, a few bytes at least.
const MAX_WAVES: u64 = 10_000;

/// Captures and decodes.
///
/// # Panics
/// When it finds something.
pub fn run(input: &[u8]) {
    // A script that has come to its end goes on with zeroes.
    let _ = act(&mut Unstructured::new(input));
}

fn act(script: &mut Unstructured<'_>) -> Result<()> {
    let all: Vec<&'static Table> = tables::all().collect();
    let table: &Table = script.choose(&all)?;
    let rules = gopeek_layout::rules::rules(table.minor);
    let limits = limits(script)?;
    let scene = Scene {
        fields: table.fields,
        rules,
        limits,
        roots: process::roots(),
        types: process::types(),
    };
    let wishes: u8 = script.arbitrary()?;
    let sps: Result<Vec<u64>> = (0..script.int_in_range(0..=4)?)
        .map(|_| Ok(0x2_0000 + u64::from(script.arbitrary::<u16>()?)))
        .collect();
    let sps: Vec<Addr> = sps?.into_iter().map(Addr::new).collect();
    let mut world = process::world(table.fields, rules);
    world.damage(script)?;

    let mut plan = scene.plan(wishes);
    let got = scene.capture(&mut plan, &world, &sps);
    assert!(plan.looked_at().len() <= plan.goroutines().len());
    for (g, _) in plan.looked_at() {
        let _ = plan.is_whole(&got, *g);
    }
    scene.decode(&got);
    // What is looked at without a stop is read as it comes.
    scene.decode(&world);
    scene.watch(&world, table, wishes);
    scene.search(&world, table);
    Ok(())
}

fn limits(script: &mut Unstructured<'_>) -> Result<Limits> {
    Ok(Limits {
        goroutines: script.int_in_range(0..=12)?,
        threads: script.int_in_range(0..=12)?,
        processors: script.int_in_range(0..=16)?,
        thread_stack_bytes: script.int_in_range(0..=0x1000)?,
        stack_bytes: script.int_in_range(0..=0x4000)?,
        total_bytes: script.int_in_range(0..=MAX_BYTES)?,
        list_len: script.int_in_range(0..=12)?,
        text_bytes: script.int_in_range(0..=0x200)?,
        heap_spans: script.int_in_range(0..=0x200)?,
        heap_specials: script.int_in_range(0..=0x200)?,
        // Some of the index's groups are one span's.
        heap_bytes: script.int_in_range(0..=0x200_0000)?,
    })
}

/// What is known of a process before it is looked at.
struct Scene<'a> {
    fields: &'a Fields,
    rules: &'a Rules,
    limits: Limits,
    roots: Roots,
    types: Vec<Span>,
}

impl Scene<'_> {
    fn plan(&self, wishes: u8) -> Plan<'_> {
        let wishes = |bit: u8| wishes >> bit & 1 != 0;
        if wishes(0) && wishes(1) {
            return Plan::without_stacks(self.fields, self.rules, self.roots, self.limits);
        }
        let mut plan = Plan::new(self.fields, self.rules, self.roots, self.limits);
        if !wishes(2) {
            plan = plan.with_details_of(vec![1, 2, 3], self.types.clone());
        }
        if wishes(3) {
            plan = plan.with_thread_stacks(ThreadStacks::C);
        }
        if wishes(4) {
            plan = plan.expecting(vec![process::m(0), process::m(1), process::m(7)]);
        }
        if wishes(5) {
            plan = plan.after(2);
            plan.add(&[process::g(0), process::g(9)]);
        }
        if wishes(7) {
            plan = plan.without_goroutines();
        }
        plan
    }

    /// Carries a plan out; of what can't be read, what comes before may be had.
    fn capture(&self, plan: &mut Plan<'_>, world: &World, sps: &[Addr]) -> Snapshot {
        let mut got = Snapshot::default();
        let (mut asked, mut waves) = (0u64, 0);
        loop {
            let wave = plan.next(&got, sps);
            if wave.is_empty() {
                assert!(plan.next(&got, sps).is_empty(), "done is done");
                return got;
            }
            waves += 1;
            assert!(waves <= MAX_WAVES, "a plan that does not end");
            for span in wave {
                asked = asked.saturating_add(span.len);
                assert!(asked <= self.limits.total_bytes, "{asked} bytes asked for");
                let before = got.len();
                got.copy_from(world, &[span]);
                if got.len() == before {
                    got.copy_from(world, &[Span::new(span.start, span.len / 2)]);
                }
            }
        }
    }

    fn decode(&self, memory: &dyn Memory) {
        let (fields, rules, limits) = (self.fields, self.rules, self.limits);
        let list_len = usize::try_from(limits.list_len).unwrap_or(0);
        let text = usize::try_from(limits.text_bytes).unwrap_or(0);
        let mut count = 0;
        for goroutine in Goroutines::new(memory, fields, rules, &self.roots, limits) {
            count += 1;
            let Ok(goroutine) = goroutine else { continue };
            assert!(goroutine.labels.len() <= list_len);
            let texts = goroutine.labels.iter().flat_map(|it| [&it.key, &it.value]);
            let lens: Vec<usize> = texts.map(Vec::len).collect();
            assert!(lens.iter().all(|len| *len <= text));
            assert!(lens.iter().sum::<usize>() <= 16 * text);
            assert!(goroutine.ancestors.len() <= list_len);
            for ancestor in &goroutine.ancestors {
                assert!(ancestor.pcs.len() <= text / 8);
            }
            let _ = (goroutine.has_ended(rules), start(&goroutine));
            let pending = pending::read(memory, fields, &self.types, &limits, goroutine.addr);
            assert!(pending.defers.len() <= list_len && pending.panics.len() <= list_len);
        }
        assert!(count <= limits.goroutines);
        let _ = labels::read(memory, fields, rules, &limits, Addr::new(0x5_0000));
        let ms = sched::ms(memory, fields, &self.roots, &limits);
        assert!(ms.len() as u64 <= limits.threads);
        let ps = sched::ps(memory, fields, &self.roots, &limits);
        assert!(ps.len() as u64 <= limits.processors);
        let present = allgs::present(memory, self.roots.allgs.at, limits.goroutines);
        assert!(present.len() as u64 <= limits.goroutines);
        let _ = (
            self.roots.finalizer_runs(memory, rules),
            self.roots.prints_labels(memory),
        );
        let _ = verify(memory, fields, &self.roots, &is_code);
        let _ = verify_mostly(memory, fields, &self.roots, &is_code);
        let _ = m_chain(memory, fields, process::m(0));
    }

    fn watch(&self, world: &World, table: &Table, wishes: u8) {
        let selected = [2];
        let watch = Watch::new(
            &self.fields.g,
            table.enums,
            &selected,
            self.limits.stack_bytes,
        );
        let watch = watch.with_threads(wishes >> 6 & 1 != 0);
        for index in 0..5 {
            let record = read_bytes(world, process::g(index), watch.size());
            for record in [record.unwrap_or_default(), Vec::new()] {
                let _ = watch.key(&record);
                let leads_to = watch.leads_to(&record);
                assert!(leads_to.is_none_or(|span| span.len <= self.limits.stack_bytes));
                let _ = watch.is_still(&record);
            }
        }
    }

    /// Finds the globals where nothing names them.
    fn search(&self, world: &World, table: &Table) {
        thread_local! {
            static PROGRAMS: [Option<(GoProgram, Vec<u8>)>; 2] = [Arch::Amd64, Arch::Arm64].map(|arch| {
                let program = GoProgram::new(arch, 27)?;
                let file = program.elf.build();
                Some((program, file))
            });
        }
        PROGRAMS.with(|programs| {
            let of_arch = programs
                .iter()
                .flatten()
                .find(|(program, _)| program.arch == table.arch);
            let Some((program, file)) = of_arch else {
                return;
            };
            let Ok(image) = Image::parse(file) else {
                return;
            };
            let mut data = program.data;
            (data.bss, data.ebss) = (Addr::new(process::BSS.0), Addr::new(process::BSS.1));
            let module = Module {
                image,
                bias: 0,
                data,
            };
            let code = [0x48, 0x8b, 0x05, 0xf9, 0x0f, 0, 0, 0xc3];
            let search = Search {
                memory: world,
                module: &module,
                fields: self.fields,
                rules: self.rules,
                code: &|name| {
                    name.ends_with("allgadd")
                        .then_some((Addr::new(0), &code[..]))
                },
            };
            let _ = search.run();
            // A heap may be said to be anywhere.
            let found = search.heap().map(|root| root.at);
            for at in [found, Some(data.bss)].into_iter().flatten() {
                let (fields, rules) = (self.fields, self.rules);
                let heap = Heap::read(world, fields, rules, &self.limits, at);
                if let Some(object) = heap.as_ref().and_then(|heap| heap.object_at(at.get())) {
                    let _ = heap.and_then(|heap| heap.bytes(object));
                }
            }
        });
    }
}

fn is_code(at: Addr) -> bool {
    (0x40_0000..0x50_0000).contains(&at.get())
}

/// Scripts for every layout.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let count = u8::try_from(tables::all().count()).unwrap_or(u8::MAX);
    let mut seeds = scripts((0..count).map(|table| vec![table]));
    // One that does no damage: limits as large as they get.
    seeds.extend((0..count).map(|table| [&[table][..], &[0xff; 20], &[0; 8]].concat()));
    seeds
}
