//! The build info blob, wherever it is.

use crate::gofile::{DATA, RODATA, buildinfo, go_file, with};
use gopeek_layout::buildinfo::{BuildInfo, ModuleVersion};
use gopeek_layout::image::Image;
use gopeek_layout::testing::elf::{AMD64, Elf, READ, WRITE};

/// The version that `file` says it was built with.
fn version(file: &[u8]) -> Option<String> {
    let image = Image::parse(file).unwrap();
    BuildInfo::find(&image).map(|info| info.go.raw)
}

#[test]
fn it_is_found_without_sections() {
    let file = go_file(AMD64).build();
    let image = Image::parse(&file).unwrap();
    let info = BuildInfo::find(&image).expect("build info");
    assert_eq!((info.go.minor, info.go.patch), (Some(24), Some(11)));
    assert_eq!(info.path, "example.com/x");
    assert_eq!(
        (info.main, info.deps.len(), info.settings.len()),
        (None, 0, 0)
    );
}

#[test]
fn it_may_lie_in_read_only_data() {
    let blob = buildinfo("go1.21.3", "");
    assert_eq!(version(&with(&blob, &[])).as_deref(), Some("go1.21.3"));
}

#[test]
fn writable_data_is_believed_before_read_only_data() {
    let (text, real) = (buildinfo("go1.19", ""), buildinfo("go1.27.1", ""));
    assert_eq!(version(&with(&text, &real)).as_deref(), Some("go1.27.1"));
}

#[test]
fn a_section_is_believed_before_a_scan() {
    let two = Elf::new(AMD64)
        .load(DATA, READ | WRITE, &buildinfo("go1.19", ""))
        .load(RODATA, READ, &buildinfo("go1.27.1", ""));
    let file = two.clone().section(".go.buildinfo", RODATA, 64).build();
    assert_eq!(version(&file).as_deref(), Some("go1.27.1"));
    let lying = two.section(".go.buildinfo", 0x1234, 64).build();
    assert_eq!(version(&lying).as_deref(), Some("go1.19"));
}

#[test]
fn the_magic_in_the_middle_of_something_else_is_passed_over() {
    let blob = buildinfo("go1.26.2", "");
    // Debuggers, and gopeek, hold the magic as a constant.
    let mut data = b"\0\0\0\0\0\0\0\0\xff Go buildinf:".to_vec();
    data.resize(32, 0);
    data.extend(b"\xff Go buildinf:");
    data.resize(64, 0);
    data.extend(&blob);
    assert_eq!(version(&with(&[], &data)).as_deref(), Some("go1.26.2"));
}

#[test]
fn modules_replacements_and_settings_are_all_there() {
    let text = "path\ta/cmd\nmod\ta\tv1.2.3\th1:x=\ndep\tb\tv2\n=>\tc\tv3\ndep\td\tv4\t\n\
        build\t-ldflags=\"-s -w\"\nbuild\tGOARCH=amd64\nnonsense\n";
    let file = with(&[], &buildinfo("go1.24.11", text));
    let image = Image::parse(&file).unwrap();
    let info = BuildInfo::find(&image).expect("build info");
    let module = |path: &str, version: &str, replace| ModuleVersion {
        path: path.to_owned(),
        version: version.to_owned(),
        replace,
    };
    assert_eq!(info.main, Some(module("a", "v1.2.3", None)));
    let c = Some(Box::new(module("c", "v3", None)));
    assert_eq!(info.deps, [module("b", "v2", c), module("d", "v4", None)]);
    assert_eq!(info.setting("-ldflags"), Some("-s -w"));
    assert_eq!(info.setting("GOARCH"), Some("amd64"));
    assert_eq!(info.setting("GOOS"), None);
}

#[test]
fn a_blob_cut_off_anywhere_is_nothing_or_has_less_in_it() {
    let blob = buildinfo("go1.24.11", "path\ta/b\n");
    let version_end = 32 + 1 + "go1.24.11".len();
    for len in 0..=blob.len() {
        let file = with(&[], &blob[..len]);
        let image = Image::parse(&file).unwrap();
        match BuildInfo::find(&image) {
            None => assert!(len < version_end, "{len} bytes"),
            Some(info) => {
                assert!(len >= version_end, "{len} bytes");
                assert_eq!(info.path.is_empty(), len < blob.len(), "{len} bytes");
            }
        }
    }
}

#[test]
fn pointers_in_place_of_strings_are_of_an_older_go() {
    for flags in [0, 1, 3] {
        let mut blob = buildinfo("go1.24.11", "");
        blob[15] = flags;
        assert_eq!(version(&with(&[], &blob)), None, "flags {flags}");
    }
}
