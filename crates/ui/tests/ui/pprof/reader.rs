//! Reads a profile: protocol buffers, gzip'd. Every number must lead to something, and be given once.

use flate2::read::GzDecoder;
use std::collections::HashMap;
use std::io::Read;

pub(super) struct Profile {
    pub(super) sample_type: (String, String),
    pub(super) period_type: (String, String),
    pub(super) period: u64,
    pub(super) time_nanos: u64,
    pub(super) samples: Vec<Sample>,
}

pub(super) struct Sample {
    pub(super) stack: Vec<Location>,
    pub(super) count: u64,
    /// `key=value`.
    pub(super) labels: Vec<String>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Location {
    pub(super) address: u64,
    /// `FILE START LIMIT OFFSET BUILD_ID`.
    pub(super) mapping: String,
    pub(super) lines: Vec<Call>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Call {
    pub(super) function: String,
    pub(super) number: u64,
    pub(super) start: u64,
}

/// The fields of a message, by their numbers: a number each, or bytes.
struct Message<'b>(Vec<(u64, Field<'b>)>);

#[derive(Copy, Clone)]
enum Field<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

fn varint(rest: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let (byte, after) = rest.split_first().unwrap();
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

impl<'b> Message<'b> {
    fn read(mut rest: &'b [u8]) -> Message<'b> {
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let tag = varint(&mut rest);
            let value = varint(&mut rest);
            let field = match tag & 7 {
                0 => Field::Number(value),
                2 => {
                    let (bytes, after) = rest.split_at(usize::try_from(value).unwrap());
                    rest = after;
                    Field::Bytes(bytes)
                }
                other => unreachable!("wire type {other}"),
            };
            fields.push((tag >> 3, field));
        }
        Message(fields)
    }

    fn number(&self, field: u64) -> u64 {
        let mut numbers = self.0.iter().filter_map(|(number, value)| match value {
            Field::Number(value) if *number == field => Some(*value),
            _ => None,
        });
        numbers.next().unwrap_or(0)
    }

    fn bytes(&self, field: u64) -> impl Iterator<Item = &'b [u8]> {
        self.0
            .iter()
            .filter_map(move |(number, value)| match value {
                Field::Bytes(value) if *number == field => Some(*value),
                _ => None,
            })
    }

    fn messages(&self, field: u64) -> Vec<Message<'b>> {
        self.bytes(field).map(Message::read).collect()
    }

    fn numbers(&self, field: u64) -> Vec<u64> {
        let mut rest = self.bytes(field).next().unwrap_or_default();
        let mut numbers = Vec::new();
        while !rest.is_empty() {
            numbers.push(varint(&mut rest));
        }
        numbers
    }
}

/// Messages by their ids, which are their first field.
fn by_id(messages: Vec<Message<'_>>) -> HashMap<u64, Message<'_>> {
    let count = messages.len();
    let known: HashMap<_, _> = messages.into_iter().map(|it| (it.number(1), it)).collect();
    assert!(!known.contains_key(&0));
    assert_eq!(known.len(), count, "an id was given twice");
    known
}

pub(super) fn read(packed: &[u8]) -> Profile {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    let profile = Message::read(&bytes);
    let texts: Vec<&str> = profile
        .bytes(6)
        .map(|it| str::from_utf8(it).unwrap())
        .collect();
    assert_eq!(texts[0], "");
    let text = |number: u64| texts[usize::try_from(number).unwrap()].to_owned();
    let value_type = |field| {
        let types = profile.messages(field);
        assert_eq!(types.len(), 1);
        (text(types[0].number(1)), text(types[0].number(2)))
    };
    let mappings = by_id(profile.messages(3));
    let functions = by_id(profile.messages(5));
    let locations = by_id(profile.messages(4));
    let line = |line: &Message<'_>| {
        let function = &functions[&line.number(1)];
        assert_eq!(function.number(2), function.number(3));
        Call {
            function: text(function.number(2)),
            number: line.number(2),
            start: function.number(5),
        }
    };
    let mapping = |id: u64| {
        let Some(mapping) = mappings.get(&id) else {
            assert_eq!(id, 0);
            return String::new();
        };
        let [start, limit, offset] = [2, 3, 4].map(|field| mapping.number(field));
        let (file, build_id) = (text(mapping.number(5)), text(mapping.number(6)));
        assert_eq!([7, 8, 9, 10].map(|field| mapping.number(field)), [1; 4]);
        format!("{file} {start:#x} {limit:#x} {offset:#x} {build_id}")
    };
    let location = |id: &u64| {
        let location = &locations[id];
        Location {
            address: location.number(3),
            mapping: mapping(location.number(2)),
            lines: location.messages(4).iter().map(line).collect(),
        }
    };
    let label = |label: &Message<'_>| {
        let value = match label.number(2) {
            0 => label.number(3).to_string(),
            number => text(number),
        };
        format!("{}={value}", text(label.number(1)))
    };
    let sample = |sample: &Message<'_>| {
        let values = sample.numbers(2);
        assert_eq!(values.len(), 1);
        Sample {
            stack: sample.numbers(1).iter().map(location).collect(),
            count: values[0],
            labels: sample.messages(3).iter().map(label).collect(),
        }
    };
    Profile {
        sample_type: value_type(1),
        period_type: value_type(11),
        period: profile.number(12),
        time_nanos: profile.number(9),
        samples: profile.messages(2).iter().map(sample).collect(),
    }
}
