//! Protocol buffers, as far as a profile needs them: numbers, texts, messages.
//!
//! The wire format is that of protobuf.dev/programming-guides/encoding; what is zero or empty is not written.

/// A message in the making.
#[derive(Default)]
pub(super) struct Message(Vec<u8>);

/// Wire types.
const VARINT: u64 = 0;
const LEN: u64 = 2;

impl Message {
    pub(super) fn number(&mut self, field: u64, number: u64) {
        if number != 0 {
            self.tag(field, VARINT);
            self.varint(number);
        }
    }

    /// A signed number; those below zero take ten bytes.
    pub(super) fn signed(&mut self, field: u64, number: i64) {
        self.number(field, number.cast_unsigned());
    }

    pub(super) fn flag(&mut self, field: u64, flag: bool) {
        self.number(field, u64::from(flag));
    }

    pub(super) fn message(&mut self, field: u64, message: &Message) {
        self.bytes(field, &message.0);
    }

    /// Bytes or a text, which may be empty: an empty text has its place in a list of texts.
    pub(super) fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.tag(field, LEN);
        self.varint(u64::try_from(bytes.len()).unwrap_or(0));
        self.0.extend_from_slice(bytes);
    }

    /// Numbers, packed.
    pub(super) fn numbers(&mut self, field: u64, numbers: &[u64]) {
        let mut packed = Message::default();
        for number in numbers {
            packed.varint(*number);
        }
        self.message(field, &packed);
    }

    /// What was written so far.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    fn tag(&mut self, field: u64, wire_type: u64) {
        self.varint(field << 3 | wire_type);
    }

    fn varint(&mut self, mut number: u64) {
        loop {
            let low = (number & 0x7f) as u8;
            number >>= 7;
            if number == 0 {
                return self.0.push(low);
            }
            self.0.push(low | 0x80);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn numbers_are_written_in_groups_of_seven_bits() {
        let mut message = Message::default();
        message.number(1, 150);
        message.number(2, 0);
        message.signed(3, -1);
        let minus_one = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(message.take(), [&[8, 0x96, 1, 24][..], &minus_one].concat());
    }

    #[test]
    fn messages_and_lists_are_told_by_their_length() {
        let (mut outer, mut inner) = (Message::default(), Message::default());
        inner.flag(1, true);
        outer.message(2, &inner);
        outer.numbers(3, &[1, 300]);
        outer.bytes(4, b"");
        let all = [0x12, 2, 8, 1, 0x1a, 3, 1, 0xac, 2, 0x22, 0];
        assert_eq!(outer.take(), all);
    }
}
