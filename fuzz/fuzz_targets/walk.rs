//! Damaged stacks, registers and tables: the walk up Go's frames and C's.
#![no_main]

gopeek_fuzz::fuzz!(walk);
