//! Any bytes as an ELF core, packed or not.
#![no_main]

gopeek_fuzz::fuzz!(core);
