//! An opened location.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::BoxStream;

#[cfg(feature = "cloud")]
use crate::cloud::CloudStore;
use crate::direct::{DirectUpload, SentPart, SignedUrl};
use crate::error::{BlobError, BoxError};
use crate::local::LocalStore;
use crate::location::Location;
use crate::path::{ArtifactPath, PathError};
use crate::range::ByteRange;

/// The bytes of a download, in pieces of at most half a mebibyte from local disk, and as they come from a cloud.
pub type ByteStream = BoxStream<'static, Result<Bytes, BlobError>>;

/// When an upload counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When the operating system has the bytes: a crash of the program loses nothing, a power cut may.
    #[default]
    Cached,
    /// When the disk has the bytes and the names.
    Synced,
}

/// What opening a store depends on besides its location.
#[derive(Clone, Default)]
pub struct Settings {
    /// For local disk; cloud stores are always durable.
    pub durability: Durability,
    /// The environment variables that hold credentials and endpoints.
    pub environment: HashMap<String, String>,
}

impl Settings {
    /// Azure's storage account, where a location names none.
    pub fn azure_account(&self) -> Option<&str> {
        let variable = |name: &str| {
            self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
        };
        variable("AZURE_STORAGE_ACCOUNT_NAME")
            .or_else(|| variable("AZURE_STORAGE_ACCOUNT"))
            .or_else(|| {
                let mut parts = variable("AZURE_STORAGE_CONNECTION_STRING")?.split(';');
                parts.find_map(|part| part.trim().strip_prefix("AccountName="))
            })
    }
}

#[cfg(feature = "cloud")]
impl Settings {
    /// The first of these variables that is set and not empty.
    pub(crate) fn first(&self, variables: &[&str]) -> Option<&str> {
        let values = variables.iter().filter_map(|variable| self.environment.get(*variable));
        values.map(String::as_str).find(|value| !value.is_empty())
    }

    /// The variables that start with a prefix and are not empty.
    #[cfg(any(feature = "azure", feature = "s3", feature = "gcs"))]
    pub(crate) fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(move |(name, value)| name.starts_with(prefix) && !value.is_empty())
    }

    /// Whether a variable says yes.
    #[cfg(feature = "s3")]
    pub(crate) fn flag(&self, variable: &str) -> bool {
        let value = self.first(&[variable]).unwrap_or_default().to_ascii_lowercase();
        matches!(value.as_str(), "true" | "1")
    }
}

impl fmt::Debug for Settings {
    /// The environment holds secrets and is not shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("durability", &self.durability)
            .finish_non_exhaustive()
    }
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path from the store's root, not from the listed folder.
    pub path: String,
    /// Whether it is a folder.
    pub is_dir: bool,
    /// A file's size in bytes; `None` for a folder.
    pub size: Option<u64>,
}

impl Entry {
    /// The last name of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(&self.path, |(_, name)| name)
    }
}

/// What is known of a file or folder without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whether it is a folder. Folders have no size, tag or time.
    pub is_dir: bool,
    /// The size in bytes.
    pub size: u64,
    /// A strong entity tag in its quotes: it changes whenever the bytes do.
    pub etag: Option<String>,
    /// When the file was last written.
    pub last_modified: Option<SystemTime>,
}

/// A file that is being read.
pub struct Download {
    /// The whole file's size in bytes.
    pub size: u64,
    /// The offsets that the stream yields (end excluded); the whole file unless a range was asked for.
    pub range: Range<u64>,
    /// A strong entity tag in its quotes.
    pub etag: Option<String>,
    /// When the file was last written.
    pub last_modified: Option<SystemTime>,
    /// The bytes. Dropping the stream ends the transfer.
    pub stream: ByteStream,
}

impl fmt::Debug for Download {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Download")
            .field("size", &self.size)
            .field("range", &self.range)
            .field("etag", &self.etag)
            .finish_non_exhaustive()
    }
}

/// A file that was written whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The size in bytes.
    pub size: u64,
    /// The new file's entity tag in its quotes.
    pub etag: Option<String>,
}

/// What a deletion removed; all zero when nothing was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Files.
    pub files: u64,
    /// Folders, the named one included.
    pub folders: u64,
    /// The files' sizes together, in bytes.
    pub bytes: u64,
}

