//! `seeds FOLDER` writes the seeds to `FOLDER/<target>/`, where cargo-fuzz takes them.

use std::fs;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("a folder"));
    let testdata = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata"));
    for (number, (target, octets)) in mailslot_fuzz::seeds::seeds(testdata).iter().enumerate() {
        fs::create_dir_all(folder.join(target))?;
        fs::write(folder.join(target).join(format!("testdata-{number}")), octets)?;
    }
    Ok(())
}
