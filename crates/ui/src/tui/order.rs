//! By what goroutines are grouped, and which rows come first.

/// What groups have in common.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum By {
    /// Their way through the code and what they do.
    #[default]
    Stack,
    /// The function that people know them by.
    Function,
    /// The `go` statement that made them.
    Creator,
    /// What they do.
    State,
    /// The value of a label.
    Label(Vec<u8>),
}

impl By {
    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        match self {
            By::Stack => "stack",
            By::Function => "func",
            By::Creator => "creator",
            By::State => "state",
            By::Label(key) => std::str::from_utf8(key).unwrap_or("label"),
        }
    }
}

/// Which rows come first.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Sort {
    /// The largest groups; of single goroutines, those that have waited for longest.
    #[default]
    Count,
    /// What has waited for longest.
    Wait,
    /// What grows fastest; of single goroutines, the newest.
    Growth,
    /// By what they do.
    State,
    /// By name.
    Name,
}

impl Sort {
    pub(crate) const ALL: [Sort; 5] = [
        Sort::Count,
        Sort::Wait,
        Sort::Growth,
        Sort::State,
        Sort::Name,
    ];

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Sort::Count => "count",
            Sort::Wait => "wait",
            Sort::Growth => "growth",
            Sort::State => "state",
            Sort::Name => "name",
        }
    }

    /// The one that follows.
    pub(crate) fn next(self) -> Sort {
        let at = Sort::ALL.iter().position(|sort| *sort == self);
        let next = at.and_then(|at| Sort::ALL.get(at + 1));
        next.copied().unwrap_or_default()
    }
}
