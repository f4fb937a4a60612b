//! Functions of an assembly file: from one `TEXT` to the next.

use super::{Found, lines};

/// Finds them. Empty lines and comments at the end of one belong to none.
pub(super) fn find(bytes: &[u8]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut open = false;
    for (at, line) in lines(bytes) {
        if let Some(name) = name(line) {
            found.push((name, at..at + line.len()));
            open = true;
        } else if line.first().is_some_and(|first| b"#GD".contains(first)) {
            // GLOBL, DATA, or the preprocessor's: part of what is around, and not of a function's end.
            open &= !line.starts_with(b"GLOBL") && !line.starts_with(b"DATA");
        } else if let Some((_, span)) = found.last_mut().filter(|_| open)
            && !is_gap(line)
        {
            span.end = at + line.len();
        }
    }
    found
}

/// `memmove` of `TEXT runtime·memmove(SB), NOSPLIT, $0-24`.
fn name(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    let rest = line.strip_prefix("TEXT")?;
    let name = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (name, _) = name.split_once("(SB)")?;
    let name = name.split('<').next()?.replace('·', ".").replace('∕', "/");
    let name = name.strip_prefix("runtime.").unwrap_or(&name);
    Some(name.trim_start_matches('.').to_owned()).filter(|name| !name.is_empty())
}

fn is_gap(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.is_empty() || line.starts_with(b"//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_cut_at_text() {
        let text = "#include \"textflag.h\"\n\n// doc of a\nTEXT ·a(SB),NOSPLIT,$0-8\n\tMOVQ\tAX, BX\n\n\tRET\n\n\
                    // doc of b\nTEXT runtime·b<ABIInternal>(SB),NOSPLIT,$0\n\tRET\nGLOBL x(SB), $8\n\tNOP\n";
        let found = find(text.as_bytes()).into_iter();
        let found: Vec<_> = found
            .map(|(name, span)| (name, text[span].lines().count()))
            .collect();
        assert_eq!(found, [("a".to_owned(), 4), ("b".to_owned(), 2)]);
    }

    #[test]
    fn names_are_as_in_go() {
        assert_eq!(
            name("TEXT sync∕atomic·AddInt32(SB), NOSPLIT, $0".as_bytes()).unwrap(),
            "sync/atomic.AddInt32"
        );
        assert_eq!(name("\tTEXT".as_bytes()), None);
    }
}
