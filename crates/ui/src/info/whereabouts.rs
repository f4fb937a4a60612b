//! Where the runtime's tables and globals are, and how gopeek found them.

use super::Page;
use crate::assemble::method_name;
use crate::find::Found;
use gopeek_layout::pcheader::FoundBy;
use gopeek_layout::roots::Root;
use serde::Serialize;

/// Addresses in the process.
#[derive(Serialize)]
pub(super) struct Whereabouts {
    /// Where the struct offsets are from.
    offsets: String,
    offsets_exact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<Tables>,
    plugins: Vec<Plugin>,
    globals: Vec<Global>,
}

/// Tables of the module that holds the runtime.
#[derive(Serialize)]
struct Tables {
    pclntab: String,
    pclntab_by: String,
    functions: u64,
    moduledata: String,
    moduledata_by: String,
    code_start: String,
    code_end: String,
}

/// A module that was loaded later.
#[derive(Serialize)]
struct Plugin {
    moduledata: String,
    code_start: String,
    code_end: String,
}

/// A global of the runtime.
#[derive(Serialize)]
struct Global {
    name: &'static str,
    #[serde(flatten)]
    place: Option<Place>,
}

#[derive(Serialize)]
struct Place {
    address: String,
    found_by: &'static str,
}

impl Whereabouts {
    pub(super) fn of(found: &Found<'_>) -> Whereabouts {
        let by = |by: FoundBy| match by {
            FoundBy::Section(name) => format!("section {name}"),
            FoundBy::Bytes => "scan of the file".to_owned(),
        };
        let runtime = found.modules.first().map(|runtime| &runtime.data);
        let plugins = found.modules.iter().skip(1).map(|plugin| &plugin.data);
        let roots = &found.roots;
        let global = |name, root: Option<Root>| Global {
            name,
            place: root.map(|Root { at, by }| Place {
                address: at.to_string(),
                found_by: method_name(by),
            }),
        };
        let mut globals = vec![
            global("allgs", Some(roots.allgs)),
            global("allm", roots.allm),
            global("allp", roots.allp),
            global("fingStatus", roots.finalizer_status),
        ];
        // Only newer releases have it.
        globals.extend(
            roots
                .traceback_labels
                .map(|root| global("tracebacklabels", Some(root))),
        );
        Whereabouts {
            offsets: found.layout.from.to_string(),
            offsets_exact: found.layout.from.is_exact(),
            runtime: runtime.map(|data| Tables {
                pclntab: data.pc_header.to_string(),
                pclntab_by: by(found.pclntab_by),
                functions: data.ftab.len.saturating_sub(1),
                moduledata: data.at.to_string(),
                moduledata_by: by(found.moduledata_by),
                code_start: data.text.to_string(),
                code_end: data.etext.to_string(),
            }),
            plugins: plugins
                .map(|data| Plugin {
                    moduledata: data.at.to_string(),
                    code_start: data.text.to_string(),
                    code_end: data.etext.to_string(),
                })
                .collect(),
            globals,
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        page.line(
            "offsets",
            format!("{}, checked against the process", self.offsets),
        );
        if let Some(tables) = &self.runtime {
            let Tables {
                pclntab,
                pclntab_by,
                functions,
                ..
            } = tables;
            page.line(
                "pclntab",
                format!("{pclntab} by {pclntab_by}, {functions} functions"),
            );
            page.line(
                "moduledata",
                format!("{} by {}", tables.moduledata, tables.moduledata_by),
            );
            page.line(
                "Go code",
                format!("{} to {}", tables.code_start, tables.code_end),
            );
        }
        for plugin in &self.plugins {
            let Plugin {
                moduledata,
                code_start,
                code_end,
            } = plugin;
            page.line(
                "module",
                format!("moduledata {moduledata}, code {code_start} to {code_end}"),
            );
        }
        for Global { name, place } in &self.globals {
            let place = place.as_ref();
            let text = place.map(|place| format!("{} by {}", place.address, place.found_by));
            page.line(name, text.unwrap_or("not found".to_owned()));
        }
    }
}
