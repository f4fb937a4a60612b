//! One spelling for functions that have several: bundled, vendored, forked, generic.

use std::borrow::Cow;

/// Packages that are the same library under another path, by the beginnings of their functions' names.
const ALIASES: &[(&str, &str)] = &[
    ("net/http.(*http2", "golang.org/x/net/http2.(*"),
    ("net/http/internal/http2.", "golang.org/x/net/http2."),
    (
        "github.com/go-redis/redis/v8/",
        "github.com/redis/go-redis/v9/",
    ),
    (
        "github.com/go-redis/redis/v8.",
        "github.com/redis/go-redis/v9.",
    ),
    ("internal/sync.(*Mutex)", "sync.(*Mutex)"),
];

/// The name of a function as the table has it: without a vendor folder, without type arguments, in the library's own path.
pub(super) fn canonical(function: &str) -> Cow<'_, str> {
    let own = match function.rfind("/vendor/") {
        Some(at) => &function[at + "/vendor/".len()..],
        None => function.strip_prefix("vendor/").unwrap_or(function),
    };
    let plain = without_type_arguments(own);
    let alias = ALIASES
        .iter()
        .find_map(|(from, to)| Some((to, plain.strip_prefix(from)?)));
    match alias {
        Some((to, rest)) => Cow::Owned(format!("{to}{rest}")),
        None => plain,
    }
}

/// `pkg.(*Pool[go.shape.int]).Get` as `pkg.(*Pool).Get`.
fn without_type_arguments(name: &str) -> Cow<'_, str> {
    let Some(from) = name.find('[') else {
        return Cow::Borrowed(name);
    };
    let Some(to) = name.rfind(']').filter(|to| *to > from) else {
        return Cow::Borrowed(name);
    };
    Cow::Owned(format!("{}{}", &name[..from], &name[to + 1..]))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn one_spelling() {
        for (function, expected) in [
            ("database/sql.(*DB).conn", "database/sql.(*DB).conn"),
            (
                "net/http.(*http2ClientConn).RoundTrip",
                "golang.org/x/net/http2.(*ClientConn).RoundTrip",
            ),
            (
                "net/http/internal/http2.(*clientStream).doRequest",
                "golang.org/x/net/http2.(*clientStream).doRequest",
            ),
            (
                "example.com/app/vendor/google.golang.org/grpc.(*clientStream).RecvMsg",
                "google.golang.org/grpc.(*clientStream).RecvMsg",
            ),
            (
                "github.com/jackc/puddle/v2.(*Pool[go.shape.*uint8]).acquire",
                "github.com/jackc/puddle/v2.(*Pool).acquire",
            ),
            ("main.Map[go.shape.int].func1", "main.Map.func1"),
            ("main.odd]name[", "main.odd]name["),
        ] {
            assert_eq!(canonical(function), expected);
        }
    }
}
