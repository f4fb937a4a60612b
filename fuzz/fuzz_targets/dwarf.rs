//! Any bytes as an executable with DWARF: layouts, variables, names of C code.
#![no_main]

gopeek_fuzz::fuzz!(dwarf);
