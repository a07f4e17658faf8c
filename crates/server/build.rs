//! Packs the built web page (`ui/dist`) into the binary: a table of its files, each with a name for
//! its content and, where that is worth it, a packed copy. Without a built page, a page that says so.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

const PLACEHOLDER: &str = "src/ui/placeholder.html";

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let dist = here.join("../../ui/dist");
    // An existing folder can be watched for changes; a missing one would mean a rebuild each time.
    if let Err(error) = fs::create_dir_all(&dist) {
        println!("cargo::warning=ui/dist cannot be made: {error}");
    }
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed={PLACEHOLDER}");
    println!("cargo::rerun-if-changed=build.rs");

    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, &dist, &mut files)?;
        files.sort();
    } else {
        println!(
            "cargo::warning=the web page is not built (npm run build in ui/): a note stands in"
        );
        files.push(("index.html".to_owned(), here.join(PLACEHOLDER)));
    }
    let mut table = String::from("pub static FILES: &[File] = &[\n");
    for (index, (name, path)) in files.iter().enumerate() {
        let content = fs::read(path)?;
        let digest = Sha256::digest(&content);
        let etag = digest.iter().take(8).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let raw = out.join(format!("{index}.raw"));
        fs::write(&raw, &content)?;
        let packed = match pack(&content)? {
            Some(packed) => {
                let path = out.join(format!("{index}.gz"));
                fs::write(&path, packed)?;
                format!("Some(include_bytes!({:?}))", path.to_string_lossy())
            }
            None => "None".to_owned(),
        };
        let _ = writeln!(
            table,
            "    File {{ name: {name:?}, etag: {etag:?}, raw: include_bytes!({:?}), gzip: {packed} }},",
            raw.to_string_lossy()
        );
    }
    table.push_str("];\n");
    fs::write(out.join("files.rs"), table)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push((name.to_string_lossy().replace('\\', "/"), path.clone()));
        }
    }
    Ok(())
}

/// The content packed, unless it is packed already or too short.
fn pack(content: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    let packed = encoder.finish()?;
    Ok((packed.len() < content.len() / 10 * 9).then_some(packed))
}