/// A place that holds artifacts. Cheap to open and to clone; it holds no connection and no file open between calls.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Backend,
    /// All paths of this store lie below this one.
    scope: ArtifactPath,
}

#[derive(Clone, Debug)]
enum Backend {
    Local(LocalStore),
    #[cfg(feature = "cloud")]
    Cloud(CloudStore),
}

impl Store {
    /// Opens a location. This reads and writes nothing: the folder, bucket or container need not exist.
    pub fn open(location: &Location, settings: &Settings) -> Result<Self, BlobError> {
        let backend = match location {
            Location::Local { root } => {
                Backend::Local(LocalStore::new(root.clone(), settings.durability))
            }
            #[cfg(feature = "cloud")]
            Location::Azure(_) | Location::S3(_) | Location::Gcs(_) => {
                Backend::Cloud(CloudStore::open(location, settings)?)
            }
            #[cfg(not(feature = "cloud"))]
            Location::Azure(_) | Location::S3(_) | Location::Gcs(_) => {
                return Err(BlobError::Unsupported(format!(
                    "The artifact location {location} is not in this build."
                )));
            }
            Location::Proxied { .. } => {
                return Err(BlobError::Unsupported(format!(
                    "The artifact location {location} is served by a server and cannot be opened as a store."
                )));
            }
        };
        Ok(Self { backend, scope: ArtifactPath::root() })
    }

    /// The same store with a folder of it as root.
    pub fn scoped(&self, folder: &ArtifactPath) -> Result<Self, PathError> {
        Ok(Self { backend: self.backend.clone(), scope: self.scope.join(folder)? })
    }

    /// Checks that the store is there and can be used, for the start of a server.
    ///
    /// A local root is created where it does not exist, and written to without leaving anything behind. A cloud is asked
    /// for its first key, which shows a wrong address, a refused credential and a missing bucket or container.
    pub async fn probe(&self) -> Result<(), BlobError> {
        match &self.backend {
            Backend::Local(local) => local.probe().await,
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.probe().await,
        }
    }

    /// Removes what uploads left behind that were last written to before this time, and says how many. Stores in the cloud drop
    /// theirs themselves.
    pub async fn sweep(&self, before: SystemTime) -> Result<u64, BlobError> {
        match &self.backend {
            Backend::Local(local) => local.sweep(before).await,
            #[cfg(feature = "cloud")]
            Backend::Cloud(_) => Ok(0),
        }
    }

    /// What is at the path. Fails with [`BlobError::NotFound`] when nothing is.
    pub async fn head(&self, path: &ArtifactPath) -> Result<Head, BlobError> {
        let path = &self.scope.join(path)?;
        match &self.backend {
            Backend::Local(local) => local.head(path).await,
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.head(path).await,
        }
    }

