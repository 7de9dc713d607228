//! What the pages say of tests and show of the network is so.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long a line is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What stands between backquotes.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Tests of this binary, as `cargo test` names them.
fn tests() -> BTreeSet<String> {
    let itself = std::env::current_exe().expect("a program");
    let list = Command::new(itself).arg("--list").output().expect("a list");
    let list = String::from_utf8(list.stdout).expect("text");
    list.lines().filter_map(|line| line.strip_suffix(": test")).map(Into::into).collect()
}

/// Whether a function is a row's: `n1_name_form`.
fn is_rows(function: &str) -> bool {
    let digits = function.strip_prefix(|letter: char| letter.is_ascii_lowercase());
    digits.is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
}

#[test]
fn named_tests_exist() {
    let (page, tests) = (page("docs/windows.md"), tests());
    let areas: BTreeSet<&str> = tests.iter().filter_map(|test| test.split("::").next()).collect();
    let named: BTreeSet<&str> = code_spans(&page)
        .filter(|span| span.split_once("::").is_some_and(|(area, _)| areas.contains(area)))
        // A type of the crate; modules and functions are in lower case.
        .filter(|span| !span.contains(char::is_uppercase) && !span.contains(' '))
        .collect();
    // A test, or all of a module.
    let exists = |name: &&&str| {
        tests.iter().any(|test| {
            let rest = test.strip_prefix(**name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    let missing: Vec<_> = named.iter().filter(|name| !exists(name)).collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
    // Rows are named by the function alone, which every face runs.
    let rows: BTreeSet<&str> =
        code_spans(&page).filter(|span| is_rows(span) && span.contains('_')).collect();
    let proved = |row: &&&str| {
        let faces = ["local", "service", "apart"];
        faces.iter().all(|face| tests.contains(&format!("conformance::{face}::{row}")))
    };
    let missing: Vec<_> = rows.iter().filter(|row| !proved(row)).collect();
    assert!(missing.is_empty(), "no such rows: {missing:?}");
    // And the other way round: the page leaves no row's test out.
    let function = |test: &str| test.rsplit("::").next().unwrap_or_default().to_owned();
    let left_out: Vec<_> = tests
        .iter()
        .filter(|test| test.starts_with("semantics::") && is_rows(&function(test)))
        .filter(|test| !named.contains(test.as_str()) && !rows.contains(&*function(test)))
        .collect();
    assert!(left_out.is_empty(), "not on the page: {left_out:?}");
    assert!(named.len() + rows.len() > 80, "{} tests named", named.len() + rows.len());
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { sources(&path, files) } else { files.push(path) }
    }
}

/// The letter and number that a text begins with.
fn row(text: &str) -> Option<&str> {
    let digits = text.strip_prefix(|letter: char| letter.is_ascii_uppercase())?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    (end > 0).then(|| &text[..=end])
}

#[test]
fn rows_that_the_source_names_are_explained() {
    let page = page("docs/windows.md");
    let (_, open) = page.split_once("## Decided without evidence").expect("a section");
    let (open, _) = open.split_once("\n## ").expect("another");
    let first_cells = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
        lines.flat_map(|(cell, _)| cell.split(", ").filter_map(row)).map(Into::into).collect()
    };
    let (explained, open_rows) = (first_cells(&page), first_cells(open));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    sources(&root.join("tests/it/semantics"), &mut files);
    sources(&root.join("tests/it/conformance"), &mut files);
    let (mut named, mut opened) = (0, BTreeSet::new());
    for path in files {
        let text = fs::read_to_string(&path).expect("a source file");
        for (at, _) in text.match_indices("ow ").filter(|(at, _)| text[..*at].ends_with(['r', 'R']))
        {
            let rest = &text[at + 3..];
            let Some(row) = row(rest) else { continue };
            assert!(explained.contains(row), "{}: row {row} is not explained", path.display());
            named += 1;
            if rest[row.len()..].starts_with(", OPEN") {
                let file = path.strip_prefix(root.join("src")).expect("in src");
                let place = format!("`{}` |", file.display());
                let line = open.lines().find(|line| line.starts_with(&format!("| {row} |")));
                assert!(line.is_some_and(|line| line.ends_with(&place)), "{row}: {place}");
                opened.insert(row.to_owned());
            }
        }
    }
    assert!(named >= 30, "{named} rows named");
    assert_eq!(opened, open_rows, "rows that are marked OPEN, and those of the page");
}

/// A step of what a page shows of the network.
#[derive(Debug)]
enum Step {
    /// A command in a shell of the reader's, and what it prints.
    Here(String, Vec<String>),
    /// More of what the last one prints that still runs.
    More(Vec<String>),
    /// What the test does in the place of the other machine.
    There(String),
}

/// The steps of a page: blocks fenced as `console lan`, comments that say what the other machine
/// does.
fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(command) = line.strip_prefix("<!-- WINBOX: ") {
            steps.push(Step::There(command.trim_end_matches(" -->").into()));
        } else if line.starts_with("```console lan") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if line.ends_with(" more") {
                steps.push(Step::More(block.iter().map(ToString::to_string).collect()));
                continue;
            }
            for line in block {
                match (line.strip_prefix("$ "), steps.last_mut()) {
                    (Some(command), _) => steps.push(Step::Here(command.into(), Vec::new())),
                    (None, Some(Step::Here(_, shown))) => shown.push(line.into()),
                    (None, step) => panic!("{line} after {step:?}"),
                }
            }
        } else if let Some(skipped) = line.strip_prefix("```").filter(|tag| !tag.is_empty()) {
            assert!(lines.any(|line| line == "```"), "{skipped} has no end");
        }
    }
    steps
}

