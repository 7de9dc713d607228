//! `cargo fuzz run -s none ipc`; without cargo-fuzz, `cargo run --bin ipc FILE...` replays files.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mailslot_fuzz::targets::ipc(data));

#[cfg(not(fuzzing))]
fn main() {
    mailslot_fuzz::replay(mailslot_fuzz::targets::ipc);
}
