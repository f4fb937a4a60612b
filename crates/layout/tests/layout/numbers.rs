//! Variable-length numbers and version texts, there and back.

use gopeek_layout::varint::{uvarint, zigzag};
use gopeek_layout::version::GoVersion;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::Config;

/// `encoding/binary.AppendUvarint`.
fn encoded(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// `encoding/binary.AppendVarint`'s first step.
fn zigzagged(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_number_comes_back_with_what_followed_it(value: u64, rest: [u8; 3]) {
        let bytes = [&encoded(value)[..], &rest].concat();
        prop_assert_eq!(uvarint(&bytes), Some((value, &rest[..])));
    }

    #[test]
    fn a_number_that_is_cut_off_is_none(value in 0x80u64..) {
        let bytes = encoded(value);
        for len in 0..bytes.len() {
            prop_assert_eq!(uvarint(&bytes[..len]), None);
        }
    }

    #[test]
    fn a_signed_number_comes_back(value: i64) {
        prop_assert_eq!(zigzag(zigzagged(value)), value);
    }

    #[test]
    fn any_bytes_are_a_number_of_at_most_ten_of_them_or_none(bytes: Vec<u8>) {
        if let Some((_, rest)) = uvarint(&bytes) {
            prop_assert!((1..=10).contains(&(bytes.len() - rest.len())));
        }
    }

    #[test]
    fn a_release_comes_back(minor: u16, patch: u16) {
        let raw = format!("go1.{minor}.{patch}");
        let version = GoVersion::parse(&raw).expect("a release");
        prop_assert_eq!((version.minor, version.patch), (Some(minor), Some(patch)));
        prop_assert_eq!(version.to_string(), raw);
    }

    #[test]
    fn a_patch_too_large_to_be_one_is_none(minor: u16, patch in 0x1_0000u64..) {
        let raw = format!("go1.{minor}.{patch}");
        let version = GoVersion::parse(&raw).expect("a version");
        prop_assert_eq!((version.minor, version.patch), (Some(minor), None));
    }

    #[test]
    fn experiments_come_back(names in proptest::collection::vec("[a-z]{1,12}", 1..4)) {
        for separator in [" ", "-"] {
            let raw = format!("go1.25.1{separator}X:{}", names.join(","));
            let version = GoVersion::parse(&raw).expect("a release");
            prop_assert_eq!(&version.experiments, &names);
            prop_assert_eq!(version.patch, Some(1));
        }
    }

    #[test]
    fn any_text_is_a_version_or_none(raw in any::<String>(), minor in "[0-9]{0,7}") {
        let _ = GoVersion::parse(&raw);
        let text = format!("{raw}go1.{minor}{raw}");
        if let Some(version) = GoVersion::parse(&text) {
            prop_assert_eq!(version.raw, text.trim());
        }
    }
}

#[test]
fn the_ends_of_the_range_zigzag_too() {
    for value in [0, -1, 1, i64::MIN, i64::MAX] {
        assert_eq!(zigzag(zigzagged(value)), value);
    }
}

#[test]
fn what_is_no_release_has_no_patch() {
    for raw in [
        "go1.24-20250101-RC00",
        "go1.24rc1",
        "go1.24-devel_3f2a1b",
        "devel go1.24-3f2a1b Mon Nov 2",
        "devel go1.24.1",
        "go1.24.1-20250101-RC00",
        "go1.24.1beta2",
        "go1.24.",
    ] {
        let version = GoVersion::parse(raw).expect("a version");
        assert_eq!((version.minor, version.patch), (Some(24), None), "{raw}");
    }
}
