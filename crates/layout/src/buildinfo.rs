//! The build information that the linker leaves in every Go binary: version, module, dependencies, settings.

use crate::addr::Addr;
use crate::image::Image;
use crate::varint::uvarint;
use crate::version::GoVersion;
use memchr::memmem;

const MAGIC: &[u8] = b"\xff Go buildinf:";
const ALIGN: u64 = 16;
const HEADER_LEN: usize = 32;
/// `debug/buildinfo`: the strings follow the header (1.18 and later), rather than pointers to them.
const INLINE_STRINGS: u8 = 2;
const BIG_ENDIAN: u8 = 1;
/// Maximum length of a version, in bytes: several times the longest that is known, with all experiments.
const MAX_VERSION: usize = 256;
/// The 16 bytes before and after the module text, by which `runtime/debug` marks it.
const SENTINEL_LEN: usize = 16;

/// A module: the main one or a dependency.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ModuleVersion {
    /// Its path.
    pub path: String,
    /// Its version; `(devel)` for a main module that was built from a work tree.
    pub version: String,
    /// The module that stands in for it.
    pub replace: Option<Box<ModuleVersion>>,
}

/// What `go version -m` prints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BuildInfo {
    /// The toolchain.
    pub go: GoVersion,
    /// Import path of the main package; empty in a binary built without modules.
    pub path: String,
    /// The main module.
    pub main: Option<ModuleVersion>,
    /// Everything else that was linked.
    pub deps: Vec<ModuleVersion>,
    /// `-ldflags`, `CGO_ENABLED`, `GOARCH`, `vcs.revision`, ... in the binary's order.
    pub settings: Vec<(String, String)>,
}

impl BuildInfo {
    /// Finds and reads it; nothing where the file has none that can be read. One whose version is spelled as Go's is believed
    /// before others.
    #[must_use]
    pub fn find(image: &Image<'_>) -> Option<BuildInfo> {
        let mut other = None;
        for info in candidates(image).filter_map(parse) {
            if info.go.is_gos {
                return Some(info);
            }
            other.get_or_insert(info);
        }
        other
    }

    /// The first blob in these bytes, which need not be a file's: memory that a core has of one.
    #[must_use]
    pub fn find_in(bytes: &[u8]) -> Option<BuildInfo> {
        memmem::find_iter(bytes, MAGIC).find_map(|at| parse(bytes.get(at..)?))
    }

    /// The build information of a program that has none.
    #[must_use]
    pub fn unknown() -> BuildInfo {
        BuildInfo::of(GoVersion::read("unknown"))
    }

    fn of(go: GoVersion) -> BuildInfo {
        BuildInfo {
            go,
            path: String::new(),
            main: None,
            deps: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// The value of the setting `key`.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }
}

/// Whether these bytes, of a file of any machine, hold the build information of a Go program, whichever release that is of.
#[must_use]
pub fn is_marked(bytes: &[u8]) -> bool {
    let mut marks = memmem::find_iter(bytes, MAGIC);
    marks.any(|at| {
        let blob = bytes.get(at..).unwrap_or_default();
        let is_aligned = u64::try_from(at).is_ok_and(|at| at.is_multiple_of(ALIGN));
        let (size, flags) = (blob.get(14), blob.get(15));
        let inline = flags.is_some_and(|flags| flags & INLINE_STRINGS != 0);
        let version = || string(blob.get(HEADER_LEN..)?).and_then(|(text, _)| plausible(text));
        is_aligned
            && size.is_some_and(|size| [4, 8].contains(size))
            && flags.is_some_and(|flags| *flags <= (BIG_ENDIAN | INLINE_STRINGS))
            && (!inline || version().is_some())
    })
}

/// The places where the blob may start, most likely first.
fn candidates<'d>(image: &Image<'d>) -> impl Iterator<Item = &'d [u8]> {
    let section = image
        .section(".go.buildinfo")
        .and_then(|section| image.bytes_from(section.start));
    let (writable, other): (Vec<_>, Vec<_>) = image
        .segments()
        .iter()
        .copied()
        .partition(|segment| segment.writable);
    let scanned = writable.into_iter().chain(other).flat_map(|segment| {
        memmem::find_iter(segment.bytes, MAGIC)
            .filter(move |&at| {
                u64::try_from(at)
                    .ok()
                    .and_then(|at| segment.start.checked_add(at))
                    .is_some_and(|at: Addr| at.is_aligned(ALIGN))
            })
            .filter_map(move |at| segment.bytes.get(at..))
            .collect::<Vec<_>>()
    });
    section.into_iter().chain(scanned)
}

