//! Removing what uploads leave behind whose server was killed.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use cap_std::fs::Dir;

use super::LocalStore;
use crate::error::BlobError;
use crate::path::{ArtifactPath, UPLOADING_PREFIX};

impl LocalStore {
    /// Removes the hidden files of uploads that were last written to before this time, and says how many. Another server over
    /// the same folder may be writing others.
    pub(crate) async fn sweep(&self, before: SystemTime) -> Result<u64, BlobError> {
        self.blocking(move |store| {
            let sweep = || match store.open_root() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
                root => sweep(&root?, before),
            };
            sweep().map_err(|error| BlobError::from_io(error, &ArtifactPath::root()))
        })
        .await
    }
}

fn sweep(root: &Dir, before: SystemTime) -> io::Result<u64> {
    let mut removed = 0;
    let mut folders = vec![PathBuf::from(".")];
    while let Some(path) = folders.pop() {
        // What is deleted meanwhile, or may not be read, holds up nothing else.
        let Ok(entries) = root.read_dir(&path) else { continue };
        for entry in entries {
            let Ok(entry) = entry else { break };
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            if kind.is_dir() {
                folders.push(path.join(name));
            } else if kind.is_file()
                && name.to_str().is_some_and(|name| name.starts_with(UPLOADING_PREFIX))
                && entry.metadata()?.modified().is_ok_and(|time| time.into_std() < before)
                && entry.remove_file().is_ok()
            {
                removed += 1;
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Location, Settings, Store};

    #[tokio::test]
    async fn only_old_leftovers_of_uploads_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        let day = Duration::from_hours(24);
        let file = |name: &str, age: Duration| {
            let file = std::fs::File::create(deep.join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + 1000 * day - age).unwrap();
        };
        file(".artifact.uploading.1-0", 2 * day);
        file(".artifact.uploading.2-0", day / 2);
        file("model", 2 * day);
        let location = Location::Local { root: folder.path().to_owned() };
        let store = Store::open(&location, &Settings::default()).unwrap();
        assert_eq!(store.sweep(SystemTime::UNIX_EPOCH + 999 * day).await.unwrap(), 1);
        let mut left: Vec<_> = std::fs::read_dir(&deep)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, [".artifact.uploading.2-0", "model"]);
        let nothing = Location::Local { root: folder.path().join("nothing") };
        let store = Store::open(&nothing, &Settings::default()).unwrap();
        assert_eq!(store.sweep(SystemTime::UNIX_EPOCH).await.unwrap(), 0);
    }
}
