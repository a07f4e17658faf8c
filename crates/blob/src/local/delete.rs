//! Deleting a file or a folder with all that is in it.

use std::ffi::{OsStr, OsString};
use std::io;

use cap_std::fs::Dir;
use rustix::fs::{Mode, OFlags};

use super::{LocalStore, visible};
use crate::error::BlobError;
use crate::path::ArtifactPath;
use crate::store::Deleted;

/// How often a folder is emptied again when somebody writes into it meanwhile.
const ATTEMPTS: usize = 3;

impl LocalStore {
    pub(crate) async fn delete(&self, path: &ArtifactPath) -> Result<Deleted, BlobError> {
        if visible(path).is_err() {
            return Ok(Deleted::default());
        }
        let path = path.clone();
        self.blocking(move |store| match delete(&store, &path) {
            Ok(deleted) => Ok(deleted),
            Err(error) => match BlobError::from_io(error, &path) {
                BlobError::NotFound { .. } | BlobError::NotDirectory { .. } => {
                    Ok(Deleted::default())
                }
                error => Err(error),
            },
        })
        .await
    }
}

fn delete(store: &LocalStore, path: &ArtifactPath) -> io::Result<Deleted> {
    let mut deleted = Deleted::default();
    if path.is_root() {
        empty(&store.open_root()?, &mut deleted)?;
        std::fs::remove_dir(&store.root)?;
        deleted.folders += 1;
    } else {
        let parent = store.open_dir(&path.parent())?;
        remove(&parent, OsStr::new(path.name()), &mut deleted)?;
    }
    Ok(deleted)
}

/// Removes one name from an open folder. A link is removed, not followed.
fn remove(parent: &Dir, name: &OsStr, deleted: &mut Deleted) -> io::Result<()> {
    let metadata = parent.symlink_metadata(name)?;
    if !metadata.is_dir() {
        parent.remove_file(name)?;
        deleted.files += 1;
        deleted.bytes += metadata.len();
        return Ok(());
    }
    for attempt in 1.. {
        empty(&open_folder(parent, name)?, deleted)?;
        match parent.remove_dir(name) {
            Err(error)
                if error.kind() == io::ErrorKind::DirectoryNotEmpty && attempt < ATTEMPTS => {}
            Err(error) => return Err(error),
            Ok(()) => break,
        }
    }
    deleted.folders += 1;
    Ok(())
}

/// Opens a folder by its bare name, and no link in its place.
fn open_folder(parent: &Dir, name: &OsStr) -> io::Result<Dir> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    Ok(Dir::from_std_file(folder.into()))
}

fn empty(dir: &Dir, deleted: &mut Deleted) -> io::Result<()> {
    // The names are read first, so that the depth of a tree costs one open handle a level, not two.
    let names: Vec<OsString> = dir
        .entries()?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<Result<_, _>>()?;
    for name in names {
        match remove(dir, &name, deleted) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result?,
        }
    }
    Ok(())
}
