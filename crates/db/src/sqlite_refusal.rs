//! Why a file cannot be used, in words: SQLite's own seldom tell.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use crate::{DbError, Kind};

/// The error, with the reason where one can be found.
pub(crate) fn explain(path: &Path, error: DbError) -> DbError {
    match reason(path) {
        Some(reason) if path != Path::new(":memory:") => {
            DbError::new(Kind::Unavailable, format!("{reason} ({error})"))
        }
        _ => error,
    }
}

fn reason(path: &Path) -> Option<String> {
    if path.is_dir() {
        return Some("it is a folder, not a file".to_owned());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => {
            return Some(format!("{} is a file, not a folder", folder.display()));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Some(format!("the folder {} does not exist", folder.display()));
        }
        _ => {}
    }
    let file = OpenOptions::new().read(true).write(true).open(path);
    let refused = match file {
        Ok(_) => refused_beside(path),
        // The file is to be made, beside which its log has to be.
        Err(error) if error.kind() == ErrorKind::NotFound => refused_beside(path),
        Err(error) => Some(error.kind()),
    };
    match refused {
        Some(ErrorKind::ReadOnlyFilesystem) => {
            Some("it is on a file system that is mounted read-only".to_owned())
        }
        Some(ErrorKind::PermissionDenied) => Some(format!(
            "this user may not write to it, or to the folder {}, where its log has to be",
            folder.display()
        )),
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            Some("the disk is full".to_owned())
        }
        _ => None,
    }
}

/// Why no file can be made beside this one, if none can.
fn refused_beside(path: &Path) -> Option<ErrorKind> {
    let mut name = path.as_os_str().to_owned();
    name.push("-try");
    match OpenOptions::new().write(true).create_new(true).open(&name) {
        Ok(_) => fs::remove_file(&name).err().map(|error| error.kind()),
        Err(error) => Some(error.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DatabaseUrl, Db, Options};

    async fn refusal(path: &Path) -> String {
        let url = DatabaseUrl::Sqlite { path: Some(path.to_owned()) };
        let refused = Db::connect(&url, &Options::default()).await.err();
        refused.map(|error| error.to_string()).unwrap_or_default()
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_told_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let junk = folder.path().join("junk.db");
        fs::write(&junk, "not a database, whatever its name says ".repeat(100)).unwrap();
        assert_eq!(refusal(&junk).await, "file is not a database");
        assert!(refusal(folder.path()).await.starts_with("it is a folder, not a file ("));
        let lost = folder.path().join("a/b.db");
        let words = format!("the folder {} does not exist (", folder.path().join("a").display());
        assert!(refusal(&lost).await.starts_with(&words));
        let below = junk.join("b.db");
        assert!(refusal(&below).await.contains("junk.db is a file, not a folder ("));
    }
}
