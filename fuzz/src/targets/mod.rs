//! The targets: each has `run`, which fails by a panic; `MEMORY`, the bytes that no input may take more of at once;
//! and `seeds`, inputs to begin with.

pub mod buildinfo;
pub mod core;
pub mod dwarf;
pub mod image;
pub mod pclntab;
pub mod plan;
pub mod text;
pub mod walk;
