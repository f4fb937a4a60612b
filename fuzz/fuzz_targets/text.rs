//! Any bytes as a text dump.
#![no_main]

gopeek_fuzz::fuzz!(text);