fn parse(blob: &[u8]) -> Option<BuildInfo> {
    let header = blob.get(..HEADER_LEN)?;
    if !header.starts_with(MAGIC)
        || header[15] & BIG_ENDIAN != 0
        || header[15] & INLINE_STRINGS == 0
    {
        return None;
    }
    let (version, rest) = string(blob.get(HEADER_LEN..)?)?;
    let go = GoVersion::read(plausible(version)?);
    let text = string(rest)
        .and_then(|(text, _)| text.get(SENTINEL_LEN..text.len().checked_sub(SENTINEL_LEN)?))
        .map(String::from_utf8_lossy)
        .unwrap_or_default();
    let mut info = BuildInfo::of(go);
    for line in text.lines() {
        info.line(line);
    }
    Some(info)
}

/// The text of a version: a toolchain's own may be any, but it is a short line.
fn plausible(version: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(version).ok()?;
    let is_line = !text.trim().is_empty() && !text.contains(char::is_control);
    (text.len() <= MAX_VERSION && is_line).then_some(text)
}

/// A string behind its length as a varint, and what follows it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = uvarint(bytes)?;
    rest.split_at_checked(usize::try_from(len).ok()?)
}

impl BuildInfo {
    /// One line of the module text: a keyword, then tab-separated fields (`runtime/debug.ParseBuildInfo`).
    fn line(&mut self, line: &str) {
        let Some((key, rest)) = line.split_once('\t') else {
            return;
        };
        match key {
            "path" => rest.clone_into(&mut self.path),
            "mod" => self.main = Some(module(rest)),
            "dep" => self.deps.push(module(rest)),
            "=>" => {
                if let Some(last) = self.deps.last_mut().or(self.main.as_mut()) {
                    last.replace = Some(Box::new(module(rest)));
                }
            }
            "build" => {
                if let Some((key, value)) = setting(rest) {
                    self.settings.push((key, value));
                }
            }
            _ => {}
        }
    }
}

fn module(fields: &str) -> ModuleVersion {
    let mut fields = fields.split('\t').map(String::from);
    ModuleVersion {
        path: fields.next().unwrap_or_default(),
        version: fields.next().unwrap_or_default(),
        replace: None,
    }
}

/// `key=value`, either side quoted as a Go string where it has blanks, quotes or backquotes.
fn setting(text: &str) -> Option<(String, String)> {
    let (key, rest) = match text.strip_prefix('"') {
        Some(quoted) => {
            let end = quoted.find('"')?;
            (&quoted[..end], quoted[end + 1..].strip_prefix('=')?)
        }
        None => text.split_once('=')?,
    };
    let value = match rest
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => rest.trim_matches('`').to_owned(),
    };
    Some((key.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::{BuildInfo, MAGIC, parse, setting};

    fn blob(version: &str, text: &str) -> Vec<u8> {
        let mut blob = MAGIC.to_vec();
        blob.extend([8, 2]);
        blob.resize(32, 0);
        let framed = format!("0123456789abcdef{text}0123456789abcdef");
        for part in [version, &framed] {
            assert!(part.len() < 128, "one-byte varint");
            blob.push(u8::try_from(part.len()).unwrap_or_default());
            blob.extend(part.as_bytes());
        }
        blob
    }

    #[test]
    fn version_module_and_settings() {
        let info = parse(&blob(
            "go1.24.11",
            "path\ta/b\nmod\ta\tv1\nbuild\t-tags=x\n=>\tc\tv2\n",
        ));
        let info = info.expect("a whole blob");
        assert_eq!((info.go.minor, info.path.as_str()), (Some(24), "a/b"));
        assert_eq!(info.setting("-tags"), Some("x"));
        let main = info.main.expect("a main module");
        assert_eq!(
            (main.path.as_str(), main.replace.map(|r| r.path)),
            ("a", Some("c".to_owned()))
        );
    }

    #[test]
    fn a_blob_is_found_among_other_bytes() {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(blob("go1.26.8", ""));
        let found = BuildInfo::find_in(&bytes).expect("one");
        assert_eq!(found.go.raw, "go1.26.8");
        assert!(BuildInfo::find_in(b"nothing").is_none());
    }

    #[test]
    fn cut_or_foreign_blobs_are_nothing() {
        let whole = blob("go1.24.11", "");
        for len in 0..41 {
            assert_eq!(parse(&whole[..len]), None, "cut to {len} bytes");
        }
        for none in ["", "  ", "go1.24\x1b[2J"] {
            assert!(parse(&blob(none, "")).is_none(), "{none:?}");
        }
    }

    #[test]
    fn a_version_that_is_not_gos_is_kept_as_it_is() {
        let info = parse(&blob("v1.26.8-corp", "path\ta/b\n")).expect("a whole blob");
        assert_eq!(
            (info.go.raw.as_str(), info.go.is_gos),
            ("v1.26.8-corp", false)
        );
        assert_eq!(info.path, "a/b");
    }

    #[test]
    fn quoted_settings() {
        let pair = |k: &str, v: &str| Some((k.to_owned(), v.to_owned()));
        assert_eq!(setting("-ldflags=\"-s -w\""), pair("-ldflags", "-s -w"));
        assert_eq!(setting("vcs.modified=true"), pair("vcs.modified", "true"));
        assert_eq!(setting("no equals"), None);
    }
}
