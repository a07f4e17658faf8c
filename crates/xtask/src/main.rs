//! `cargo xtask tidy`: the rules of `ARCHITECTURE.md` that a machine can hold.

mod layers;
mod text;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if std::env::args().nth(1).as_deref() != Some("tidy") {
        eprintln!("usage: cargo xtask tidy");
        return ExitCode::from(2);
    }
    let mut complaints = layers::check(&root);
    complaints.extend(text::check(&root));
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    if complaints.is_empty() {
        eprintln!("tidy: the house keeps its rules");
        ExitCode::SUCCESS
    } else {
        eprintln!("tidy: {} complaints", complaints.len());
        ExitCode::FAILURE
    }
}
