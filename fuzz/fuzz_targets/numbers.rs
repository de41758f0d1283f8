#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_lab_fuzz::numbers(bytes));
