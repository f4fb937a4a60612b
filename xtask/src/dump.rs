//! Splits the text of runtime.Stack into goroutines, losing no byte of it.

use anyhow::{Context, Result, bail};

/// One goroutine's block: its header and frames, with the line break that ends each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Block<'a> {
    /// The goroutine's number.
    pub(crate) goid: u64,
    /// All of its bytes.
    pub(crate) text: &'a [u8],
}

/// What separates a block from the next (`tracebackothers`, `runtime/traceback.go`): an empty line.
const BREAK: &[u8] = b"\n\ngoroutine ";
const HEADER: &[u8] = b"goroutine ";

/// The blocks of a dump in their order; joined by `\n` they are the dump again.
///
/// # Errors
/// When the text does not begin with a goroutine's header.
pub(crate) fn split(dump: &[u8]) -> Result<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    let mut rest = dump;
    loop {
        let next = rest.windows(BREAK.len()).position(|window| window == BREAK);
        // The first of the two line breaks ends the block, the second separates.
        let end = next.map_or(rest.len(), |at| at + 1);
        let (text, after) = rest.split_at(end);
        blocks.push(Block {
            goid: goid(text)?,
            text,
        });
        match after.strip_prefix(b"\n") {
            Some(after) => rest = after,
            None => return Ok(blocks),
        }
    }
}

/// The number in `goroutine 17 [chan receive]:`.
fn goid(block: &[u8]) -> Result<u64> {
    let header = block.split(|byte| *byte == b'\n').next().unwrap_or(block);
    let header = String::from_utf8_lossy(header);
    if !block.starts_with(HEADER) {
        bail!("no goroutine's header: {header:?}");
    }
    let number = header.split(' ').nth(1).unwrap_or_default();
    number
        .parse()
        .with_context(|| format!("no goroutine's number in {header:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[u8] = b"goroutine 1 [running]:\nmain.main()\n\t/a/main.go:5 +0x1d\n\n\
                         goroutine 34 [chan receive, 2 minutes]:\nmain.wait()\n";

    #[test]
    fn splits_at_empty_lines_before_headers() {
        let blocks = split(TWO).unwrap();
        let goids: Vec<_> = blocks.iter().map(|block| block.goid).collect();
        assert_eq!(goids, [1, 34]);
        assert!(blocks[0].text.ends_with(b"+0x1d\n"));
    }

    #[test]
    fn loses_no_byte() {
        let odd_ends: [&[u8]; 3] = [b"", b"\n", b"\n\n"];
        for odd in odd_ends {
            let dump = [TWO, odd].concat();
            let texts: Vec<_> = split(&dump)
                .unwrap()
                .iter()
                .map(|block| block.text)
                .collect();
            assert_eq!(texts.join(&b'\n'), dump);
        }
    }

    #[test]
    fn an_empty_line_inside_a_block_does_not_split_it() {
        let dump = b"goroutine 1 [running]:\n\nmain.main()\n";
        assert_eq!(split(dump).unwrap().len(), 1);
    }

    #[test]
    fn refuses_what_is_no_dump() {
        assert!(split(b"").is_err());
        assert!(split(b"warning\ngoroutine 1 [running]:\n").is_err());
        assert!(split(b"goroutine x [running]:\n").is_err());
    }
}
