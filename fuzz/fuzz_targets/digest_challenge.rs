#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| atlas_fuzz_targets::run("digest_challenge", input));
