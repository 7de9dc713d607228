//! The `mailslot` command, run as its users run it.

mod bodies;
mod decode;
#[cfg(target_os = "linux")]
mod doctor;
mod encode;
mod generated;
mod help;
#[cfg(target_os = "linux")]
mod hostile;
mod inverse;
mod nbns;
mod netlogon;
#[cfg(target_os = "linux")]
pub(crate) mod network;
mod pipes;
mod printed;
#[cfg(target_os = "linux")]
mod progress;
#[cfg(target_os = "linux")]
mod serve;
#[cfg(target_os = "linux")]
mod sharing;
#[cfg(target_os = "linux")]
mod stats;
mod truncation;

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// How a command ended.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Standard output as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("text on standard output")
    }

    /// Standard output of a command that has nothing to complain of.
    pub(crate) fn ok(self) -> Vec<u8> {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self.stdout
    }

    /// What a command says that ends with `code` and has written nothing.
    pub(crate) fn refused(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert_eq!(self.text(), "", "{}", self.stderr);
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        &self.stderr
    }
}

/// The command, without what the environment says of it.
pub(crate) fn mailslot(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailslot"));
    command.args(args).env_remove("MAILSLOT_WORKGROUP").env_remove("MAILSLOT_NAME");
    command.env_remove("MAILSLOT_LOOPBACK").env_remove("MAILSLOT_SOCKET");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub(crate) fn run(args: &[&str], stdin: &[u8]) -> Outcome {
    run_command(mailslot(args), stdin)
}

pub(crate) fn run_command(mut command: Command, stdin: &[u8]) -> Outcome {
    let mut child = command.spawn().expect("starts");
    let mut input = child.stdin.take().expect("piped");
    let output = std::thread::scope(|scope| {
        // A command need not read what it is given.
        scope.spawn(move || drop(input.write_all(stdin)));
        child.wait_with_output().expect("ends")
    });
    Outcome {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).expect("text on standard error"),
    }
}

/// A pcap file of these records.
pub(crate) fn capture(lines: &str) -> Vec<u8> {
    run(&["encode", "--json", "--format", "pcap"], lines.as_bytes()).ok()
}

/// The records of a capture, as lines.
pub(crate) fn records(capture: &[u8]) -> Vec<u8> {
    run(&["decode", "--json", "-"], capture).ok()
}

/// The records as values.
pub(crate) fn values(lines: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(lines).expect("JSON");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The record of one message.
pub(crate) fn encoded(args: &[&str]) -> Value {
    let args = [&["encode", "--format", "pcap"], args].concat();
    let mut values = values(&records(&run(&args, b"").ok()));
    assert_eq!(values.len(), 1);
    values.remove(0)
}

/// Records of every shape that a datagram has: one a line.
pub(crate) const SHAPES: &str = r#"
{"time":"2026-11-20T09:14:02.118Z","src":"192.0.2.1:138","dst":"192.0.2.2:138","dgm_id":1,"source_name":{"name":"WINBOX","suffix":"00"},"destination_name":{"name":"LINUXBOX","suffix":"00"},"slot":"alerts","data":"6261636b7570"}
{"time":"2026-11-20T09:14:02.118000001Z","src":"192.0.2.1:138","dst":"192.0.2.255:138","type":"direct_group","dgm_id":2,"source_name":{"name":"WINBOX","suffix":"00","scope":"example.com"},"destination_name":{"name":"OFFICE","suffix":"1e","pointer":14},"mailslot":"\\MAILSLOT\\BROWSE","profile":"browser","data":"0c","trailing":"0000"}
{"time":"2026-11-20T09:14:03Z","src":"192.0.2.1:138","dst":"192.0.2.255:138","type":"broadcast","flags":14,"dgm_id":3,"source_name":{"name":"WINBOX","suffix":"20"},"destination_name":{"name":"*","suffix":"00","raw":"2a000000000000000000000000000000"},"mailslot":"\\mailslot\\Grüße","profile":"samba","smb":{"Timeout":7,"MID":9,"DataOffset":87},"padding":"0101","data":"47fcdf65","dgm_length":65535}
{"time":"2026-11-20T09:14:04Z","src":"192.0.2.1:138","dst":"192.0.2.2:138","dgm_id":4,"unicode":true,"source_name":{"name":"WINBOX","suffix":"00"},"destination_name":{"name":"LINUXBOX","suffix":"00"},"slot":"Жук","data":""}
{"time":"2026-11-20T09:14:05Z","src":"192.0.2.2:138","dst":"192.0.2.1:138","type":"error","dgm_id":5,"error_code":130}
{"time":"2026-11-20T09:14:06Z","src":"192.0.2.2:138","dst":"192.0.2.1:138","type":"query","dgm_id":6,"destination_name":{"name":"LINUXBOX","suffix":"00"},"trailing":"ff"}
{"time":"2026-11-20T09:14:07Z","src":"192.0.2.1:137","dst":"192.0.2.255:137","protocol":"nbns","data":"800101100001000000000000"}
{"time":"2026-11-20T09:14:08Z","src":"192.0.2.1:138","dst":"192.0.2.2:138","missing":100,"raw":"1102abcdc0000201008a"}
{"time":"2026-11-20T09:14:09Z","src":"192.0.2.1:138","dst":"192.0.2.2:138","raw":""}
{"time":"2026-11-20T09:14:10Z","src":"192.0.2.1:138","dst":"192.0.2.2:138","raw":"00ff"}
"#;
