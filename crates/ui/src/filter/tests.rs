//! The language: what is read means what it says, and what is refused is refused at its place.

use super::Filter;
use super::ast::{Expr, Term, Text, Than};
use proptest::prelude::*;
use regex::Regex;
use std::time::Duration;

fn refused(text: &str) -> String {
    Filter::parse(text).unwrap_err().to_string()
}

fn expr(text: &str) -> Expr {
    Filter::parse(text).unwrap_or_else(|why| panic!("{why}")).0
}

fn function(part: &str) -> Expr {
    Expr::Is(Term::Function(Text::Contains(part.to_owned())))
}

#[test]
fn or_binds_the_least_and_not_the_most() {
    let not_c = Expr::Not(Box::new(function("c")));
    let all = Expr::All(vec![function("b"), not_c]);
    assert_eq!(
        expr("a or b and not c"),
        Expr::Any(vec![function("a"), all])
    );
    let any = Expr::Any(vec![function("a"), function("b")]);
    assert_eq!(expr("(a or b) and c"), Expr::All(vec![any, function("c")]));
}

#[test]
fn go_names_and_patterns_keep_their_brackets() {
    assert_eq!(expr("main.(*Pool).Get"), function("main.(*Pool).Get"));
    assert_eq!(expr("((*Pool).Get)"), function("(*Pool).Get"));
    for text in [r"fn~^(a|b)\($", r"(fn~^(a|b)\($)", r"( fn ~ ^(a|b)\($ )"] {
        let Expr::Is(Term::Function(Text::Matches(pattern))) = expr(text) else {
            panic!("{text}");
        };
        assert_eq!(pattern.as_str(), r"^(a|b)\($");
    }
}

#[test]
fn a_bracket_takes_nothing_in_that_was_printed_behind_it() {
    let any = Expr::Any(vec![function("*"), function("a")]);
    let all = Expr::All(vec![any, function("b")]);
    assert_eq!(all.to_string(), "(\"*\" or a) and b");
    assert_eq!(expr(&all.to_string()), all);
}

