//! The lines of a stack: a call, the place that it is at, and what stands between them.

use super::header::{hex, number};
use gopeek_unwind::pclntab::args::ArgToken;

/// Maximum number of arguments, braces included, that are read of a call. Go prints ten words of five levels.
const MAX_TOKENS: usize = 256;

/// A line of a stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part<'l> {
    /// `main.work(0xc000012080, {0x1, 0x2})`.
    Call(Call<'l>),
    /// `\t/src/main.go:12 +0x1d`.
    Place(Place<'l>),
    /// `created by main.main in goroutine 1`; the goroutine is 0 where the line does not name it.
    Creator { function: &'l str, goroutine: u64 },
    /// `[originating from goroutine 7]:`.
    Ancestor(u64),
    /// `...12 frames elided...`; nothing of a release that does not count them.
    Elided(Option<u64>),
    /// What stands in place of a stack that could not be printed.
    NoStack,
    /// A frame of C, which has no name here.
    Native,
    /// An empty line, which ends a goroutine.
    Empty,
    /// Anything else.
    Other,
}

/// A call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Call<'l> {
    pub(super) function: &'l str,
    pub(super) args: Vec<ArgToken>,
    pub(super) words: Vec<u64>,
}

/// A place in the source.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Place<'l> {
    pub(super) file: &'l str,
    pub(super) line: u32,
    /// Bytes from the function's entry; nothing of a call that was inlined.
    pub(super) offset: Option<u64>,
    /// `fp=`, `sp=` and `pc=`, of a dump that has addresses.
    pub(super) addresses: Option<[u64; 3]>,
}

/// What a line is.
pub(super) fn part(line: &str) -> Part<'_> {
    let text = line.trim();
    let is_indented = line.starts_with([' ', '\t']);
    if text.is_empty() {
        return Part::Empty;
    }
    if text.ends_with("; stack unavailable") {
        return Part::NoStack;
    }
    if is_indented {
        return match place(text) {
            Some(place) => Part::Place(place),
            None if text.starts_with("pc=0x") => Part::Native,
            None => Part::Other,
        };
    }
    if text.starts_with("non-Go function") {
        return Part::Native;
    }
    if let Some(rest) = text.strip_prefix("created by ") {
        let (function, goroutine) = match rest.rsplit_once(" in goroutine ") {
            Some((function, id)) => (function, id.parse().unwrap_or(0)),
            None => (rest, 0),
        };
        return Part::Creator {
            function,
            goroutine,
        };
    }
    let bracketed = text.strip_prefix("[originating from goroutine ");
    if let Some(id) = bracketed.and_then(|rest| rest.strip_suffix("]:")) {
        return id.parse().map_or(Part::Other, Part::Ancestor);
    }
    let elided = text.strip_prefix("...");
    if let Some(rest) = elided.and_then(|rest| rest.strip_suffix(" frames elided...")) {
        return match rest.parse() {
            Ok(count) => Part::Elided(Some(count)),
            Err(_) if rest == "additional" => Part::Elided(None),
            Err(_) => Part::Other,
        };
    }
    call(text).map_or(Part::Other, Part::Call)
}

/// A call: the arguments are what stands in the last pair of parentheses that is not within another.
fn call(text: &str) -> Option<Call<'_>> {
    let inside = text.strip_suffix(')')?;
    let at = inside.rfind('(')?;
    let (function, args) = (inside.get(..at)?, inside.get(at + 1..)?);
    // `(*T).f`, `T[...]` and closures' names have no spaces; type arguments, which have, stand in brackets.
    let plain = function.split('[').next()?;
    if plain.is_empty() || plain.contains(char::is_whitespace) {
        return None;
    }
    let (args, words) = arguments(args)?;
    Some(Call {
        function,
        args,
        words,
    })
}

/// Arguments as `runtime.printArgs` writes them.
fn arguments(text: &str) -> Option<(Vec<ArgToken>, Vec<u64>)> {
    let (mut tokens, mut words) = (Vec::new(), Vec::new());
    let mut open = 0usize;
    let mut rest = text;
    while !rest.is_empty() {
        if tokens.len() >= MAX_TOKENS {
            return None;
        }
        if let Some(behind) = rest.strip_prefix('{') {
            tokens.push(ArgToken::Open);
            open += 1;
            rest = behind;
            continue;
        }
        if let Some(behind) = rest.strip_prefix('}') {
            tokens.push(ArgToken::Close);
            open = open.checked_sub(1)?;
            rest = behind;
        } else {
            let end = rest.find([',', '}']).unwrap_or(rest.len());
            let (item, behind) = rest.split_at(end);
            tokens.push(argument(item, &mut words)?);
            rest = behind;
        }
        rest = rest.strip_prefix(", ").unwrap_or(rest);
    }
    (open == 0).then_some((tokens, words))
}

fn argument(item: &str, words: &mut Vec<u64>) -> Option<ArgToken> {
    Some(match item {
        "..." => ArgToken::Ellipsis,
        "_" => ArgToken::TooFar,
        number => {
            let plain = number.strip_suffix('?');
            words.push(hex(plain.unwrap_or(number)).filter(|_| number != "nil")?);
            // Where it lies among the arguments, and how many bytes of it there are, the text does not say.
            ArgToken::Word {
                offset: 0,
                size: 8,
                live: plain.is_none(),
            }
        }
    })
}

