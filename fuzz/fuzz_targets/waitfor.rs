//! `cargo fuzz run -s none waitfor`; without cargo-fuzz, `cargo run --bin waitfor FILE...` replays files.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mailslot_fuzz::targets::waitfor(data));

#[cfg(not(fuzzing))]
fn main() {
    mailslot_fuzz::replay(mailslot_fuzz::targets::waitfor);
}
