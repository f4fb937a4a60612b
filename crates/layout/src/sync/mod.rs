//! What goroutines wait at: the records of the runtime, and the words of the package sync.

pub mod channel;
pub mod poll;
pub mod semaphore;
pub mod sudog;
pub mod words;