/// `/src/main.go:12 +0x1d fp=0x1 sp=0x2 pc=0x3`.
fn place(text: &str) -> Option<Place<'_>> {
    // A path may have colons and spaces: the line number is what ends the first word behind which only numbers follow.
    let (front, behind) = match text.find(" +0x") {
        Some(at) => text.split_at_checked(at)?,
        None => (text, ""),
    };
    let (file, digits) = front.rsplit_once(':')?;
    let (line, junk) = number(digits)?;
    // A field of a log line may end right behind.
    let is_end = junk.is_empty() || behind.is_empty() && junk.starts_with(['"', ' ', '\'']);
    if file.is_empty() || !is_end {
        return None;
    }
    let mut place = Place {
        file,
        line: u32::try_from(line).ok()?,
        ..Place::default()
    };
    let mut words = behind.split_whitespace();
    if let Some(word) = words.next() {
        let digits = word.strip_prefix("+0x")?;
        let end = digits.find(|c: char| !c.is_ascii_hexdigit());
        let digits = digits.get(..end.unwrap_or(digits.len()))?;
        place.offset = Some(u64::from_str_radix(digits, 16).ok()?);
    } else if let Some((before, addresses)) = front.split_once(" fp=0x") {
        // Of a function that is at its first instruction.
        let (file, line) = before.rsplit_once(':')?;
        place.file = file;
        place.line = line.parse().ok()?;
        place.offset = Some(0);
        place.addresses = self::addresses(&format!("fp=0x{addresses}"));
        return Some(place);
    }
    place.addresses = addresses(behind);
    Some(place)
}

fn addresses(text: &str) -> Option<[u64; 3]> {
    let find = |name: &str| {
        let mut words = text.split_whitespace();
        words.find_map(|word| hex(word.strip_prefix(name)?))
    };
    Some([find("fp=")?, find("sp=")?, find("pc=")?])
}

#[cfg(test)]
mod tests {
    use super::{Part, Place, part};
    use gopeek_unwind::pclntab::args::ArgToken;

    fn call(line: &str) -> (String, Vec<ArgToken>, Vec<u64>) {
        match part(line) {
            Part::Call(call) => (call.function.to_owned(), call.args, call.words),
            other => panic!("{other:?}"),
        }
    }

    fn place(line: &str) -> Place<'_> {
        match part(line) {
            Part::Place(place) => place,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn calls_with_arguments() {
        let word = |live| ArgToken::Word {
            offset: 0,
            size: 8,
            live,
        };
        let (name, args, words) = call("main.(*T[...]).f({0x1, {}, 0x2?}, _, ...)");
        assert_eq!(name, "main.(*T[...]).f");
        let expected = [
            ArgToken::Open,
            word(true),
            ArgToken::Open,
            ArgToken::Close,
            word(false),
            ArgToken::Close,
            ArgToken::TooFar,
            ArgToken::Ellipsis,
        ];
        assert_eq!((&args[..], &words[..]), (&expected[..], &[1, 2][..]));
        assert_eq!(call("main.f()").1, []);
        assert_eq!(
            call("main.Map[go.shape.struct { F int }](...)").0,
            "main.Map[go.shape.struct { F int }]"
        );
        assert_eq!(
            call("example.com/a%2eb.F.func1.2(0x0)").0,
            "example.com/a%2eb.F.func1.2"
        );
    }

    #[test]
    fn places_with_and_without_addresses() {
        let plain = place("\t/a b/c:d/main.go:12 +0x1d");
        assert_eq!(
            (plain.file, plain.line, plain.offset),
            ("/a b/c:d/main.go", 12, Some(0x1d))
        );
        assert_eq!(place("\t/x.go:7").offset, None);
        assert_eq!(place("    C:/go/x.go:7\" level=error").line, 7);
        let full = place("\tx.s:36 +0xe fp=0x10 sp=0x8 pc=0x40");
        assert_eq!(full.addresses, Some([0x10, 8, 0x40]));
        let entry = place("\tx.s:36 fp=0x10 sp=0x8 pc=0x40");
        assert_eq!((entry.file, entry.line, entry.offset), ("x.s", 36, Some(0)));
        assert_eq!(entry.addresses, Some([0x10, 8, 0x40]));
    }

    #[test]
    fn what_stands_between_calls() {
        assert_eq!(part("...12 frames elided..."), Part::Elided(Some(12)));
        assert_eq!(part("...additional frames elided..."), Part::Elided(None));
        assert_eq!(part("[originating from goroutine 7]:"), Part::Ancestor(7));
        assert_eq!(
            part("\tgoroutine running on other thread; stack unavailable"),
            Part::NoStack
        );
        let creator = |function, goroutine| Part::Creator {
            function,
            goroutine,
        };
        assert_eq!(
            part("created by main.main in goroutine 1"),
            creator("main.main", 1)
        );
        assert_eq!(part("created by main.main"), creator("main.main", 0));
        assert_eq!(part("  "), Part::Empty);
        assert_eq!(part("non-Go function"), Part::Native);
        assert_eq!(part("\tpc=0x7f00"), Part::Native);
    }

    #[test]
    fn lines_of_others() {
        for line in [
            "took a while (12 ms)",
            "(x)",
            "main.f(",
            "main.f(}",
            "main.f({)",
            "main.f(x=1)",
            "\tno place",
        ] {
            assert_eq!(part(line), Part::Other, "{line}");
        }
    }
}
