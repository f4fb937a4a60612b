//! DWARF with every shape of type that is read: what hostile tests, and fuzzing, begin with.

use super::dwarf::{CODE, Dwarf, GO_ELEM, op};

/// DWARF with every shape of type that is read, all of them in variables.
pub(super) fn sections(version: u16) -> Vec<(&'static str, Vec<u8>)> {
    let mut dwarf = Dwarf::new(version);
    let int = dwarf.int();
    let byte = dwarf.base("uint8", gimli::DW_ATE_unsigned, 1, 8);
    let string = dwarf.string();
    let link = dwarf.pointer("*T", int);
    let func = dwarf.func("func()");
    let ints = dwarf.slice("[]int", int);
    let texts = dwarf.slice("[]string", string);
    let eface = dwarf.structure("runtime.eface", 16, &[("_type", 0, link)]);
    let any = dwarf.named("interface {}", 20, eface);
    let table = dwarf.structure("abi.ITab", 16, &[("Type", 8, link)]);
    let table = dwarf.pointer("*abi.ITab", table);
    let iface = dwarf.structure("runtime.iface", 16, &[("tab", 0, table)]);
    let error = dwarf.named("error", 20, iface);
    let counts = [
        ("qcount", 0, int),
        ("dataqsiz", 8, int),
        ("closed", 28, int),
    ];
    let channel = dwarf.structure("hchan<int>", 96, &counts);
    let channel = dwarf.pointer("*hchan<int>", channel);
    let channel = dwarf.named("chan int", 18, channel);
    dwarf.refer(channel, GO_ELEM, int);

    let eight = dwarf.array("[8]int", int, 8);
    let hashes = dwarf.array("[8]uint8", byte, 8);
    let overflow = dwarf.pointer("*bucket", int);
    let parts = [
        ("tophash", 0, hashes),
        ("keys", 8, eight),
        ("values", 72, eight),
        ("overflow", 136, overflow),
    ];
    let bucket = dwarf.structure("bucket", 144, &parts);
    dwarf.refer(overflow, gimli::DW_AT_type, bucket);
    let parts = [
        ("count", 0, int),
        ("flags", 8, byte),
        ("B", 9, byte),
        ("buckets", 16, overflow),
        ("oldbuckets", 24, overflow),
    ];
    let header = dwarf.structure("hash", 48, &parts);
    let header = dwarf.pointer("*hash", header);
    let old_map = dwarf.map("map[int]int", int, int, header);

    let slot = dwarf.structure("slot", 16, &[("key", 0, int), ("elem", 8, link)]);
    let slots = dwarf.array("[8]slot", slot, 8);
    let group = dwarf.structure("group", 136, &[("ctrl", 0, int), ("slots", 8, slots)]);
    let group = dwarf.pointer("*group", group);
    let parts = [("data", 0, group), ("lengthMask", 8, int)];
    let reference = dwarf.structure("groupReference", 16, &parts);
    let swiss = dwarf.structure("table", 32, &[("groups", 16, reference)]);
    let swiss = dwarf.pointer("*table", swiss);
    let swiss = dwarf.pointer("**table", swiss);
    let parts = [("used", 0, int), ("dirPtr", 16, swiss), ("dirLen", 24, int)];
    let header = dwarf.structure("map", 48, &parts);
    let header = dwarf.pointer("*map", header);
    let new_map = dwarf.map("map[int]string", int, string, header);

    let all = [
        link, func, ints, texts, any, error, channel, old_map, new_map, eight,
    ];
    let members: Vec<_> = (0..)
        .zip(all)
        .map(|(index, kind)| ("F", index * 24, kind))
        .collect();
    let whole = dwarf.structure("main.T", 240, &members);
    dwarf.refer(link, gimli::DW_AT_type, whole);
    for (offset, kind) in (1..).zip(all.into_iter().chain([whole])) {
        dwarf.descriptor(kind, offset * 8);
    }

    let callee = dwarf.function("main.callee", CODE + 0x100, 0x10);
    let a = dwarf.argument(callee, "a", whole);
    let function = dwarf.function("main.f", CODE, 0x40);
    for kind in all {
        let variable = dwarf.local(function, "v", kind, 5);
        dwarf.fixed(variable, op::at(8));
    }
    let list = vec![
        (CODE, CODE + 8, op::registers(&[3, 2, 1])),
        (CODE + 8, CODE + 0x20, op::at(0)),
    ];
    let escaped = dwarf.local(function, "&w", link, 5);
    dwarf.moving(escaped, list.clone());
    let call = dwarf.within(function, Some(callee), CODE, 0x40);
    let block = dwarf.within(call, None, CODE, 0x40);
    let instance = dwarf.unit.unit.add(block, gimli::DW_TAG_formal_parameter);
    dwarf.refer(instance, gimli::DW_AT_abstract_origin, a);
    dwarf.moving(instance, list);
    dwarf.sections()
}
