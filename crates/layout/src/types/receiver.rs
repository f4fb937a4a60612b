//! What the name of a method says of its receiver's type.

/// A type as the names of functions have it: its package's path, and its name in there.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Receiver {
    /// Path of the package: `gopkg.in/yaml.v3`.
    pub package: String,
    /// Name of the type, without type arguments: `Decoder`.
    pub name: String,
    /// Whether the type has type arguments. Tracebacks leave out which: `List[...]`.
    pub generic: bool,
}

impl Receiver {
    /// The type `name` of the package `package`. What follows a bracket in the name is left out.
    #[must_use]
    pub fn new(package: &str, name: &str) -> Receiver {
        let plain = name.split('[').next().unwrap_or(name);
        Receiver {
            package: package.to_owned(),
            name: plain.to_owned(),
            generic: plain.len() < name.len(),
        }
    }

    /// The receiver in the name of a method, or of what was compiled from one: `database/sql.(*DB).conn`,
    /// `database/sql.(*DB)`, `database/sql.(*DB).conn.func1`. `None` for other functions, and for receivers that are no
    /// pointers.
    #[must_use]
    pub fn parse(function: &str) -> Option<Receiver> {
        let package = package(function);
        let rest = function.strip_prefix(package)?.strip_prefix(".(*")?;
        let name = &rest[..end_of_name(rest)?];
        (!name.is_empty()).then(|| Receiver::new(&unescape(package), name))
    }
}

/// Where the name of a receiver ends: at a bracket that no type argument has opened.
fn end_of_name(rest: &str) -> Option<usize> {
    let mut depth = 0u32;
    rest.bytes().position(|byte| {
        match byte {
            b'[' | b'(' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b')' if depth > 0 => depth -= 1,
            b')' => return true,
            _ => {}
        }
        false
    })
}

/// Path of a function's package, as the linker writes it: up to the first dot behind the last slash.
fn package(function: &str) -> &str {
    // Type arguments have slashes of their own.
    let plain = function.split(['[', '(']).next().unwrap_or(function);
    let from = plain.rfind('/').map_or(0, |slash| slash + 1);
    let dot = plain[from..].find('.');
    &plain[..dot.map_or(plain.len(), |dot| from + dot)]
}

/// Undoes the linker's escapes, `%2e` for a dot in a path's last element (`cmd/internal/objabi/path.go`).
fn unescape(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
        let escaped = digit(0).zip(digit(1)).map(|(high, low)| 16 * high + low);
        match escaped.and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::Receiver;

    #[test]
    fn receivers_of_functions() {
        for (function, package, name, generic) in [
            ("database/sql.(*DB).conn", "database/sql", "DB", false),
            ("database/sql.(*DB)", "database/sql", "DB", false),
            ("main.(*Pool).run.func1", "main", "Pool", false),
            (
                "gopkg.in/yaml%2ev3.(*Decoder).Decode",
                "gopkg.in/yaml.v3",
                "Decoder",
                false,
            ),
            (
                "github.com/x/y.(*List[...]).Push",
                "github.com/x/y",
                "List",
                true,
            ),
            ("a.(*Map[string,b/c.(*D)]).Get", "a", "Map", true),
            (
                "a.(*Map[go.shape.struct { x/y.F func() }]).Get",
                "a",
                "Map",
                true,
            ),
        ] {
            let found = Receiver::parse(function).unwrap();
            assert_eq!(
                (&*found.package, &*found.name, found.generic),
                (package, name, generic)
            );
        }
    }

    #[test]
    fn others_have_none() {
        for function in [
            "main.main",
            "time.Time.Add",
            "main.run.func1",
            "a.(*",
            "a.(*).b",
            "",
        ] {
            assert_eq!(Receiver::parse(function), None, "{function}");
        }
    }

    #[test]
    fn what_looks_escaped_and_is_not_stays() {
        assert_eq!(Receiver::parse("a%2.(*T).M").unwrap().package, "a%2");
        assert_eq!(Receiver::parse("a%zz.(*T).M").unwrap().package, "a%zz");
    }
}
