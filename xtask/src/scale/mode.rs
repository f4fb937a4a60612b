//! What there is ever more of: the modes of testdata/programs/scale, and how large each is made.

/// A mode.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mode {
    /// What the program calls it.
    pub(super) name: &'static str,
    /// The largest size by default: a look at it takes a few tenths of a second.
    largest: u32,
    /// The largest size that the program can be asked for.
    limit: u32,
}

/// How many sizes there are, each twice the one before.
const STEPS: u32 = 4;
/// How many times as large the large sizes are.
const LARGE: u32 = 8;

const fn mode(name: &'static str, largest: u32) -> Mode {
    Mode {
        name,
        largest,
        limit: u32::MAX,
    }
}

pub(super) const MODES: &[Mode] = &[
    mode("goroutines", 16_000),
    mode("distinct", 12_000),
    mode("deep", 1_000_000),
    mode("recursion", 8_000),
    mode("waiters", 12_000),
    mode("readers", 12_000),
    mode("locks", 12_000),
    mode("groups", 12_000),
    mode("channels", 12_000),
    mode("turns", 12_000),
    mode("relay", 12_000),
    mode("chain", 12_000),
    mode("ring", 12_000),
    mode("pairs", 8_000),
    mode("selects", 4_000),
    mode("pointers", 2_000),
    mode("channel-pointers", 2_000),
    mode("locks-pointers", 2_000),
    mode("defers", 16_000),
    Mode {
        limit: 1 << 16,
        ..mode("array", 8_000)
    },
    Mode {
        limit: 1 << 16,
        ..mode("global-locks", 12_000)
    },
    // reflect.Select takes no more.
    Mode {
        limit: 1 << 16,
        ..mode("cases", 32_000)
    },
    // Few systems let a user have more.
    Mode {
        limit: 8_000,
        ..mode("threads", 1_000)
    },
];

impl Mode {
    /// Sizes to measure at, the smallest first.
    pub(super) fn sizes(&self, large: bool) -> Vec<u32> {
        let factor = if large { LARGE } else { 1 };
        let largest = self.largest.saturating_mul(factor).min(self.limit);
        (0..STEPS).rev().map(|halves| largest >> halves).collect()
    }
}

/// The mode of this name.
pub(super) fn named(name: &str) -> Result<&'static Mode, String> {
    let known = MODES.iter().find(|mode| mode.name == name);
    known.ok_or_else(|| {
        let names: Vec<&str> = MODES.iter().map(|mode| mode.name).collect();
        format!("there are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::{MODES, Mode, mode, named};

    #[test]
    fn sizes_double_up_to_the_largest() {
        assert_eq!(mode("a", 800).sizes(false), [100, 200, 400, 800]);
        assert_eq!(mode("a", 800).sizes(true), [800, 1600, 3200, 6400]);
        let limited = Mode {
            limit: 1600,
            ..mode("a", 800)
        };
        assert_eq!(limited.sizes(true), [200, 400, 800, 1600]);
    }

    #[test]
    fn names_are_unique() {
        for mode in MODES {
            assert_eq!(named(mode.name), Ok(mode));
        }
        assert!(named("nothing").is_err());
    }
}
