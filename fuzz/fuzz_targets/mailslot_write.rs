//! `cargo fuzz run -s none mailslot_write`; without cargo-fuzz, `cargo run --bin mailslot_write FILE...` replays files.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mailslot_fuzz::targets::mailslot_write(data));

#[cfg(not(fuzzing))]
fn main() {
    mailslot_fuzz::replay(mailslot_fuzz::targets::mailslot_write);
}
