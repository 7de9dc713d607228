//! What is fuzzed, and the laws that hold whatever comes.
//!
//! The targets are a line each; their bodies are in [`targets`], which the crate's own tests
//! include too, to replay the seeds on every `cargo test`.

pub mod carriers;
pub mod seeds;
pub mod targets;

/// Runs a target over the files, or the folders of files, named on the command line.
pub fn replay(target: fn(&[u8])) {
    let mut paths: Vec<std::path::PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    let mut files = 0;
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a readable folder");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else {
            target(&std::fs::read(&path).expect("a readable file"));
            files += 1;
        }
    }
    println!("{files} files replayed");
}
