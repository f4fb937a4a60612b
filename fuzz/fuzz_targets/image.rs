//! Any bytes as an executable.
#![no_main]

gopeek_fuzz::fuzz!(image);