    /// Whether a file or folder is at the path.
    pub async fn exists(&self, path: &ArtifactPath) -> Result<bool, BlobError> {
        match self.head(path).await {
            Ok(_) => Ok(true),
            Err(BlobError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Opens a file, or a part of it, for reading.
    pub async fn get(
        &self,
        path: &ArtifactPath,
        range: Option<ByteRange>,
    ) -> Result<Download, BlobError> {
        let path = &self.scope.join(path)?;
        match &self.backend {
            Backend::Local(local) => local.get(path, range).await,
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.get(path, range).await,
        }
    }

    /// Writes a file from a stream, replacing one that is there.
    ///
    /// The file appears at once, whole, when the stream has ended; readers see the old file until then. After an error,
    /// or when the returned future is dropped, nothing of it is left. With an `expected` size in bytes, a stream of
    /// another length is an error, so that a broken request cannot pass for a short file.
    pub async fn put<S, E>(
        &self,
        path: &ArtifactPath,
        stream: S,
        expected: Option<u64>,
    ) -> Result<Written, BlobError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<BoxError>,
    {
        let path = &self.destination(path)?;
        match &self.backend {
            Backend::Local(local) => local.put(path, stream, expected).await,
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.put(path, stream, expected).await,
        }
    }

    /// Whether clients may be given URLs to move files by themselves. Tries to make one; says why it cannot.
    pub async fn can_sign(&self) -> Result<(), BlobError> {
        match &self.backend {
            Backend::Local(_) => Err(unsigned()),
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.can_sign().await,
        }
    }

    /// A URL that a file can be read from for a while. Whether the file exists is not looked at.
    pub async fn sign_get(
        &self,
        path: &ArtifactPath,
        lives: Duration,
    ) -> Result<SignedUrl, BlobError> {
        let path = &self.scope.join(path)?;
        match &self.backend {
            Backend::Local(_) => Err(unsigned()),
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.sign_get(path, lives).await,
        }
    }

    /// A URL that a file can be written to for a while, in one piece.
    pub async fn sign_put(
        &self,
        path: &ArtifactPath,
        lives: Duration,
    ) -> Result<SignedUrl, BlobError> {
        let path = &self.destination(path)?;
        match &self.backend {
            Backend::Local(_) => Err(unsigned()),
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.sign_put(path, lives).await,
        }
    }

    /// Starts an upload whose parts a client sends by itself. Nothing is visible before it is finished. `id` is a random
    /// one of 32 hexadecimal digits, for stores that give uploads none.
    pub async fn start_parts(
        &self,
        path: &ArtifactPath,
        id: &str,
        count: usize,
        lives: Duration,
    ) -> Result<DirectUpload, BlobError> {
        let path = &self.destination(path)?;
        match &self.backend {
            Backend::Local(_) => Err(unsigned()),
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.start_parts(path, id, count, lives).await,
        }
    }

    /// Makes the file of its parts.
    pub async fn finish_parts(
        &self,
        path: &ArtifactPath,
        id: &str,
        parts: Vec<SentPart>,
    ) -> Result<(), BlobError> {
        let path = &self.destination(path)?;
        match &self.backend {
            Backend::Local(_) => Err(unsigned()),
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.finish_parts(path, id, parts).await,
        }
    }

    /// Ends an upload without a file.
    pub async fn abort_parts(&self, path: &ArtifactPath, id: &str) -> Result<(), BlobError> {
        let path = &self.destination(path)?;
        match &self.backend {
            Backend::Local(_) => Err(unsigned()),
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.abort_parts(path, id).await,
        }
    }

    /// The place of a file to write.
    fn destination(&self, path: &ArtifactPath) -> Result<ArtifactPath, BlobError> {
        let path = self.scope.join(path)?;
        if path.is_root() {
            return Err(PathError::NoFileName.into());
        }
        if path.is_reserved() {
            return Err(PathError::Reserved { name: path.name().to_owned() }.into());
        }
        Ok(path)
    }

    /// The files and folders directly in a folder, by path in the order of their characters.
    ///
    /// A path that does not exist, or is a file, has no entries.
    pub async fn list(&self, path: &ArtifactPath) -> Result<Vec<Entry>, BlobError> {
        let path = &self.scope.join(path)?;
        let mut entries = match &self.backend {
            Backend::Local(local) => local.list(path).await?,
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.list(path).await?,
        };
        if !self.scope.is_root() {
            let outside = self.scope.as_str().len() + 1;
            for entry in &mut entries {
                entry.path.drain(..outside);
            }
        }
        entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    /// Deletes a file, or a folder with all that is in it. The root is refused: see [`delete_all`](Self::delete_all).
    pub async fn delete(&self, path: &ArtifactPath) -> Result<Deleted, BlobError> {
        if path.is_root() {
            return Err(PathError::Unsafe.into());
        }
        let path = &self.scope.join(path)?;
        match &self.backend {
            Backend::Local(local) => local.delete(path).await,
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.delete(path).await,
        }
    }

    /// Counts what [`delete_all`](Self::delete_all) would delete.
    pub async fn weigh(&self) -> Result<Deleted, BlobError> {
        let mut found = Deleted::default();
        let mut folders = vec![ArtifactPath::root()];
        while let Some(folder) = folders.pop() {
            found.folders += 1;
            for entry in self.list(&folder).await? {
                if entry.is_dir {
                    folders.push(ArtifactPath::parse(&entry.path)?);
                } else {
                    found.files += 1;
                    found.bytes += entry.size.unwrap_or_default();
                }
            }
        }
        Ok(found)
    }

    /// Deletes everything in this store, its root folder included.
    pub async fn delete_all(&self) -> Result<Deleted, BlobError> {
        match &self.backend {
            Backend::Local(local) => local.delete(&self.scope).await,
            #[cfg(feature = "cloud")]
            Backend::Cloud(cloud) => cloud.delete(&self.scope).await,
        }
    }
}

fn unsigned() -> BlobError {
    BlobError::Unsupported("A folder has no signed URLs.".to_owned())
}
