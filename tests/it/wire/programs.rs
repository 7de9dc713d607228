//! Messages of Windows' programs and services: `net send`, `waitfor`, alerts.

use mailslot::wire::alerter::{Alerter, Insertions, OtherInfo, Print, PrintStatus};
use mailslot::wire::messenger::Messenger;
use mailslot::wire::waitfor::Waitfor;
use mailslot::wire::{Note, Oem, Payload, Reason, Structure, Utf16, Utf16Field};
use proptest::prelude::*;

use super::payload::{check, check_any, decode, text};

const MESSNGR: &[u8] = br"\MAILSLOT\MESSNGR";
const ALERTER: &[u8] = br"\MAILSLOT\ALERTER";

/// The octets of texts in UTF-16LE, without a NUL.
fn wide() -> impl Strategy<Value = Vec<u8>> {
    let units = prop::collection::vec(1..=u16::MAX, 0..20);
    units.prop_map(|units| units.into_iter().flat_map(u16::to_le_bytes).collect())
}

fn notes(slot: &[u8], data: &[u8]) -> Vec<Note> {
    decode(slot, data).expect("decodes").notes.iter().collect()
}

proptest! {
    #[test]
    fn texts_to_people(from in text(), to in text(), text in text(), surplus in "[ -~]{0,3}") {
        let [from, to, text] = [&from, &to, &text].map(|octets| Oem::new(octets));
        let message = Messenger { from, to, text, surplus: &[] };
        check(MESSNGR, &Payload::Messenger(message));
        check_any(MESSNGR, &Messenger { surplus: surplus.as_bytes(), ..message }.to_vec());
    }

    #[test]
    fn signals(signal in "[!-~]{1,20}", octets in prop::collection::vec(any::<u8>(), 0..20)) {
        let slot = format!(r"\MAILSLOT\WaitFor.EXE\{signal}");
        check_any(slot.as_bytes(), &octets);
        let decoded = decode(slot.as_bytes(), &octets).expect("decodes").value;
        let expected = Waitfor { signal: signal.as_bytes(), octets: &octets };
        prop_assert_eq!(decoded, Payload::Waitfor(expected));
    }

    #[test]
    fn alerts(
        numbers in any::<[u32; 5]>(),
        texts in prop::collection::vec(wide(), 5),
        service in "[a-zA-Zäß]{0,80}",
        more in 1..200_u32,
        octets in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let strings: Vec<_> = texts.iter().map(|text| Utf16::new(text)).collect();
        let insertions =
            |numstrings| Insertions { errcode: numbers[0], numstrings, strings: strings.clone() };
        let print = Print {
            jobid: numbers[0],
            status: PrintStatus::from_bits_retain(numbers[1]),
            submitted: numbers[2],
            size: numbers[3],
            computer_name: strings[0],
            user_name: strings[1],
            queue_name: strings[2],
            destination_name: strings[3],
            status_text: strings[4],
        };
        let alert = |event: &str, other_info| Alerter {
            timestamp: numbers[4],
            event_name: Utf16Field::new(event).expect("short"),
            service_name: Utf16Field::new(&service).expect("short"),
            other_info,
            surplus: &[],
        };
        for alert in [
            alert("ADMIN", OtherInfo::Admin(insertions(5))),
            alert("USER", OtherInfo::User(insertions(5))),
            alert("ERRORLOG", OtherInfo::Errorlog { errcode: numbers[0], offset: numbers[1] }),
            alert("PRINTING", OtherInfo::Printing(print)),
        ] {
            check(ALERTER, &Payload::Alerter(Box::new(alert.clone())));
            check_any(ALERTER, &Alerter { surplus: &octets, ..alert }.to_vec());
        }
        let fewer = alert("ADMIN", OtherInfo::Admin(insertions(5 + more))).to_vec();
        prop_assert_eq!(notes(ALERTER, &fewer), [Note::TextMissing]);
        check_any(ALERTER, &fewer);
        let unknown = alert("MESSAGE", OtherInfo::Unknown(&octets)).to_vec();
        (0..=unknown.len()).for_each(|end| check_any(ALERTER, &unknown[..end]));
    }

    #[test]
    fn any_octets(data in prop::collection::vec(any::<u8>(), 0..300), event in 0..5_usize) {
        check_any(MESSNGR, &data);
        check_any(ALERTER, &data);
        let event = ["ADMIN", "USER", "ERRORLOG", "PRINTING", "X"][event];
        let event = Utf16Field::<34>::new(event).expect("short").0;
        check_any(ALERTER, &[&data[..data.len().min(4)], &event, &[0; 162], &data].concat());
    }
}

