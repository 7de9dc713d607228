//! Messages of well-known mailslots.

use mailslot::wire::oem::CodePage;
use mailslot::wire::smb::SlotName;
use mailslot::wire::{Decoded, Payload};

/// What stands for the end of a name that is a question's or a signal's own.
pub const OWN_END: &[u8] = b"\x1b\xff";

/// The families of messages: the target of each, and its mailslots. Which of them a message is for
/// says the first octet of the input.
pub const FAMILIES: [(&str, &[&[u8]]); 6] = [
    ("browse", BROWSE),
    ("lanman", LANMAN),
    ("netlogon", NETLOGON),
    ("messenger", MESSENGER),
    ("alerter", ALERTER),
    ("waitfor", WAITFOR),
];

const BROWSE: &[&[u8]] = &[br"\MAILSLOT\BROWSE"];
const LANMAN: &[&[u8]] = &[br"\MAILSLOT\LANMAN"];
const NETLOGON: &[&[u8]] = &[
    br"\MAILSLOT\NET\NETLOGON",
    b"\\MAILSLOT\\NET\\GETDC\x1b\xff",
    br"\MAILSLOT\TEMP\NETLOGON",
    b"\\MAILSLOT\\TEMP\\\x1b\xff",
];
const MESSENGER: &[&[u8]] = &[br"\MAILSLOT\MESSNGR"];
const ALERTER: &[&[u8]] = &[br"\MAILSLOT\ALERTER"];
const WAITFOR: &[&[u8]] = &[b"\\MAILSLOT\\waitfor.exe\\\x1b\xff"];

/// Messages of the Computer Browser.
pub fn browse(data: &[u8]) {
    one_of(BROWSE, data);
}

/// Messages of LAN Manager's browser.
pub fn lanman(data: &[u8]) {
    one_of(LANMAN, data);
}

/// Messages of the Netlogon service.
pub fn netlogon(data: &[u8]) {
    one_of(NETLOGON, data);
}

/// Messages to people.
pub fn messenger(data: &[u8]) {
    one_of(MESSENGER, data);
}

/// Alerts of services.
pub fn alerter(data: &[u8]) {
    one_of(ALERTER, data);
}

/// Signals.
pub fn waitfor(data: &[u8]) {
    one_of(WAITFOR, data);
}

fn one_of(slots: &[&[u8]], data: &[u8]) {
    let Some((&place, data)) = data.split_first() else { return };
    message(slots[usize::from(place) % slots.len()], data);
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
            for &page in CodePage::ALL {
                let text = value.text(page).to_string();
                assert!(!text.contains(char::is_control), "{text:?}");
            }
        }
    }
}
