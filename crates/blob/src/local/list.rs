//! The names in a folder.

use std::io;

use cap_std::fs::Dir;

use super::{LocalStore, visible};
use crate::error::BlobError;
use crate::path::{ArtifactPath, UPLOADING_PREFIX};
use crate::store::Entry;

impl LocalStore {
    pub(crate) async fn list(&self, path: &ArtifactPath) -> Result<Vec<Entry>, BlobError> {
        if visible(path).is_err() {
            return Ok(Vec::new());
        }
        let path = path.clone();
        self.blocking(move |store| match store.open_dir(&path) {
            Ok(dir) => entries(&dir, &path).map_err(|error| BlobError::from_io(error, &path)),
            Err(error) => match BlobError::from_io(error, &path) {
                BlobError::NotFound { .. } | BlobError::NotDirectory { .. } => Ok(Vec::new()),
                error => Err(error),
            },
        })
        .await
    }
}

/// Names that are no Unicode cannot be asked for and are left out, as are links that lead nowhere or out of the root.
fn entries(dir: &Dir, path: &ArtifactPath) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for found in dir.entries()? {
        let found = found?;
        let Ok(name) = found.file_name().into_string() else { continue };
        if name.starts_with(UPLOADING_PREFIX) {
            continue;
        }
        let file_type = found.file_type()?;
        let metadata = if file_type.is_dir() {
            None
        } else if file_type.is_symlink() {
            match dir.metadata(&name) {
                Ok(metadata) => Some(metadata),
                Err(_) => continue,
            }
        } else {
            match found.metadata() {
                Ok(metadata) => Some(metadata),
                // Deleted since the folder was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            }
        };
        let size = metadata.filter(|metadata| !metadata.is_dir()).map(|metadata| metadata.len());
        let path = if path.is_root() { name } else { format!("{path}/{name}") };
        entries.push(Entry { path, is_dir: size.is_none(), size });
    }
    Ok(entries)
}
