//! See `dpkg_md5sums` in `src/lib.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::run("dpkg_md5sums", data));
