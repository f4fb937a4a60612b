//! What the name of a Go function says.

/// The path of a function's package: up to the first dot behind the last slash.
pub(super) fn package(function: &str) -> &str {
    // Type arguments have slashes of their own.
    let plain = function.split('[').next().unwrap_or(function);
    let from = plain.rfind('/').map_or(0, |slash| slash + 1);
    let dot = plain[from..]
        .find('.')
        .map_or(plain.len(), |dot| from + dot);
    &plain[..dot]
}

/// `orders.(*Pool)`, `orders.(*List[...])`: whose method a function is.
pub(super) fn method_of(function: &str) -> Option<String> {
    let package = package(function);
    let rest = function.strip_prefix(package)?.strip_prefix('.')?;
    let receiver = rest.strip_prefix("(*")?;
    let end = receiver.find(['[', ')'])?;
    // Tracebacks leave out type arguments, too.
    let arguments = if receiver[end..].starts_with('[') {
        "[...]"
    } else {
        ""
    };
    Some(format!("{package}.(*{}{arguments})", &receiver[..end]))
}

#[cfg(test)]
mod tests {
    use super::{method_of, package};

    #[test]
    fn the_package_of_a_function() {
        for (function, expected) in [
            ("main.main.func1", "main"),
            ("example.com/a/b.(*T).Run", "example.com/a/b"),
            (
                "example.com/a.Map[go.shape.int,example.com/x.K]",
                "example.com/a",
            ),
            ("sync.(*Mutex).Lock", "sync"),
        ] {
            assert_eq!(package(function), expected);
        }
    }

    #[test]
    fn whose_method_a_function_is() {
        let pool = Some("example.com/orders.(*Pool)".to_owned());
        assert_eq!(method_of("example.com/orders.(*Pool).Get.func1"), pool);
        for list in [
            "main.(*List[...]).Push",
            "main.(*List[go.shape.func()]).Push",
        ] {
            assert_eq!(method_of(list).as_deref(), Some("main.(*List[...])"));
        }
        assert_eq!(method_of("example.com/orders.Get"), None);
        assert_eq!(method_of("main.Time.Add"), None);
    }
}
