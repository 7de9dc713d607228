//! `--help`: every verb has examples, and they are true.

use super::run;

/// Help of the command itself and of each verb, with the arguments that show it.
fn helps() -> Vec<(String, String)> {
    let help = |args: &[&str]| String::from_utf8(run(args, b"").ok()).expect("text");
    let whole = help(&["--help"]);
    let verbs = whole.lines().skip_while(|line| *line != "Commands:").skip(1);
    // A description that is broken goes on further to the right.
    let verbs = verbs.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let verbs: Vec<String> =
        verbs.filter_map(|line| line.split_whitespace().next()).map(Into::into).collect();
    assert!(verbs.iter().any(|verb| verb == "decode"), "{verbs:?}");
    let of_verbs: Vec<_> =
        verbs.into_iter().map(|verb| (verb.clone(), help(&[&verb, "--help"]))).collect();
    [vec![("mailslot".into(), whole)], of_verbs].concat()
}

/// The lines below `Examples:` that are commands.
fn examples(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    lines.take_while(|line| !line.is_empty()).map(str::trim_start).collect()
}

#[test]
fn every_verb_has_examples() {
    for (verb, help) in helps() {
        let examples = examples(&help);
        assert!(examples.len() >= 2, "{verb}: {examples:?}");
        for line in examples {
            assert!(line.contains("mailslot "), "{verb}: a line that was broken: {line}");
            assert!(line.len() <= 78, "{verb}: a terminal of 80 columns breaks {line}");
        }
    }
}

#[test]
fn help_goes_to_standard_output() {
    assert!(run(&["--help"], b"").ok().starts_with(b"Windows mailslots"));
    assert!(run(&["--version"], b"").ok().starts_with(b"mailslot "));
    let none = run(&[], b"");
    assert_eq!((none.code, none.text()), (Some(2), ""));
    assert!(none.stderr.contains("Usage: mailslot"), "{}", none.stderr);
}

/// Verbs that are on a network.
const NETWORK: [&str; 7] = ["recv", "send", "name", "serve", "slots", "stats", "doctor"];

/// A directory with what the examples read, and a shell in it that finds the command.
#[cfg(unix)]
struct Reader(tempfile::TempDir);

#[cfg(unix)]
impl Reader {
    fn new() -> Self {
        use super::{SHAPES, capture};

        let directory = tempfile::tempdir().expect("a directory for the examples");
        std::fs::create_dir(directory.path().join("testdata"))
            .expect("a directory for the examples");
        std::fs::write(directory.path().join("testdata/office.pcap"), capture(SHAPES))
            .expect("a directory for the examples");
        std::fs::write(directory.path().join("mailslot.toml"), "[log]\nlevel = \"info\"\n")
            .expect("a directory for the examples");
        Self(directory)
    }

    fn shell(&self, line: &str) -> std::process::Command {
        use std::process::{Command, Stdio};

        let binaries =
            std::path::Path::new(env!("CARGO_BIN_EXE_mailslot")).parent().expect("a directory");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(binaries.to_owned()).chain(std::env::split_paths(&path));
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(line).current_dir(self.0.path());
        shell.env("PATH", std::env::join_paths(paths).expect("paths"));
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }
}

/// Runs the examples as a reader would, in a directory of their own, so that they litter no other.
#[cfg(unix)]
#[test]
fn examples_run() {
    let reader = Reader::new();
    let mut ran = 0;
    for (verb, help) in helps().into_iter().filter(|(verb, _)| !NETWORK.contains(&verb.as_str())) {
        // To listen to a network needs one, and rights.
        let elsewhere = |line: &&str| {
            let words: Vec<_> = line.split_whitespace().collect();
            let waits = ["--follow", "--interface"].iter().any(|option| words.contains(option));
            waits || line.starts_with("tcpdump ") || NETWORK.iter().any(|verb| words.contains(verb))
        };
        for line in examples(&help).into_iter().filter(|line| !elsewhere(line)) {
            let outcome = super::run_command(reader.shell(line), b"");
            assert_eq!(outcome.code, Some(0), "{verb}: {line}\n{}", outcome.stderr);
            // The shell tells only of a pipe's last command.
            assert!(!outcome.stderr.contains("error: "), "{verb}: {line}\n{}", outcome.stderr);
            assert!(!outcome.stdout.is_empty(), "{verb}: {line}");
            ran += 1;
        }
    }
    assert!(ran >= 9, "{ran}");
}

/// The same on a network, the LAN inside this machine: hosts of the examples' names are there.
#[cfg(target_os = "linux")]
#[test]
fn examples_on_a_network_run() {
    use super::network::Peer;

    let reader = Reader::new();
    let shell = |line: &str| {
        let mut shell = reader.shell(line);
        shell.env("MAILSLOT_LOOPBACK", "1").env("MAILSLOT_NAME", "READER");
        shell.env("XDG_RUNTIME_DIR", reader.0.path());
        shell
    };
    let helps = helps();
    let lines: Vec<&str> = helps
        .iter()
        .filter(|(verb, _)| NETWORK.contains(&verb.as_str()))
        .flat_map(|(_, help)| examples(help))
        .collect();
    // These end by themselves.
    let stays = |line: &&str| {
        ["mailslot recv ", "mailslot name register ", "mailslot serve"]
            .iter()
            .any(|verb| line.contains(verb))
            && !line.contains("--check-config")
    };
    let (stay, end): (Vec<&str>, Vec<&str>) = lines.into_iter().partition(stays);
    assert!(end.len() >= 9 && stay.len() >= 10, "{end:?} {stay:?}");

    let mut hosts = Vec::new();
    for host in [
        "exec mailslot recv --name WINBOX --workgroup OFFICE alerts",
        "exec mailslot recv --name LINUXBOX alerts",
        "exec mailslot name register --name NAS 'OFFICE#1d'",
    ] {
        let mut peer = Peer::start(shell(host));
        peer.wait_for(if host.contains("OFFICE#") { "OFFICE<1d> is ours" } else { "> is ours" });
        hosts.push(peer);
    }
    for line in end {
        // A program of this machine, which the doctor would speak of.
        let local = [" .:chat ", "mailslot slots", "mailslot stats"];
        let here = local.iter().any(|verb| line.contains(verb)).then(|| {
            let mut peer = Peer::start(shell("exec mailslot recv chat"));
            peer.wait_for("> is ours");
            peer
        });
        let outcome = super::run_command(shell(line), b"");
        // An address that this LAN has not.
        let code = if line.contains("192.168.") { 6 } else { 0 };
        assert_eq!(outcome.code, Some(code), "{line}\n{}", outcome.stderr);
        drop(here);
    }
    for host in hosts {
        host.interrupt();
        assert_eq!(host.end().code, Some(130));
    }
    for line in stay {
        // It has no network.
        let local = line.contains(" --local ");
        let mut shell = shell(&format!("exec {line}"));
        if local {
            shell.env_remove("MAILSLOT_LOOPBACK");
        }
        let mut peer = Peer::start(shell);
        peer.wait_for(if local { "serves at " } else { "> is ours" });
        peer.interrupt();
        let outcome = peer.end();
        assert_eq!(outcome.code, Some(130), "{line}\n{}", outcome.stderr);
    }
}
