//! Messages of well-known mailslots.

use mailslot::wire::oem::CodePage;
use mailslot::wire::smb::SlotName;
use mailslot::wire::{Decoded, Payload};

/// What stands for the end of a name that is a question's or a signal's own.
pub const OWN_END: &[u8] = b"\x1b\xff";

/// A mailslot of each family; the first octet of the input is a place in it.
pub const SLOTS: [&[u8]; 9] = [
    br"\MAILSLOT\BROWSE",
    br"\MAILSLOT\LANMAN",
    br"\MAILSLOT\NET\NETLOGON",
    b"\\MAILSLOT\\NET\\GETDC\x1b\xff",
    br"\MAILSLOT\TEMP\NETLOGON",
    b"\\MAILSLOT\\TEMP\\\x1b\xff",
    br"\MAILSLOT\MESSNGR",
    br"\MAILSLOT\ALERTER",
    b"\\MAILSLOT\\waitfor.exe\\\x1b\xff",
];

/// A message of one of the [`SLOTS`].
pub fn payload(data: &[u8]) {
    let Some((&slot, data)) = data.split_first() else { return };
    message(SLOTS[usize::from(slot) % SLOTS.len()], data);
}

/// What is read is written again, in as many octets as it says, and is one line of text; an error is
/// within the data.
pub fn message(slot: &[u8], data: &[u8]) {
    let slot = SlotName::new(slot).expect("a mailslot's name");
    match Payload::decode(slot, data) {
        Err(error) => assert!(error.offset <= data.len(), "{error} in {} octets", data.len()),
        Ok(Decoded { value, notes }) => {
            let mut again = Vec::new();
            value.encode(&mut again);
            assert_eq!(again, data, "{value:?}");
            assert_eq!(value.encoded_len(), data.len(), "{value:?}");
            assert!(value.is_known() || notes.is_empty(), "{notes}");
            for page in CodePage::ALL {
                let text = value.text(page).to_string();
                assert!(!text.contains(char::is_control), "{text:?}");
            }
        }
    }
}
