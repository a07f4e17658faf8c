//! Writing a file so that it appears whole or not at all.
//!
//! The bytes go to a hidden file in the deepest folder that exists already; when the stream has ended, missing folders
//! are made and the file is renamed to its place. So nothing is visible before, and a failed upload leaves no empty
//! folders either.
//!
//! While one batch is being written, the next one is gathered from the stream.

use std::io::{self, IoSlice, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use cap_std::fs::{Dir, File, OpenOptions};
use futures_util::Stream;
use tokio::task::JoinHandle;

use super::{LocalStore, blocking, etag_of};
use crate::batch::{Batch, Batches};
use crate::error::{BlobError, BoxError};
use crate::path::{ArtifactPath, UPLOADING_PREFIX};
use crate::store::{Durability, Written};

/// How much is gathered before it is written. Two batches are held at a time.
const BATCH_BYTES: u64 = 1024 * 1024;
/// How many hidden names are tried. Each leftover of a killed process with the same id may cost one.
const NAME_ATTEMPTS: usize = 10_000;

impl LocalStore {
    pub(crate) async fn put<S, E>(
        &self,
        path: &ArtifactPath,
        stream: S,
        expected: Option<u64>,
    ) -> Result<Written, BlobError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<BoxError>,
    {
        let stream = std::pin::pin!(stream);
        let mut batches = Batches::new(stream, expected);
        let mut upload = Upload { store: self, path, running: None };
        loop {
            match batches.next(BATCH_BYTES).await {
                Ok(batch) if batch.is_last => return upload.finish(batch).await,
                Ok(batch) => upload.write(batch).await?,
                Err(source) => {
                    upload.abandon().await;
                    return Err(BlobError::Interrupted { path: path.to_string(), source });
                }
            }
        }
    }
}

/// An upload as its future sees it. Dropping it drops the hidden file, at the latest when a running write ends.
struct Upload<'a> {
    store: &'a LocalStore,
    path: &'a ArtifactPath,
    /// The write under way; it owns the hidden file and gives it back.
    running: Option<JoinHandle<Result<Staged, BlobError>>>,
}

impl Upload<'_> {
    async fn staged(&mut self) -> Result<Option<Staged>, BlobError> {
        match self.running.take() {
            None => Ok(None),
            Some(running) => match running.await {
                Ok(result) => result.map(Some),
                Err(error) => Err(BlobError::Unavailable { source: error.into() }),
            },
        }
    }

    /// Starts to write a batch, after the one before it is written.
    async fn write(&mut self, batch: Batch) -> Result<(), BlobError> {
        let staged = self.staged().await?;
        let (store, path) = (self.store.clone(), self.path.clone());
        self.running = Some(tokio::task::spawn_blocking(move || {
            let mut staged = staged.map_or_else(|| Staged::create(&store, &path), Ok)?;
            staged.write(&batch).map_err(|error| writing(error, &path))?;
            Ok(staged)
        }));
        Ok(())
    }

    async fn finish(mut self, last: Batch) -> Result<Written, BlobError> {
        let staged = self.staged().await?;
        let (store, path) = (self.store.clone(), self.path.clone());
        blocking(move || {
            let mut staged = staged.map_or_else(|| Staged::create(&store, &path), Ok)?;
            let mut finish = || {
                staged.write(&last)?;
                staged.publish(store.durability)
            };
            finish().map_err(|error| writing(error, &path))
        })
        .await
    }

    /// Removes the hidden file before the caller hears of the failure.
    async fn abandon(mut self) {
        if let Ok(staged) = self.staged().await {
            // Only a runtime that is shutting down refuses, and then the file is removed all the same.
            let _removed = tokio::task::spawn_blocking(move || drop(staged)).await;
        }
    }
}

/// A hidden file that is being written. Unless it is published, it is removed when dropped.
struct Staged {
    /// The deepest folder on the way that exists.
    base: Dir,
    hidden_name: String,
    file: File,
    size: u64,
    /// The folders still to be made below `base`.
    missing: PathBuf,
    name: String,
    published: bool,
}

