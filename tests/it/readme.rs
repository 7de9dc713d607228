//! The README's commands, run; their output, compared.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Commands of the README's console blocks with the output that it shows.
fn commands() -> Vec<(String, String)> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command.to_owned(), String::new())),
                (None, Some((_, output))) => {
                    output.push_str(line);
                    output.push('\n');
                }
                (None, None) => panic!("output before a command: {line}"),
            },
            (false, _) => {}
        }
    }
    commands
}

#[test]
fn the_commands_print_what_it_shows() {
    let program = Path::new(env!("CARGO_BIN_EXE_mailslot"));
    let path = std::env::var("PATH").expect("a PATH");
    let path = format!("{}:{path}", program.parent().expect("a folder").display());
    let mut compared = 0;
    for (command, shown) in commands() {
        if command == "cargo test" {
            continue;
        }
        // What cargo says of itself goes to standard error.
        let command = command.replace("cargo run --release --", "mailslot");
        let output = Command::new("sh")
            .args(["-c", &command])
            .env("PATH", &path)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{command}: {output:?}");
        let printed = String::from_utf8(output.stdout).expect("text");
        assert_eq!(printed, shown, "{command}");
        compared += 1;
    }
    assert!(compared >= 5, "{compared} commands compared");
}

/// `cargo test` cannot run itself: what it prints is this many tests, all passed.
#[test]
fn the_number_of_tests_is_right() {
    let itself = std::env::current_exe().expect("a program");
    let count = |which: &[&str]| {
        let list = Command::new(&itself).arg("--list").args(which).output().expect("a list");
        let list = String::from_utf8(list.stdout).expect("text");
        list.lines().filter(|line| line.ends_with(": test")).count()
    };
    let ignored = count(&["--ignored"]);
    let passed = count(&[]) - ignored;
    let (_, shown) = commands()
        .into_iter()
        .find(|(command, _)| command == "cargo test")
        .expect("the README shows cargo test");
    let line = format!("test result: ok. {passed} passed; 0 failed; {ignored} ignored;");
    assert!(shown.lines().any(|shown| shown.starts_with(&line)), "{line} ...");
}
