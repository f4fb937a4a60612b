//! Any bytes as a Go executable, and everything that its tables say of its code.
#![no_main]

gopeek_fuzz::fuzz!(pclntab);
