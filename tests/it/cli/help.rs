//! `--help`: every verb has examples, and they are true.

use super::run;

/// Help of the command itself and of each verb, with the arguments that show it.
fn helps() -> Vec<(String, String)> {
    let help = |args: &[&str]| String::from_utf8(run(args, b"").ok()).expect("text");
    let whole = help(&["--help"]);
    let verbs = whole.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty());
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

/// Runs the examples as a reader would, in a directory of their own, so that they litter no other.
#[cfg(unix)]
#[test]
fn examples_run() {
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::{SHAPES, capture};

    let binaries = Path::new(env!("CARGO_BIN_EXE_mailslot")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::env::join_paths(
        std::iter::once(binaries.to_owned()).chain(std::env::split_paths(&path)),
    )
    .unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("testdata")).unwrap();
    std::fs::write(directory.path().join("testdata/office.pcap"), capture(SHAPES)).unwrap();
    let mut ran = 0;
    for (verb, help) in helps() {
        // To listen to a network needs one, and rights.
        for line in examples(&help).into_iter().filter(|line| !line.starts_with("tcpdump ")) {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(line).current_dir(directory.path()).env("PATH", &paths);
            shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let outcome = super::run_command(shell, b"");
            assert_eq!(outcome.code, Some(0), "{verb}: {line}\n{}", outcome.stderr);
            // The shell tells only of a pipe's last command.
            assert!(!outcome.stderr.contains("error: "), "{verb}: {line}\n{}", outcome.stderr);
            assert!(!outcome.stdout.is_empty(), "{verb}: {line}");
            ran += 1;
        }
    }
    assert!(ran >= 9, "{ran}");
}
