//! A frame's arguments: numbers, braces and commas, as `runtime.printArgs` has them.

use gopeek_unwind::pclntab::args::ArgToken;
use std::io::{self, Write};

/// `runtime.printArgs`. Arguments that could not be read print as `...`.
pub(crate) fn write(
    out: &mut dyn Write,
    tokens: &[ArgToken],
    words: Option<&[u64]>,
) -> io::Result<()> {
    let Some(words) = words else {
        return out.write_all(b"...");
    };
    let mut words = words.iter();
    let mut first = true;
    for token in tokens {
        if !first && *token != ArgToken::Close {
            out.write_all(b", ")?;
        }
        match token {
            ArgToken::Open => out.write_all(b"{")?,
            ArgToken::Close => out.write_all(b"}")?,
            ArgToken::Ellipsis => out.write_all(b"...")?,
            ArgToken::TooFar => out.write_all(b"_")?,
            ArgToken::Word { live, .. } => {
                let word = words.next().copied().unwrap_or(0);
                write_hex(out, word)?;
                if !live {
                    out.write_all(b"?")?;
                }
            }
        }
        first = *token == ArgToken::Open;
    }
    Ok(())
}

/// Whether the braces are balanced and no deeper than `depth`.
pub(super) fn nest_within(tokens: &[ArgToken], depth: usize) -> bool {
    let open = tokens.iter().try_fold(0usize, |open, token| match token {
        ArgToken::Open => Some(open + 1).filter(|open| *open <= depth),
        ArgToken::Close => open.checked_sub(1),
        ArgToken::Ellipsis | ArgToken::TooFar | ArgToken::Word { .. } => Some(open),
    });
    open == Some(0)
}

/// `0x` and the digits: what most of a dump's arguments are, and many times faster than a format string.
fn write_hex(out: &mut dyn Write, word: u64) -> io::Result<()> {
    let mut text = *b"0x0000000000000000";
    let digits = (64 - word.leading_zeros()).div_ceil(4).max(1) as usize;
    let mut rest = word;
    for digit in text[2..2 + digits].iter_mut().rev() {
        *digit = b"0123456789abcdef"[(rest & 0xf) as usize];
        rest >>= 4;
    }
    out.write_all(&text[..2 + digits])
}

#[cfg(test)]
mod tests {
    use super::{nest_within, write, write_hex};
    use gopeek_unwind::pclntab::args::ArgToken;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn words_print_as_a_format_string_would() {
        for word in [0, 1, 0xf, 0x10, 0xc000_0124, u64::MAX] {
            assert_eq!(
                text(|out| write_hex(out, word).unwrap()),
                format!("{word:#x}")
            );
        }
    }

    #[test]
    fn arguments_have_commas_where_the_runtime_puts_them() {
        let word = |live| ArgToken::Word {
            offset: 0,
            size: 8,
            live,
        };
        let tokens = [
            word(true),
            ArgToken::Open,
            ArgToken::Open,
            ArgToken::Close,
            word(false),
            ArgToken::TooFar,
            ArgToken::Close,
            ArgToken::Ellipsis,
        ];
        let printed = text(|out| write(out, &tokens, Some(&[1, 2])).unwrap());
        assert_eq!(printed, "0x1, {{}, 0x2?, _}, ...");
    }

    #[test]
    fn braces_may_be_too_deep_or_not_in_pairs() {
        use ArgToken::{Close, Open, TooFar};
        assert!(nest_within(&[Open, Open, TooFar, Close, Close], 2));
        assert!(nest_within(&[], 0));
        for tokens in [&[Open, Open, Close, Close][..], &[Open], &[Close, Open]] {
            assert!(!nest_within(tokens, 1), "{tokens:?}");
        }
    }

    #[test]
    fn arguments_that_were_not_read_are_not_invented() {
        let tokens = [ArgToken::Word {
            offset: 0,
            size: 8,
            live: true,
        }];
        assert_eq!(text(|out| write(out, &tokens, None).unwrap()), "...");
    }
}
