//! `mailslot decode` of the name service, port 137.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mailslot::wire::nbns::{NbEntry, NbFlags, Packet, Question, Rdata, Record, RrType};
use mailslot::wire::netbios::{Form, Name, ScopeBuf, ScopedName, Suffix};
use serde_json::{Value, json};

use super::{capture, records, run, values};

/// A case of testdata, as hex digits.
fn case(name: &str) -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/synthetic/nbns-{name}.hex"));
    fs::read_to_string(path).expect(name).split_whitespace().collect()
}

/// A capture of these payloads.
fn packets(payloads: &[&str]) -> Vec<u8> {
    let mut lines = String::new();
    for payload in payloads {
        let places = r#""src":"192.0.2.1:137","dst":"192.0.2.255:137","protocol":"nbns""#;
        writeln!(lines, r#"{{"time":"2026-11-20T09:14:02.118Z",{places},"data":"{payload}"}}"#)
            .expect("a string grows");
    }
    capture(&lines)
}

fn record(payload: &str) -> Value {
    let mut values = values(&records(&packets(&[payload])));
    assert_eq!(values.len(), 1);
    values.remove(0)
}

fn shown(mode: &[&str], payload: &str) -> String {
    let args = [&["decode"], mode, &["-"]].concat();
    String::from_utf8(run(&args, &packets(&[payload])).ok()).expect("text")
}

#[test]
fn a_line_each() {
    let start = "    1  09:14:02.118  192.0.2.1 -> 192.0.2.255          ";
    for (name, line) in [
        ("query", "LINUXBOX<20>        name query, id 0x8001"),
        ("query-scope", "LINUXBOX<20>.netbios.example.com  name query, id 0x8001"),
        (
            "query-positive",
            "LINUXBOX<20>        positive name query response, id 0x8001, 192.168.1.20, 10.0.0.20",
        ),
        (
            "query-negative",
            "LINUXBOX<20>        negative name query response, id 0x8001, no such name",
        ),
        ("redirect", "LINUXBOX<20>        redirect name query response, id 0x8001, at 192.168.1.2"),
        (
            "registration-group",
            r"\x01\x02__MSBROWSE__\x02<01>  name registration, id 0x8001, 192.168.1.20 (group)",
        ),
        (
            "registration-negative",
            "WINBOX<20>          negative name registration response, id 0x8001, owned by another node, 192.168.1.5",
        ),
        ("registration-wack-root", "                    wait for acknowledgement, id 0x8001"),
        (
            "status",
            "*<00>               node status, id 0x8001, WINBOX<00>, OFFICE<00> (group), WINBOX<20>",
        ),
        (
            "pointer-self",
            "WINBOX<20>          unreadable  error: nbns rr_name at octet 50: label pointer to 50 does not point backwards",
        ),
        (
            "header-cut",
            "                    unreadable  error: nbns qdcount at octet 4: the datagram ends here",
        ),
        ("trailing", "LINUXBOX<20>        name query, id 0x8001  [trailing_bytes]"),
        ("opcode-3", "LINUXBOX<20>        operation 3, id 0x8001"),
    ] {
        assert_eq!(shown(&[], &case(name)), format!("{start}{line}\n"), "{name}");
    }
}

/// A line shows eight addresses or names, and how many there are more.
#[test]
fn long_lists() {
    let entry = NbEntry { nb_flags: NbFlags::empty(), nb_address: [192, 0, 2, 1].into() };
    let name = Name::new("WINBOX", Suffix::SERVER).expect("a name").into();
    let many = hex::encode(Packet::positive_query_response(1, name, 0, &[entry; 30]).to_vec());
    let line = shown(&[], &many);
    assert_eq!(line.matches(", 192.0.2.1").count(), 8, "{line}");
    assert!(line.ends_with(", 192.0.2.1 ... (22 more)\n"), "{line}");
    let line = shown(&["--full"], &many);
    assert_eq!(line.matches(", 192.0.2.1").count(), 30, "{line}");
}

#[test]
fn json_of_requests() {
    let payload = case("registration");
    let record = record(&payload);
    assert_eq!(record["data"], Value::from(payload));
    assert_eq!(record["kind"], "name_registration_request");
    assert_eq!((&record["trn_id"], &record["opcode"]), (&json!(0x8001), &json!("registration")));
    assert_eq!((&record["response"], &record["rcode"]), (&json!(false), &json!(0)));
    assert_eq!(record["nm_flags"], 0x0110);
    let name = json!({"name":"WINBOX","suffix":"20","scope":null});
    assert_eq!(record["questions"], json!([{"name":name,"type":"nb"}]));
    let address = json!({"address":"192.168.1.20","group":false,"node_type":"b","nb_flags":0});
    let mut pointed = name;
    pointed["pointer"] = 12.into();
    let additional = json!([{
        "name":pointed,"type":"nb","ttl":300_000,"rdlength":6,"addresses":[address]
    }]);
    assert_eq!(record["additional"], additional);
    for none in ["answers", "authority", "uncounted", "notes"] {
        assert_eq!(record[none], json!([]), "{none}");
    }
    assert!(record.get("error").is_none());
}

#[test]
fn json_of_answers() {
    let negative = record(&case("query-negative"));
    assert_eq!((&negative["rcode"], &negative["answers"]), (&json!(3), &json!([])));
    let uncounted = &negative["uncounted"][0];
    assert_eq!((&uncounted["type"], &uncounted["rdata"]), (&json!("null"), &json!("")));
    assert_eq!(negative["notes"], json!(["uncounted_record"]));

    let redirect = record(&case("redirect"));
    assert_eq!(redirect["kind"], "redirect_name_query_response");
    assert_eq!(redirect["authority"][0]["name_server"]["name"], "WINS");
    assert_eq!(redirect["additional"][0]["address"], "192.168.1.2");

    let wack = record(&case("registration-wack-root"));
    assert_eq!((&wack["opcode"], &wack["kind"]), (&json!("wack"), &json!("wack")));
    assert_eq!(wack["answers"][0]["name"], Value::Null);
    assert_eq!(wack["answers"][0]["request"], 0x2900);

    let status = record(&case("status"));
    let status = &status["answers"][0]["node_status"];
    assert_eq!(
        (&status["num_names"], &status["unit_id"]),
        (&json!(3), &json!("02:00:00:00:00:14"))
    );
    let conflict = json!({
        "name":"WINBOX","suffix":"20","group":false,"node_type":"b","active":true,"conflict":true,
        "deregistering":false,"permanent":false,"name_flags":0x0c00
    });
    assert_eq!(status["names"][2], conflict);
    assert_eq!(status["names"][1]["group"], true);

    let unknown = record(&case("opcode-3"));
    assert_eq!((&unknown["opcode"], &unknown["kind"]), (&json!(3), &json!("unknown")));
}

/// What stands before the damage is shown; what the whole is, is not guessed.
#[test]
fn json_of_damaged_packets() {
    let damaged = record(&case("pointer-self"));
    let error = json!({
        "layer":"nbns","offset":50,"field":"rr_name",
        "reason":"label pointer to 50 does not point backwards"
    });
    assert_eq!(damaged["error"], error);
    assert_eq!(damaged["questions"][0]["name"]["name"], "WINBOX");
    assert_eq!((&damaged["opcode"], damaged.get("kind")), (&json!("registration"), None));
    let cut = record(&case("header-cut"));
    assert_eq!((&cut["error"]["field"], cut.get("trn_id")), (&json!("qdcount"), None));
    assert_eq!(cut["data"], case("header-cut"));
}

/// Fields are for readers: `data` alone gives the payload.
#[test]
fn every_case_comes_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/synthetic");
    let mut cases = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("text");
        let Some(name) = name.strip_prefix("nbns-").and_then(|name| name.strip_suffix(".hex"))
        else {
            continue;
        };
        let payload = case(name);
        let lines = records(&packets(&[&payload]));
        let again = run(&["encode", "--json"], &lines).ok();
        assert_eq!(String::from_utf8(again).expect("hex"), format!("{payload}\n"), "{name}");
        cases += 1;
    }
    assert!(cases >= 25, "{cases}");
}

