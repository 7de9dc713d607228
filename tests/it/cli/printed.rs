//! What is printed of a message of each kind and form: a line, a tree and JSON, as they stand in the
//! files beside this one.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{capture, run};
use crate::samples::{Sample, kinds, samples};

/// Of each kind the cases of testdata that are printed: one of each form.
const PRINTED: &[(&str, &[&str])] = &[
    (
        "host_announcement",
        &[
            "ms-brws/host-98",
            "ms-brws/host-leaving",
            "ms-brws/host-printer",
            "synthetic/lanman-host",
        ],
    ),
    (
        "announcement_request",
        &["ms-brws/announcement-request", "ms-brws/announcement-request-samba"],
    ),
    (
        "request_election",
        &["ms-brws/election-pdc", "ms-brws/election-server", "ms-brws/election-forced"],
    ),
    ("get_backup_list_request", &["ms-brws/backup-list-request"]),
    ("get_backup_list_response", &["ms-brws/backup-list", "ms-brws/backup-list-0"]),
    ("become_backup", &["ms-brws/become-backup"]),
    ("domain_announcement", &["ms-brws/domain", "ms-brws/domain-98"]),
    ("master_announcement", &["ms-brws/master"]),
    ("reset_state_request", &["ms-brws/reset-stop-master", "ms-brws/reset-all"]),
    ("local_master_announcement", &["ms-brws/local-master"]),
    ("lanman_announcement", &["synthetic/lanman", "synthetic/lanman-leaving"]),
    ("messenger", &["synthetic/messenger", "synthetic/messenger-lines"]),
    (
        "alerter",
        &[
            "synthetic/alert-admin",
            "synthetic/alert-errorlog",
            "synthetic/alert-printing",
            "synthetic/alert-user",
            "synthetic/alert-other",
        ],
    ),
    ("waitfor", &["synthetic/waitfor", "synthetic/waitfor-data"]),
    ("logon_request", &["ms-adts/logon-request"]),
    ("logon_response", &["ms-adts/logon-response"]),
    ("logon_response2", &["ms-adts/logon-response2"]),
    ("primary_query", &["ms-adts/primary-query", "ms-adts/primary-query-lan-manager"]),
    ("primary_response", &["ms-adts/primary-response"]),
    ("sam_logon_request", &["ms-adts/sam-request", "ms-adts/sam-request-account"]),
    (
        "sam_logon_response",
        &["ms-adts/nt40", "ms-adts/v5", "ms-adts/v5ex-ip", "ms-adts/v5ex-user-unknown"],
    ),
    ("announce_uas", &["ms-adts/announce-uas", "ms-adts/announce-uas-lan-manager"]),
    (
        "initialization",
        &["ms-adts/initialization-centralized-query", "ms-adts/initialization-short"],
    ),
    ("pdc_startup", &["ms-adts/pdc-startup", "ms-adts/pdc-startup-lan-manager"]),
    ("pdc_failure", &["ms-adts/pdc-failure", "ms-adts/pdc-failure-short"]),
    ("no_user", &["ms-adts/no-user"]),
    ("relogon_response", &["ms-adts/relogon-response"]),
    ("interrogate_response", &["ms-adts/interrogate-response"]),
    ("logon_pause_response", &["ms-adts/logon-pause-response"]),
    ("user_unknown", &["ms-adts/user-unknown"]),
    ("account_update", &["ms-adts/account-update"]),
    ("sam_interrogate_response", &["ms-adts/sam-interrogate-response"]),
    ("raw", &["ms-adts/temp-other", "synthetic/lanman-request"]),
];

/// All that is printed of one.
fn printed(sample: &Sample) -> String {
    let raw = hex::encode(&sample.payload);
    let line = format!(r#"{{"src":"192.0.2.1:138","dst":"192.0.2.2:138","raw":"{raw}"}}"#);
    let capture = capture(&line);
    let mut text = format!("== {}\n", sample.case);
    for form in [&[][..], &["-v"], &["--json"]] {
        let args = [&["decode"][..], form].concat();
        writeln!(text, "\n$ mailslot {}", args.join(" ")).expect("a text");
        let outcome = run(&[&args[..], &["-"]].concat(), &capture).ok();
        text.push_str(std::str::from_utf8(&outcome).expect("text").trim_end());
        text.push('\n');
    }
    text
}

/// With `MAILSLOT_BLESS` set, the files are made so.
#[test]
fn messages_are_printed_as_they_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/printed");
    let samples = samples();
    let mut differ = Vec::new();
    for kind in kinds() {
        let (_, cases) = PRINTED.iter().find(|(of, _)| *of == kind).expect("cases of each kind");
        let texts: Vec<_> = cases
            .iter()
            .map(|case| {
                let sample = samples.iter().find(|sample| sample.case == *case);
                let sample = sample.unwrap_or_else(|| panic!("{case}: no message of testdata"));
                assert_eq!(sample.kind, kind, "{case}");
                printed(sample)
            })
            .collect();
        let path = folder.join(kind).with_extension("txt");
        let text = texts.join("\n");
        if std::env::var_os("MAILSLOT_BLESS").is_some() {
            fs::write(&path, text).expect("writable");
        } else if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            differ.push(format!("{}:\n{text}", path.display()));
        }
    }
    let bless = "MAILSLOT_BLESS=1 cargo test --test it messages_are_printed_as_they_were";
    assert!(differ.is_empty(), "{}\n{bless}", differ.join("\n"));
    let files = fs::read_dir(folder).expect("the files").count();
    assert_eq!(files, kinds().count(), "a file for each kind, and no other");
}
