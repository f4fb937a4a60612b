//! Builds the probe with one toolchain for one architecture, and reads the runtime's shape out of it.

use std::fs;

use anyhow::{Context, Result, anyhow};
use gopeek_layout::arch::Arch;
use gopeek_layout::dwarf::DwarfTypes;
use gopeek_layout::enums::Enums;
use gopeek_layout::fields::Fields;
use gopeek_layout::image::Image;

use crate::repo;
use crate::toolchain::Toolchain;

/// What a table holds.
#[derive(PartialEq)]
pub(super) struct Shape {
    pub(super) fields: Fields,
    pub(super) enums: Enums,
}

pub(super) fn read(toolchain: &Toolchain, arch: Arch) -> Result<Shape> {
    let folder = repo::target().join("offsets");
    fs::create_dir_all(&folder)?;
    let binary = folder.join(format!("probe-{}-{arch}", toolchain.version));
    let mut build = toolchain.command();
    build
        .args(["build", "-p", "2", "-o"])
        .arg(&binary)
        .arg("./probe/main.go")
        .env("GOOS", "linux")
        .env("GOARCH", arch.name())
        .env("CGO_ENABLED", "0");
    crate::run::read(&mut build)?;
    let data = fs::read(&binary).with_context(|| format!("read {}", binary.display()))?;
    fs::remove_file(&binary)?;
    let image = Image::parse(&data)?;
    let types = DwarfTypes::read(&data, Fields::has_record)?;
    Ok(Shape {
        fields: Fields::resolve(&types)?,
        enums: Enums::from_binary(&image, &types)
            .map_err(|what| anyhow!("the probe does not show {what}"))?,
    })
}
