//! What the command writes about itself: completions and pages of the manual.

use std::process::{Command, Stdio};

use super::{run, run_command};

/// The verbs, by the help.
fn verbs() -> Vec<String> {
    let help = String::from_utf8(run(&["--help"], b"").ok()).expect("text");
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    // A description that is broken goes on further to the right.
    let lines = lines.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    lines.filter_map(|line| line.split_whitespace().next()).map(Into::into).collect()
}

#[test]
fn every_verb_has_a_page() {
    let directory = tempfile::tempdir().expect("a folder");
    let folder = directory.path().join("new/man1");
    let written = String::from_utf8(run(&["man", folder.to_str().expect("text")], b"").ok());
    let written = written.expect("text");
    let page = |name: &str| {
        let path = folder.join(format!("{name}.1"));
        assert!(written.lines().any(|line| line == path.to_str().expect("text")), "{name}");
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    assert!(page("mailslot").contains("mailslot\\-decode(1)"));
    let verbs = verbs();
    assert!(verbs.len() >= 12, "{verbs:?}");
    for verb in verbs {
        let page = page(&format!("mailslot-{verb}"));
        assert!(page.contains(&format!(".TH MAILSLOT-{} 1", verb.to_uppercase())), "{verb}");
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", "Examples:"] {
            assert!(page.contains(section), "{verb}: {section}");
        }
    }
    assert!(page("mailslot-decode").contains("\\-\\-follow"));
    page("mailslot-name-query");
}

#[test]
fn pages_that_cannot_be_written() {
    run(&["man", "/proc/none"], b"").refused(2);
    run(&["man"], b"").refused(2);
}

#[test]
fn completions_know_every_verb() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = String::from_utf8(run(&["completions", shell], b"").ok()).expect("text");
        for verb in verbs() {
            assert!(script.contains(&*verb), "{shell}: {verb}");
        }
        assert!(script.contains("report"), "{shell}");
    }
    run(&["completions", "command.com"], b"").refused(2);
}

/// bash takes the script, and completes by it.
#[cfg(unix)]
#[test]
fn completions_complete() {
    let bash = |args: &[&str], script: &[u8]| {
        let mut command = Command::new("bash");
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        run_command(command, script).ok()
    };
    let script = run(&["completions", "bash"], b"").ok();
    bash(&["-n"], &script);
    let ask = b"COMP_WORDS=(mailslot decode --rep); COMP_CWORD=2\n\
                _mailslot mailslot --rep decode; echo \"${COMPREPLY[@]}\"\n";
    let shown = bash(&["--norc", "-s"], &[&script[..], b"\n", ask].concat());
    assert_eq!(String::from_utf8_lossy(&shown), "--report\n");
}
