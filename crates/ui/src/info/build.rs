//! The binary, and what it was built from.

use super::Page;
use crate::find::Found;
use gopeek_layout::buildinfo::{BuildInfo, ModuleVersion};
use gopeek_layout::image::Image;
use serde::Serialize;

/// Settings that come first, because an incident begins with the question which commit runs.
const VCS: [&str; 4] = ["vcs", "vcs.revision", "vcs.time", "vcs.modified"];

/// The binary that holds the Go runtime.
#[derive(Serialize)]
pub(super) struct Binary {
    arch: &'static str,
    os: String,
    position_independent: bool,
    stripped: bool,
    bytes: usize,
}

/// What Go's linker wrote into the binary.
#[derive(Serialize)]
pub(super) struct Build {
    go_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    main_package: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<Module>,
    settings: Vec<Setting>,
    dependencies: Vec<Module>,
}

/// One setting of the build, such as `-ldflags` or `vcs.revision`.
#[derive(Serialize)]
struct Setting {
    name: String,
    value: String,
}

/// A module and its version.
#[derive(Serialize)]
struct Module {
    path: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<Box<Module>>,
}

impl Binary {
    pub(super) fn of(found: &Found<'_>) -> Binary {
        let image = found.modules.first().map(|module| &module.image);
        Binary {
            arch: found.arch.name(),
            os: found.build.setting("GOOS").unwrap_or("linux").to_owned(),
            position_independent: image.is_some_and(Image::is_relocatable),
            stripped: found.stripped,
            bytes: image.map_or(0, |image| image.data().len()),
        }
    }

    pub(super) fn write(&self, build: &Build, page: &mut Page) {
        page.line("Go", &build.go_version);
        let kind = if self.position_independent {
            "position-independent"
        } else {
            "fixed address"
        };
        let symbols = if self.stripped {
            "stripped"
        } else {
            "with symbols"
        };
        let Binary {
            os, arch, bytes, ..
        } = self;
        page.line(
            "binary",
            format!("{os}/{arch}, {kind}, {symbols}, {bytes} bytes"),
        );
    }
}

impl Build {
    pub(super) fn of(build: &BuildInfo) -> Build {
        let settings = build.settings.iter().map(|(name, value)| Setting {
            name: name.clone(),
            value: value.clone(),
        });
        Build {
            go_version: build.go.raw.clone(),
            main_package: build.path.clone(),
            module: build.main.as_ref().map(Module::of),
            settings: settings.collect(),
            dependencies: build.deps.iter().map(Module::of).collect(),
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        if !self.main_package.is_empty() {
            page.line("main package", &self.main_package);
        }
        if let Some(main) = &self.module {
            page.line("module", main.text());
        }
        let named = |name: &&str| self.settings.iter().find(|setting| setting.name == *name);
        for setting in VCS.iter().filter_map(named) {
            page.line(&setting.name, &setting.value);
        }
        let others = self.settings.iter();
        for Setting { name, value } in
            others.filter(|setting| !VCS.contains(&setting.name.as_str()))
        {
            page.line("build", format!("{name}={value}"));
        }
        for dependency in &self.dependencies {
            page.line("dependency", dependency.text());
        }
    }
}

impl Module {
    fn of(module: &ModuleVersion) -> Module {
        Module {
            path: module.path.clone(),
            version: module.version.clone(),
            replaced_by: module.replace.as_ref().map(|by| Box::new(Module::of(by))),
        }
    }

    fn text(&self) -> String {
        let by = self.replaced_by.as_ref();
        let by = by.map(|by| format!("  (replaced by {} {})", by.path, by.version));
        format!("{} {}{}", self.path, self.version, by.unwrap_or_default())
    }
}
