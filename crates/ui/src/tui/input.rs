//! A line of text that is being written.

/// The text, and where in it one writes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Input {
    text: String,
    /// In bytes, at the beginning of a character.
    at: usize,
    /// What is wrong with it.
    pub(crate) wrong: Option<String>,
}

impl Input {
    /// One that begins as this text, to be gone on with.
    pub(crate) fn of(text: &str) -> Input {
        Input {
            text: text.to_owned(),
            at: text.len(),
            wrong: None,
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the place where one writes.
    pub(crate) fn before(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    pub(crate) fn write(&mut self, char: char) {
        if !char.is_control() {
            self.text.insert(self.at, char);
            self.at += char.len_utf8();
        }
    }

    pub(crate) fn left(&mut self) {
        self.at -= self.before().chars().next_back().map_or(0, char::len_utf8);
    }

    pub(crate) fn right(&mut self) {
        let after = self.text.get(self.at..).unwrap_or_default();
        self.at += after.chars().next().map_or(0, char::len_utf8);
    }

    pub(crate) fn home(&mut self) {
        self.at = 0;
    }

    pub(crate) fn end(&mut self) {
        self.at = self.text.len();
    }

    /// Deletes the character before.
    pub(crate) fn back(&mut self) {
        if self.at > 0 {
            self.left();
            self.text.remove(self.at);
        }
    }

    /// Deletes the character behind.
    pub(crate) fn delete(&mut self) {
        if self.at < self.text.len() {
            self.text.remove(self.at);
        }
    }

    /// Deletes the word before.
    pub(crate) fn back_word(&mut self) {
        while self.before().ends_with(' ') {
            self.back();
        }
        while !self.before().is_empty() && !self.before().ends_with(' ') {
            self.back();
        }
    }

    /// Deletes all before.
    pub(crate) fn back_all(&mut self) {
        self.text.drain(..self.at);
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::Input;
    use proptest::prelude::*;

    #[test]
    fn a_word_is_deleted_with_what_follows_it() {
        let mut input = Input::of("state=wait and  ");
        input.back_word();
        assert_eq!(input.text(), "state=wait ");
    }

    proptest! {
        #[test]
        fn any_keys_leave_text(keys in prop::collection::vec((0u8..9, any::<char>()), 0..60)) {
            let mut input = Input::of("fn~größe");
            for (key, char) in keys {
                match key {
                    0 => input.left(),
                    1 => input.right(),
                    2 => input.home(),
                    3 => input.end(),
                    4 => input.back(),
                    5 => input.delete(),
                    6 => input.back_word(),
                    7 => input.back_all(),
                    _ => input.write(char),
                }
                prop_assert!(input.text().starts_with(input.before()));
            }
        }
    }
}
