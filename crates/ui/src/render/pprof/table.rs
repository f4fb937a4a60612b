//! What the samples of a profile have in common, each once: texts, functions, locations.

use super::field::{function, line, location, mapping, profile};
use super::proto::Message;
use crate::render::profiled::{Call, Id, Physical};
use crate::report::{CodeFile, Report};
use std::collections::HashMap;

/// A profile in the making, its samples aside.
pub(super) struct Table<'r> {
    files: &'r [CodeFile],
    texts: HashMap<String, u64>,
    /// In the order of their numbers.
    ordered: Vec<String>,
    functions: HashMap<(u64, u64, u32), u64>,
    locations: HashMap<Id, u64>,
    out: Message,
}

impl<'r> Table<'r> {
    /// One that has the target's files.
    pub(super) fn of(report: &'r Report) -> Table<'r> {
        let mut table = Table {
            files: &report.target.files,
            texts: HashMap::new(),
            ordered: Vec::new(),
            functions: HashMap::new(),
            locations: HashMap::new(),
            out: Message::default(),
        };
        // The first text is the empty one, by which what is absent is told.
        table.text("");
        for (id, file) in (1..).zip(table.files) {
            table.mapping(id, file);
        }
        table
    }

    fn mapping(&mut self, id: u64, file: &CodeFile) {
        let mut message = Message::default();
        message.number(mapping::ID, id);
        message.number(mapping::START, file.start);
        message.number(mapping::LIMIT, file.limit);
        message.number(mapping::OFFSET, file.offset);
        message.number(mapping::FILENAME, self.text(&file.path));
        let build_id = file.build_id.as_deref().unwrap_or_default();
        message.number(mapping::BUILD_ID, self.text(build_id));
        // Nothing is left for a reader to look up in the file.
        message.flag(mapping::HAS_FUNCTIONS, true);
        message.flag(mapping::HAS_FILENAMES, true);
        message.flag(mapping::HAS_LINE_NUMBERS, true);
        message.flag(mapping::HAS_INLINE_FRAMES, true);
        self.out.message(profile::MAPPING, &message);
    }

    /// The number of a text.
    pub(super) fn text(&mut self, text: &str) -> u64 {
        if let Some(known) = self.texts.get(text) {
            return *known;
        }
        let number = u64::try_from(self.ordered.len()).unwrap_or(0);
        self.texts.insert(text.to_owned(), number);
        self.ordered.push(text.to_owned());
        number
    }

    /// The number of the location of a frame.
    pub(super) fn location(&mut self, frame: &Physical<'_>) -> u64 {
        if let Some(known) = self.locations.get(&frame.id) {
            return *known;
        }
        let id = u64::try_from(self.locations.len() + 1).unwrap_or(0);
        let mut message = Message::default();
        message.number(location::ID, id);
        let is_in = |file: &CodeFile| (file.start..file.limit).contains(&frame.address);
        let file = (1..).zip(self.files).find(|(_, file)| is_in(file));
        message.number(location::MAPPING_ID, file.map_or(0, |(id, _)| id));
        message.number(location::ADDRESS, frame.address);
        for call in &frame.calls {
            let mut inner = Message::default();
            inner.number(line::FUNCTION_ID, self.function(call));
            inner.number(line::LINE, u64::from(call.line));
            message.message(location::LINE, &inner);
        }
        self.out.message(profile::LOCATION, &message);
        self.locations.insert(frame.id, id);
        id
    }

    fn function(&mut self, call: &Call<'_>) -> u64 {
        let (name, file) = (self.text(&call.name), self.text(call.file));
        let key = (name, file, call.start_line);
        if let Some(known) = self.functions.get(&key) {
            return *known;
        }
        let id = u64::try_from(self.functions.len() + 1).unwrap_or(0);
        let mut message = Message::default();
        message.number(function::ID, id);
        message.number(function::NAME, name);
        message.number(function::SYSTEM_NAME, name);
        message.number(function::FILENAME, file);
        message.number(function::START_LINE, u64::from(call.start_line));
        self.out.message(profile::FUNCTION, &message);
        self.functions.insert(key, id);
        id
    }

    /// All of it.
    pub(super) fn finish(mut self) -> Vec<u8> {
        for text in &self.ordered {
            self.out.bytes(profile::STRING_TABLE, text.as_bytes());
        }
        self.out.take()
    }
}
