//! The names in a folder.

use std::ffi::CStr;
use std::io;

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

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
///
/// This is the plain system interface, not `cap-std`'s iterator: a folder may hold many thousand names, and one call and
/// one allocation a name is what a listing costs then. Bare names in an open folder need no sandbox.
fn entries(dir: &Dir, path: &ArtifactPath) -> io::Result<Vec<Entry>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut entries = Vec::new();
    for found in rustix::fs::Dir::new(rustix::fs::openat(dir, c".", flags, Mode::empty())?)? {
        let found = found?;
        let Ok(name) = found.file_name().to_str() else { continue };
        if matches!(name, "." | "..") || name.starts_with(UPLOADING_PREFIX) {
            continue;
        }
        let Some(size) = size(dir, found.file_name(), name, found.file_type())? else { continue };
        let path = if path.is_root() { name.to_owned() } else { [path.as_str(), name].join("/") };
        entries.push(match size {
            Size::Folder => Entry { path, is_dir: true, size: None },
            Size::File(bytes) => Entry { path, is_dir: false, size: Some(bytes) },
        });
    }
    Ok(entries)
}

enum Size {
    Folder,
    File(u64),
}

/// `None` for what is not to be listed.
fn size(dir: &Dir, raw_name: &CStr, name: &str, hint: FileType) -> io::Result<Option<Size>> {
    if hint == FileType::Directory {
        return Ok(Some(Size::Folder));
    }
    let stat = match rustix::fs::statat(dir, raw_name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        // Deleted since the folder was read.
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    };
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Some(Size::Folder),
        FileType::Symlink => match dir.metadata(name) {
            Ok(target) if target.is_dir() => Some(Size::Folder),
            Ok(target) => Some(Size::File(target.len())),
            Err(_) => None,
        },
        _ => Some(Size::File(stat.st_size.unsigned_abs())),
    })
}