/// The NUL of the text may be missing, no other.
#[test]
fn messages_without_a_nul() {
    let line = |data| decode(MESSNGR, data).expect("decodes").value.to_string();
    assert_eq!(line(b"ALICE\0BOB\0hello\0"), "ALICE to BOB: \"hello\"");
    assert_eq!(line(b"ALICE\0BOB\0two\x14lines"), "ALICE to BOB: \"two\\x14lines\"");
    assert_eq!(notes(MESSNGR, b"ALICE\0BOB\0hello"), [Note::Unterminated]);
    assert_eq!(notes(MESSNGR, b"ALICE\0BOB\0"), [Note::TextMissing]);
    for (data, at, field) in [(&b"hello"[..], 0, "from"), (b"ALICE\0BOB", 6, "to")] {
        let error = decode(MESSNGR, data).expect_err("no message");
        assert_eq!((error.offset, error.field, error.reason), (at, field, Reason::Unterminated));
    }
}

/// A number of texts takes no memory, and the event says what follows.
#[test]
fn alerts_by_their_event() {
    let alert = |event: &str, behind: &[u8]| {
        let event = Utf16Field::<34>::new(event).expect("short").0;
        let service = Utf16Field::<162>::new("Server").expect("short").0;
        let data = [&[0, 0, 0, 0x40][..], &event, &service, behind].concat();
        assert_eq!(data.len(), 200 + behind.len());
        check_any(ALERTER, &data);
        decode(ALERTER, &data).map(|decoded| decoded.value.to_string())
    };
    let hostile = [&3009_u32.to_le_bytes()[..], &u32::MAX.to_le_bytes(), b"C\0:\0\0\0"].concat();
    assert_eq!(alert("ADMIN", &hostile).unwrap(), "ADMIN of Server: error 3009, \"C:\"");
    assert_eq!(alert("USER", &hostile).unwrap(), "USER of Server: error 3009, \"C:\"");
    assert_eq!(
        alert("ERRORLOG", &hostile[..8]).unwrap(),
        "ERRORLOG of Server: error 3009, at offset 4294967295 of the log"
    );
    let print =
        [&[7, 0, 0, 0][..], &[0; 8], &[0, 2, 0, 0], &[0, 0], b"m\0e\0\0\0", &[0; 4], b"!\0"];
    assert_eq!(
        alert("PRINTING", &print.concat()).unwrap(),
        "PRINTING of Server: job 7 of me on , 512 octets: \"!\""
    );
    assert_eq!(alert("MESSAGE", &hostile).unwrap(), "MESSAGE of Server: 14 octets");
    let error = alert("PRINTING", &hostile[..8]).expect_err("cut");
    assert_eq!((error.offset, error.field), (208, "submitted"));
}

/// Folders and mailslots that only look like it.
#[test]
fn mailslots_that_are_no_signals() {
    for slot in
        [&br"\MAILSLOT\waitfor.exe"[..], br"\MAILSLOT\waitfor.exe\", br"\MAILSLOT\waitforexe\X"]
    {
        assert_eq!(decode(slot, b"x").expect("decodes").value.kind(), "raw");
    }
    let decoded = decode(br"\MAILSLOT\waitfor.exe\GO\x1b", b"").expect("decodes").value;
    assert_eq!(decoded.to_string(), r"GO\x1b");
}
