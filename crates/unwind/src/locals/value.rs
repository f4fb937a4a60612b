//! A variable's value, as a tree of plain data.

use gopeek_layout::Addr;
use std::sync::Arc;

/// A value. Types are named where Go's own notation names them.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A bool.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// An uintptr.
    Uintptr(u64),
    /// A float32.
    Float32(f32),
    /// A float64.
    Float64(f64),
    /// A complex64.
    Complex64(f32, f32),
    /// A complex128.
    Complex128(f64, f64),
    /// A string.
    Text(Text),
    /// A slice of bytes that is not nil.
    Bytes(Text),
    /// A nil of any type.
    Nil,
    /// A slice that is not nil.
    Slice {
        /// Its type.
        type_name: Arc<str>,
        /// Its length.
        len: u64,
        /// Its capacity, where that is known.
        cap: Option<u64>,
        /// The first elements.
        elements: Shown<Value>,
    },
    /// An array.
    Array {
        /// Its type.
        type_name: Arc<str>,
        /// Its length.
        len: u64,
        /// The first elements.
        elements: Shown<Value>,
    },
    /// A struct.
    Struct {
        /// Its type.
        type_name: Arc<str>,
        /// Its fields, in their order.
        fields: Vec<(Arc<str>, Value)>,
    },
    /// A pointer that is not nil.
    Pointer {
        /// The address.
        at: Addr,
        /// What lies there, where that was looked at.
        to: Option<Box<Value>>,
    },
    /// A map that is not nil.
    Map {
        /// Its type.
        type_name: Arc<str>,
        /// How many entries it has.
        len: u64,
        /// Some entries, in the order of their keys where those are numbers or strings.
        entries: Shown<(Value, Value)>,
    },
    /// A channel that is not nil.
    Channel {
        /// Its type.
        type_name: Arc<str>,
        /// Its address, by which others are waited for on it.
        at: Addr,
        /// How many elements are in its buffer.
        len: u64,
        /// How many have room there.
        cap: u64,
        /// Whether it is closed.
        closed: bool,
    },
    /// An interface that is not nil.
    Interface {
        /// The dynamic type.
        type_name: Arc<str>,
        /// The dynamic value.
        value: Box<Value>,
    },
    /// An interface whose dynamic type no DWARF describes, by the address of its descriptor.
    Foreign(Addr),
    /// A func that is not nil.
    Func {
        /// Its entry.
        pc: Addr,
        /// Its name, where it is known.
        name: Option<String>,
    },
    /// It could not be had.
    Missing(Missing),
    /// Not looked at: a limit was reached.
    Omitted,
}

/// Why a value could not be had.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Missing {
    /// The memory is not mapped, or was not captured.
    Unreadable {
        /// Where the read began.
        at: Addr,
    },
    /// The compiler keeps it nowhere at this pc.
    OptimisedOut,
    /// It is in a register that a callee may have changed since.
    Register {
        /// Its number in DWARF.
        number: u16,
    },
    /// What is said of it can't be, or is nothing that Go's compiler says.
    Implausible,
}

/// The first bytes of a text. They need not be UTF-8.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// The bytes that were read.
    pub bytes: Vec<u8>,
    /// How many there are.
    pub len: u64,
}

/// The first of a number of things.
#[derive(Clone, PartialEq, Debug)]
pub enum Shown<T> {
    /// These, and so many more.
    First(Vec<T>, u64),
    /// Not looked at: they lie too deep.
    TooDeep,
}
