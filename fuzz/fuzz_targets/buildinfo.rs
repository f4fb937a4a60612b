//! Any bytes as the build information in an executable.
#![no_main]

gopeek_fuzz::fuzz!(buildinfo);