impl Staged {
    fn create(store: &LocalStore, path: &ArtifactPath) -> Result<Self, BlobError> {
        let create = || {
            let root = open_or_create_root(store)?;
            let (base, missing) = deepest_folder(&root, &path.parent())?;
            if missing.as_os_str().is_empty() {
                check_target(&root, &base, path)?;
            }
            let (file, hidden_name) = create_hidden(&base)?;
            let name = path.name().to_owned();
            Ok(Self { base, hidden_name, file, size: 0, missing, name, published: false })
        };
        create().map_err(|error| writing(error, path))
    }

    fn write(&mut self, batch: &Batch) -> io::Result<()> {
        let mut slices: Vec<IoSlice<'_>> =
            batch.pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut left = &mut slices[..];
        while !left.is_empty() {
            match self.file.write_vectored(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut left, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.size += batch.bytes;
        Ok(())
    }

    fn publish(&mut self, durability: Durability) -> io::Result<Written> {
        if durability == Durability::Synced {
            self.file.sync_all()?;
        }
        let made;
        let parent = if self.missing.as_os_str().is_empty() {
            &self.base
        } else {
            self.base.create_dir_all(&self.missing)?;
            made = self.base.open_dir(&self.missing)?;
            &made
        };
        self.base.rename(&self.hidden_name, parent, &self.name)?;
        self.published = true;
        if durability == Durability::Synced {
            self.sync_folders()?;
        }
        let etag = etag_of(&self.file.metadata()?);
        Ok(Written { size: self.size, etag: Some(etag) })
    }

    /// Writes out the names: that of the file, and those of the folders that were made for it.
    fn sync_folders(&self) -> io::Result<()> {
        for folder in self.missing.ancestors() {
            let path = if folder.as_os_str().is_empty() { ".".as_ref() } else { folder };
            self.base.open(path)?.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.published {
            // It is already gone when the whole folder was deleted meanwhile.
            let _removed = self.base.remove_file(&self.hidden_name);
        }
    }
}

/// Creates the root if need be, and a hidden file in it that is removed again.
pub(super) fn probe(store: &LocalStore) -> Result<(), BlobError> {
    let create = || {
        let root = open_or_create_root(store)?;
        let (_file, hidden_name) = create_hidden(&root)?;
        root.remove_file(hidden_name)
    };
    create().map_err(|error| BlobError::from_io(error, &ArtifactPath::root()))
}

fn open_or_create_root(store: &LocalStore) -> io::Result<Dir> {
    match store.open_root() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(&store.root)?;
            store.open_root()
        }
        result => result,
    }
}

/// The deepest existing folder on the way to `folder`, and what is missing below it.
fn deepest_folder(root: &Dir, folder: &ArtifactPath) -> io::Result<(Dir, PathBuf)> {
    let mut existing = folder.clone();
    while !existing.is_root() {
        match root.open_dir(existing.as_str()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => existing = existing.parent(),
            result => {
                let missing = folder.as_str()[existing.as_str().len()..].trim_start_matches('/');
                return Ok((result?, missing.into()));
            }
        }
    }
    Ok((root.try_clone()?, folder.as_str().into()))
}

/// Refuses early what could not be replaced: a folder, and a link that leads out of the root.
fn check_target(root: &Dir, base: &Dir, path: &ArtifactPath) -> io::Result<()> {
    match base.symlink_metadata(path.name()) {
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(metadata) if metadata.is_symlink() => match root.metadata(path.as_str()) {
            // A link that leads nowhere is replaced like any other file.
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Creates a file under a name that no other upload has, in this process or another one over the same folder.
fn create_hidden(folder: &Dir) -> io::Result<(File, String)> {
    static UPLOADS: AtomicU64 = AtomicU64::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    for _ in 0..NAME_ATTEMPTS {
        let upload = UPLOADS.fetch_add(1, Ordering::Relaxed);
        let name = format!("{UPLOADING_PREFIX}{:x}-{upload:x}", std::process::id());
        match folder.open_with(&name, &options) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return Ok((result?, name)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// For a writer, a missing file means that its folder was deleted meanwhile.
fn writing(error: io::Error, path: &ArtifactPath) -> BlobError {
    if error.kind() == io::ErrorKind::NotFound {
        return BlobError::Interrupted { path: path.to_string(), source: error.into() };
    }
    BlobError::from_io(error, path)
}