/// Label pointers make much of few octets: the line stays one that `encode` reads.
#[test]
fn lists_that_a_line_does_not_hold() {
    let scope = ["\u{1}"; 3].map(|label| label.repeat(63).replace('\u{1}', r"\x01")).join(".");
    let scope = ScopeBuf::new(&scope).expect("a scope");
    let name = ScopedName { scope: scope.as_scope(), ..Name::from_bytes([1; 16]).into() };
    let mut questions = Packet::name_query(1, name, true);
    let question = questions.questions[0];
    let name = ScopedName { form: Form::Pointer(12), ..name };
    let count = (65_507 - questions.encoded_len()) / 6;
    questions.questions.extend(vec![Question { name, ..question }; count]);
    let entry = NbEntry { nb_flags: NbFlags::empty(), nb_address: [255; 4].into() };
    let mut records = Packet::positive_query_response(1, name, 0, &[entry]);
    records.answers[0].name = None;
    let record = Record::new(None, RrType::NB, u32::MAX, Rdata::Nb(vec![entry]));
    records.answers = vec![record; (65_507 - 12) / 17];
    let lists = [(&questions, count + 1), (&records, records.answers.len())];
    for (packet, listed) in lists {
        let payload = hex::encode(packet.to_vec());
        // As long as a UDP payload gets; frames of a capture take as much.
        let line = super::records(&packets(&[&payload]));
        assert!(line.len() < 1 << 20, "{} octets", line.len());
        let value = values(&line).remove(0);
        assert_eq!(value.get("error"), None);
        let unlisted = value["unlisted"].as_u64().and_then(|number| usize::try_from(number).ok());
        let listed = listed - unlisted.expect("many");
        assert!((200..=400).contains(&listed), "{listed}");
        let encoded = run(&["encode", "--json"], &line).ok();
        assert!(encoded.strip_suffix(b"\n") == Some(payload.as_bytes()));
        assert!(!shown(&["-v"], &payload).is_empty());
    }
}

