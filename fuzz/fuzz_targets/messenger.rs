//! `cargo fuzz run -s none messenger`; without cargo-fuzz, `cargo run --bin messenger FILE...` replays files.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mailslot_fuzz::targets::messenger(data));

#[cfg(not(fuzzing))]
fn main() {
    mailslot_fuzz::replay(mailslot_fuzz::targets::messenger);
}
