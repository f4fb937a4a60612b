//! Any bytes as the build information in an executable, and as a version.

use crate::gofile::buildinfo;
use gopeek_layout::buildinfo::BuildInfo;
use gopeek_layout::choose::candidates;
use gopeek_layout::image::Image;
use gopeek_layout::testing::elf::{AMD64, Elf, READ, WRITE};
use gopeek_layout::version::GoVersion;

/// Hardly more than the input.
pub const MEMORY: usize = 16 << 20;

/// Reads build information.
///
/// # Panics
/// When it finds something.
pub fn run(input: &[u8]) {
    let file = Elf::new(AMD64).load(0x60_0000, READ | WRITE, input).build();
    let image = Image::parse(&file).expect("a good file");
    if let Some(info) = BuildInfo::find(&image) {
        check(&info.go);
        assert!(info.deps.len() <= input.len() && info.settings.len() <= input.len());
        let _ = info.setting("-ldflags");
        assert!(candidates(&info.go, &image).next().is_some());
    }
    let text = String::from_utf8_lossy(input);
    if let Some(version) = GoVersion::parse(&text) {
        check(&version);
        assert!(candidates(&version, &image).next().is_some());
    }
}

fn check(version: &GoVersion) {
    // Other spellings are only a hint, and are quoted.
    assert!(!version.is_gos || version.raw.contains("go1."));
    assert!(version.to_string() == version.raw);
    assert!(version.experiments.iter().all(|name| !name.is_empty()));
}

/// Versions, and what stands around them in executables.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let text = "path\texample.com/x\nmod\texample.com/x\tv1.2.3\nbuild\t\"a b\"=\"c \\\"d\\\"\"\nbuild\t-tags=`x`\n";
    let versions = [
        "go1.24.11",
        "go1.26.6-X:goroutineleakprofile",
        "devel go1.28-3f2a1b Mon Nov 2",
        "go1.22.2 (Red Hat 1.22.2-1.el9) X:a,b c",
    ];
    let bare = versions.iter().map(|version| version.as_bytes().to_vec());
    let framed = versions.iter().map(|version| buildinfo(version, text));
    bare.chain(framed).collect()
}