/// The octet at which each field of the tree stands.
fn offsets(payload: &str) -> Vec<(usize, String)> {
    let tree = shown(&["-v"], payload);
    let fields = tree.lines().filter_map(|line| {
        let mut words = line.strip_prefix("    ")?.split_whitespace();
        Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
    });
    fields.filter(|(_, name)| name.len() > 2).collect()
}

#[test]
fn the_tree_tells_where_fields_stand() {
    let has = |payload: &str, fields: &[(usize, &str)]| {
        let offsets = offsets(payload);
        for &(at, name) in fields {
            assert!(offsets.contains(&(at, name.into())), "{name} at {at}: {offsets:?}");
        }
    };
    has(
        &case("pointer-elsewhere"),
        &[
            (12, "question_name"),
            (46, "question_type"),
            (50, "question_name"),
            (52, "question_type"),
            (56, "rr_name"),
            (58, "rr_type"),
            (62, "ttl"),
            (66, "rdlength"),
            (68, "nb_flags"),
            (70, "nb_address"),
        ],
    );
    has(&case("query-positive"), &[(56, "nb_flags"), (62, "nb_flags"), (64, "nb_address")]);
    has(&case("registration-wack-root"), &[(12, "rr_name"), (13, "rr_type"), (23, "request")]);
    has(&case("redirect"), &[(56, "nsd_name"), (90, "rr_name"), (134, "nsd_ip_addr")]);
    has(
        &case("status"),
        &[
            (56, "num_names"),
            (57, "node_name"),
            (93, "node_name"),
            (111, "unit_id"),
            (117, "jumpers"),
        ],
    );
    // A scope that is a pointer takes two octets, however long it is where it points to.
    let scoped = hex::decode(case("query-scope")).expect("hex digits");
    let scope_at = 12 + 33_u8;
    let mut pointed =
        [&scoped[..], &scoped[12..scope_at.into()], &[0xc0, scope_at, 0, 32, 0, 1]].concat();
    pointed[5] = 2;
    let pointed = hex::encode(pointed);
    has(&pointed, &[(70, "question_name"), (105, "question_type"), (107, "question_class")]);
    for damaged in ["pointer-self", "counts", "header-cut"] {
        let tree = shown(&["-v"], &case(damaged));
        assert!(tree.contains("\n  error: "), "{tree}");
    }
}

/// Whoever sends a packet must not move the cursor of whoever looks at it.
#[test]
fn control_characters_are_escaped() {
    let nasty = Name::from_bytes(*b"a\x1b[2J\x07\x7f\r\nb     \x1b");
    let scope = ScopeBuf::new(r"\x1b[2J\x0a\x9b").expect("a scope");
    let scoped = ScopedName { scope: scope.as_scope(), ..nasty.into() };
    let query = |name| hex::encode(Packet::name_query(1, name, true).to_vec());
    let status = case("status").replacen(&hex::encode("WINBOX  "), "1b5b324a0a9b0d07", 1);
    for payload in
        [query(nasty.into()), query(scoped), query(nasty.into())[..90].to_owned(), status]
    {
        for mode in [&[][..], &["-v"]] {
            let shown = shown(mode, &payload);
            for line in shown.lines() {
                assert!(!line.contains(char::is_control), "{line:?}");
            }
            assert!(!mode.is_empty() || shown.lines().count() == 1, "{shown}");
        }
    }
}