/// Times, and addresses where they are others, look alike.
fn mask(line: &str, addresses: bool) -> String {
    let word = |word: &str| {
        let shape: String =
            word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        if matches!(&*shape, "00:00:00.000" | "0000-00-00") {
            return shape;
        }
        let bare = word.trim_end_matches([':', ',']);
        let address = bare.split('/').next().unwrap_or_default();
        if addresses && address.parse::<std::net::Ipv4Addr>().is_ok() {
            return format!("ADDRESS{}", &word[bare.len()..]);
        }
        if addresses && matches!(bare, "(lo)" | "(eth0)") {
            return format!("(IF){}", &word[bare.len()..]);
        }
        word.into()
    };
    if !addresses {
        return line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    }
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// A command that runs until it is told to end, or has what it waits for.
struct Running {
    child: Child,
    lines: Receiver<String>,
    command: String,
}

impl Running {
    /// Until its names are its own.
    fn start(lan: &Lan, command: &str) -> (Self, Vec<String>) {
        let mut child = Lan::shell(&format!("exec {} 2>&1", lan.on_its_ports(command)));
        let mut child = child.stdout(Stdio::piped()).spawn().expect("a shell");
        let stdout = child.stdout.take().expect("piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let running = Self { child, lines, command: command.into() };
        let mut said = Vec::new();
        // The computer's and the workgroup's.
        while said.iter().filter(|line: &&String| line.contains("> is ours on ")).count() < 2 {
            said.push(running.line());
        }
        (running, said)
    }

    fn line(&self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("{}: no line in {PATIENCE:?}", self.command),
            Err(RecvTimeoutError::Disconnected) => panic!("{}: it ended", self.command),
        }
    }

    fn interrupt(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("runs").success());
    }

    /// What it says to its end.
    fn end(mut self) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("{}: it does not end", self.command),
            }
        }
        self.child.wait().expect("ends");
        said
    }
}

impl Drop for Running {
    /// Also where the test failed.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports of a LAN inside this machine, where no other test is heard.
struct Lan {
    ports: (u16, u16),
}

impl Lan {
    fn on_its_ports(&self, command: &str) -> String {
        let (name, datagram) = self.ports;
        format!("{command} --name-port {name} --dgram-port {datagram}")
    }

    fn shell(script: &str) -> Command {
        let binaries = Path::new(env!("CARGO_BIN_EXE_mailslot")).parent().expect("a folder");
        let path = std::env::var("PATH").expect("a PATH");
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).stdin(Stdio::null());
        shell.env("PATH", format!("{}:{path}", binaries.display()));
        shell.env("MAILSLOT_LOOPBACK", "1");
        shell.env_remove("MAILSLOT_NAME").env_remove("MAILSLOT_WORKGROUP");
        shell
    }

    /// What a command prints that ends by itself.
    fn run(&self, command: &str) -> Vec<String> {
        let script = format!("{{ {}; }} 2>&1", self.on_its_ports(command));
        let output = Self::shell(&script).output().expect("a shell");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(Into::into).collect()
    }
}

/// Does what a page shows, and compares. Returns how many commands there were.
fn follow(lan: &Lan, steps: Vec<Step>, addresses: bool) -> usize {
    let same = |command: &str, printed: &[String], shown: &[String]| {
        let masked = |lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| mask(line, addresses)).collect()
        };
        assert_eq!(masked(printed), masked(shown), "{command}");
    };
    let stays = |command: &str| command.starts_with("mailslot recv ");
    let mut commands = 0;
    let mut here: Option<(Running, Vec<String>, Vec<String>)> = None;
    let mut there: Option<Running> = None;
    for step in steps {
        match step {
            Step::Here(command, shown) if stays(&command) => {
                commands += 1;
                let (running, said) = Running::start(lan, &command);
                here = Some((running, said, shown));
            }
            Step::Here(command, shown) => {
                commands += 1;
                same(&command, &lan.run(&command), &shown);
            }
            Step::More(more) => {
                here.as_mut().expect("something that still runs").2.extend(more);
            }
            Step::There(command) if stays(&command) => {
                there = Some(Running::start(lan, &command).0);
            }
            Step::There(command) => {
                lan.run(&command);
            }
        }
    }
    if let Some((running, mut said, shown)) = here {
        let command = running.command.clone();
        let until = shown.iter().position(|line| line == "^C").expect("an end");
        while said.len() < until {
            said.push(running.line());
        }
        running.interrupt();
        said.push("^C".into());
        said.extend(running.end());
        same(&command, &said, &shown);
    }
    // It has what it waited for.
    let heard = there.map(Running::end);
    assert!(heard.is_none_or(|said| said.iter().any(|line| line.contains("delivered 1 "))));
    commands
}

#[test]
fn the_readmes_network_is_so() {
    let steps = steps(&page("README.md"));
    assert!(follow(&Lan { ports: (11_337, 11_338) }, steps, false) >= 5);
}

#[test]
fn the_linux_half_of_trying_it_is_so() {
    let steps = steps(&page("docs/try-with-windows.md"));
    assert_eq!(follow(&Lan { ports: (11_437, 11_438) }, steps, true), 3);
}
