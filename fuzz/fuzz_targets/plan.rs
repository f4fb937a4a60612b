//! A Go process with damaged memory: what is copied of it, and what is decoded of that.
#![no_main]

gopeek_fuzz::fuzz!(plan);
