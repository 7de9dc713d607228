//! The house's one direction of dependency, and what its lower floors never see. ARCHITECTURE.md
//! has the reasons.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module of the crate and the modules that it may use. Whoever adds an edge here changes the
/// architecture.
const MAY_USE: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("wire", &["time"]),
    ("capture", &[]),
    ("net", &[]),
    ("slot", &["time", "wire"]),
    ("node", &["time", "wire", "slot"]),
    ("sim", &["time", "wire", "slot", "node"]),
    ("runtime", &["time", "wire", "slot", "node", "net"]),
    ("ipc", &["time", "wire", "slot"]),
    ("service", &["time", "wire", "slot", "node", "net", "runtime", "ipc"]),
    ("client", &["net", "ipc"]),
    ("api", &["time", "wire", "slot", "node", "net", "runtime", "ipc", "service", "client"]),
    ("blocking", &["slot", "runtime", "ipc", "api"]),
    (
        "cli",
        &["time", "wire", "capture", "slot", "node", "net", "runtime", "ipc", "service", "api"],
    ),
];

/// Modules that know no socket, clock, thread, file, environment or log.
const PURE: &[&str] = &["time", "wire", "slot", "node", "sim"];

const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::process",
    "std::thread::sleep",
    "std::thread::spawn",
    "std::time",
    "SystemTime",
    "TcpStream",
    "UdpSocket",
    "UnixStream",
    "tokio",
    "tracing",
    "println!",
];

/// The most lines of a source file, tests included.
const MAX_LINES: usize = 800;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the crate") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Source files with the module of the crate that each belongs to.
fn modules() -> Vec<(String, PathBuf, String)> {
    let src = root().join("src");
    rust_files(&src)
        .into_iter()
        .filter_map(|path| {
            let inside = path.strip_prefix(&src).expect("below src");
            let module = inside.iter().next()?.to_str()?.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).expect("a source file");
            (!matches!(&*module, "lib" | "main")).then_some((module, path, text))
        })
        .collect()
}

/// Code without comments and doc comments, whose examples may use what they like.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The modules that a line names by `crate::...`.
fn uses(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("crate::").flat_map(|(at, found)| {
        let rest = &line[at + found.len()..];
        let (list, end) = match rest.strip_prefix('{') {
            Some(list) => (list, list.find('}').unwrap_or(list.len())),
            None => (rest, rest.find([',', ';', '}', ' ', ')']).unwrap_or(rest.len())),
        };
        list[..end].split(',').map(|path| path.split("::").next().unwrap_or_default().trim())
    })
}

#[test]
fn dependencies_go_one_way() {
    let modules = modules();
    assert!(modules.len() > 20, "the source files were found");
    for (module, path, text) in &modules {
        let (_, allowed) = MAY_USE
            .iter()
            .find(|(name, _)| name == module)
            .unwrap_or_else(|| panic!("{module} is not in MAY_USE"));
        for (number, line) in code(text) {
            for used in uses(line) {
                let known = MAY_USE.iter().any(|(name, _)| *name == used);
                assert!(
                    !known || used == module || allowed.contains(&used),
                    "{}:{number}: {module} uses {used}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn the_pure_modules_are_pure() {
    for (module, path, text) in modules() {
        if !PURE.contains(&&*module) {
            continue;
        }
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code(text) {
            for word in IMPURE {
                assert!(!line.contains(word), "{}:{number}: {word}", path.display());
            }
        }
    }
}

#[test]
fn files_stay_readable() {
    for folder in ["src", "tests", "fuzz"] {
        for path in rust_files(&root().join(folder)) {
            if path.components().any(|part| part.as_os_str() == "target") {
                continue;
            }
            let lines = fs::read_to_string(&path).expect("a source file").lines().count();
            assert!(lines <= MAX_LINES, "{}: {lines} lines", path.display());
        }
    }
}

#[test]
fn edges_are_seen() {
    let line = "use crate::{slot::Slot, wire::Name}; crate::node::Node";
    assert_eq!(uses(line).collect::<Vec<_>>(), ["slot", "wire", "node"]);
    assert_eq!(uses("pub(crate) fn at(crate::time)").collect::<Vec<_>>(), ["time"]);
}
