//! `examples/messages.rs`: what the made capture of an office says.

use super::{example, file};

#[test]
fn messages_of_an_office() {
    let output = example("messages").arg(file("testdata/office.pcap")).output().expect("runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let announced = "  3  DISPATCH<20> -> OFFICE<1d>: DISPATCH, version 10.0 \
                     (Windows 10, Server 2016 or later), every 720 s: workstation, server, nt; \
                     \"dispatch desk\"";
    let damaged = "  9  data_count at octet 137: data of 167 octets reach beyond the end";
    for line in [announced, damaged, "1 host_announcement", "1 local_master_announcement"] {
        assert!(text.lines().any(|shown| shown == line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn what_is_no_capture() {
    let output = example("messages").arg(file("README.md")).output().expect("runs");
    assert!(!output.status.success());
}