#[test]
fn quotes_hold_blanks_and_what_would_be_a_keyword() {
    let state = |text: &str| Expr::Is(Term::State(Text::Equals(text.to_owned())));
    assert_eq!(expr("state=\"chan receive\""), state("chan receive"));
    assert_eq!(expr(r#"state="a\"b\\c\d""#), state(r#"a"b\c\d"#));
    assert_eq!(expr("\"and\""), function("and"));
    assert_eq!(expr("\"locked\""), function("locked"));
    assert_eq!(expr("locked"), Expr::Is(Term::Locked));
    let label = Term::Label("a key=".to_owned(), Text::Equals("v".to_owned()));
    assert_eq!(expr("label.\"a key=\"=v"), Expr::Is(label));
}

#[test]
fn the_negated_operators_are_not() {
    assert_eq!(expr("id!=5"), expr("not id=5"));
    assert_eq!(expr("state!~^chan"), expr("not state~^chan"));
    assert_eq!(
        expr("wait>=1h30m"),
        Expr::Is(Term::Waited(Than::AtLeast, Duration::from_secs(5400)))
    );
}

#[test]
fn what_is_refused_is_refused_at_its_place() {
    let cases = [
        ("", 0, "missing"),
        ("a and", 5, "missing"),
        ("and a", 0, "missing"),
        ("stat=wait", 0, "no field"),
        ("state=chan receive", 11, "quotes"),
        ("a && b", 2, "\"and\""),
        ("a AND b", 2, "\"and\""),
        ("wait=5m", 4, "wait takes"),
        ("wait>soon", 5, "no time"),
        ("wait>", 5, "a value is missing"),
        ("(wait>)", 6, "a value is missing"),
        ("id>5", 2, "id takes"),
        ("id=x", 3, "no number"),
        ("on=c000", 3, "no address"),
        ("on=0x+1", 3, "no address"),
        ("locked=1", 6, "alone"),
        ("label.=1", 0, "a key"),
        ("(a or b", 0, "never closed"),
        ("a) or b", 1, "closes nothing"),
        ("a \"b", 2, "never closed"),
        ("=5", 0, "a field is missing"),
        ("fn~a[", 3, "no regular expression: unclosed"),
        ("ä and fn~[", 9, "no regular expression"),
        ("\"\"", 0, "empty"),
    ];
    for (text, column, what) in cases {
        let why = Filter::parse(text).unwrap_err();
        assert_eq!(why.column(), column, "{text}: {why}");
        assert!(why.what().contains(what), "{text}: {why}");
    }
    assert_eq!(
        refused("a and wait=5m"),
        "wait takes <, <=, > or >=\n  a and wait=5m\n            ^"
    );
}

#[test]
fn brackets_in_brackets_come_to_an_end() {
    let deep = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(expr(&deep(60)), function("a"));
    assert!(refused(&deep(100_000)).contains("too many"));
    assert!(refused(&"not ".repeat(100_000)).contains("too many"));
    assert!(Filter::parse(&vec!["a"; 100_000].join(" and ")).is_ok());
}

fn text() -> impl Strategy<Value = Text> {
    let texts = prop_oneof!["[a-z ()\"\\\\=.*]{0,6}", any::<String>()];
    prop_oneof![
        texts.clone().prop_map(Text::Equals),
        texts.prop_map(|text| {
            let escaped = regex::escape(&text);
            Text::Matches(Regex::new(&escaped).unwrap())
        }),
    ]
}

fn term() -> impl Strategy<Value = Term> {
    let words = prop_oneof![
        "[a-z(*).]{1,6}",
        Just("and".to_owned()),
        Just("||".to_owned()),
        Just("idle".to_owned()),
        any::<String>().prop_filter("a word", |word| !word.is_empty()),
    ];
    let than = prop_oneof![
        Just(Than::Less),
        Just(Than::AtMost),
        Just(Than::More),
        Just(Than::AtLeast)
    ];
    let time = prop_oneof![
        any::<u32>().prop_map(|it| Duration::from_secs(it.into())),
        any::<u64>().prop_map(Duration::from_nanos),
    ];
    prop_oneof![
        words
            .clone()
            .prop_map(|word| Term::Function(Text::Contains(word))),
        text().prop_map(Term::Function),
        text().prop_map(Term::State),
        text().prop_map(Term::File),
        text().prop_map(Term::Created),
        (words, text()).prop_map(|(key, text)| Term::Label(key, text)),
        any::<u64>().prop_map(Term::Id),
        any::<u64>().prop_map(Term::Parent),
        any::<u64>().prop_map(Term::Tid),
        any::<u64>().prop_map(Term::On),
        (than, time).prop_map(|(than, time)| Term::Waited(than, time)),
        Just(Term::Locked),
        Just(Term::System),
        Just(Term::Idle),
    ]
}

fn exprs() -> impl Strategy<Value = Expr> {
    term().prop_map(Expr::Is).prop_recursive(4, 24, 4, |inner| {
        let many = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            inner.clone().prop_map(|it| Expr::Not(Box::new(it))),
            many().prop_map(Expr::All),
            many().prop_map(Expr::Any),
        ]
    })
}

/// Bits of the language in any order.
fn scraps() -> impl Strategy<Value = String> {
    let scraps = prop_oneof![
        "(and|or|not|\\(|\\)|\"|\\\\| |=|!=|~|<|>=|!)",
        "(state|wait|fn|label\\.|id|on|idle|5m|0x1|ä|\t)",
    ];
    prop::collection::vec(scraps, 0..12).prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn what_is_printed_means_the_same(expr in exprs()) {
        let printed = expr.to_string();
        let read = Filter::parse(&printed);
        prop_assert!(read.is_ok(), "{}: {}", printed, read.unwrap_err());
        prop_assert_eq!(read.unwrap().0, expr, "{}", printed);
    }

    #[test]
    fn any_text_is_read_or_refused_within_it(text in prop_oneof![scraps(), any::<String>()]) {
        match Filter::parse(&text) {
            Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter)),
            Err(why) => prop_assert!(why.column() <= text.chars().count(), "{}", why),
        }
    }
}
