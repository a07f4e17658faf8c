//! A folder of this machine as a store.
//!
//! Every path is resolved by the kernel below an open handle of the root (`cap-std`, over `openat2` on Linux), so that no
//! symbolic link leads out of it, not even one that is swapped in between a check and its use. Links that stay inside
//! are followed. The root itself may be a link.
//!
//! All system calls run on the runtime's blocking threads, a bounded piece of work at a time: a slow client holds none.

mod delete;
mod list;
mod read;
mod sweep;
mod write;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata, MetadataExt};

use crate::error::BlobError;
use crate::path::ArtifactPath;
use crate::store::{Durability, Head};

#[derive(Clone, Debug)]
pub(crate) struct LocalStore {
    root: Arc<Path>,
    durability: Durability,
}

impl LocalStore {
    pub(crate) fn new(root: PathBuf, durability: Durability) -> Self {
        // A relative root must keep its meaning if the working directory changes later.
        let root = std::path::absolute(&root).unwrap_or(root);
        Self { root: root.into(), durability }
    }

    pub(crate) async fn probe(&self) -> Result<(), BlobError> {
        self.blocking(|store| write::probe(&store)).await
    }

    pub(crate) async fn head(&self, path: &ArtifactPath) -> Result<Head, BlobError> {
        let path = visible(path)?.clone();
        self.blocking(move |store| {
            let metadata = store.metadata(&path).map_err(|error| reading(error, &path))?;
            Ok(head_of(&metadata))
        })
        .await
    }

    fn metadata(&self, path: &ArtifactPath) -> io::Result<Metadata> {
        let root = self.open_root()?;
        if path.is_root() { root.dir_metadata() } else { root.metadata(path.as_str()) }
    }

    fn open_root(&self) -> io::Result<Dir> {
        Dir::open_ambient_dir(&self.root, ambient_authority())
    }

    fn open_dir(&self, path: &ArtifactPath) -> io::Result<Dir> {
        let root = self.open_root()?;
        if path.is_root() { Ok(root) } else { root.open_dir(path.as_str()) }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Self) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let store = self.clone();
        blocking(move || work(store)).await
    }
}

/// Runs file system calls off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // The runtime is shutting down, or the work panicked.
        Err(error) => Err(BlobError::Unavailable { source: error.into() }),
    }
}

/// Unfinished uploads do not exist for a reader.
fn visible(path: &ArtifactPath) -> Result<&ArtifactPath, BlobError> {
    if path.is_reserved() { Err(BlobError::not_found(path)) } else { Ok(path) }
}

/// For a reader, nothing exists below a file.
fn reading(error: io::Error, path: &ArtifactPath) -> BlobError {
    match BlobError::from_io(error, path) {
        BlobError::NotDirectory { path } => BlobError::NotFound { path },
        error => error,
    }
}

fn head_of(metadata: &Metadata) -> Head {
    if metadata.is_dir() {
        return Head { is_dir: true, size: 0, etag: None, last_modified: None };
    }
    let last_modified = metadata.modified().ok().map(cap_std::time::SystemTime::into_std);
    Head { is_dir: false, size: metadata.len(), etag: Some(etag_of(metadata)), last_modified }
}

/// Files are replaced by renaming, never written in place, so inode, time and size together name the bytes.
fn etag_of(metadata: &Metadata) -> String {
    let seconds = metadata.mtime();
    let nanoseconds = metadata.mtime_nsec();
    format!("\"{:x}-{seconds:x}.{nanoseconds:x}-{:x}\"", metadata.ino(), metadata.len())
}
