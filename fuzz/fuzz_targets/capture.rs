//! `cargo fuzz run -s none capture`; without cargo-fuzz, `cargo run --bin capture FILE...` replays files.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mailslot_fuzz::targets::capture(data));

#[cfg(not(fuzzing))]
fn main() {
    mailslot_fuzz::replay(mailslot_fuzz::targets::capture);
}
