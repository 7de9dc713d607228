//! `cargo fuzz run -s none netlogon`; without cargo-fuzz, `cargo run --bin netlogon FILE...` replays files.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mailslot_fuzz::targets::netlogon(data));

#[cfg(not(fuzzing))]
fn main() {
    mailslot_fuzz::replay(mailslot_fuzz::targets::netlogon);
}
