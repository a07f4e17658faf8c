//! A folder of a bucket or container as a store, over `object_store`.
//!
//! Cloud stores know no folders: a folder is what the keys below it have in common, and exists while one of them does.

#[cfg(feature = "azure")]
mod azure;
mod client;
mod delete;
mod direct;
mod error;
#[cfg(feature = "gcs")]
mod gcs;
#[cfg(feature = "s3")]
mod s3;
mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use object_store::multipart::MultipartStore;
use object_store::path::Path as Key;
use object_store::signer::Signer;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::error::BlobError;
use crate::location::Location;
use crate::path::{ArtifactPath, PathError, UPLOADING_PREFIX};
use crate::range::ByteRange;
use crate::store::{Download, Entry, Head, Settings};

/// How long a call may take until its answer begins, retries included.
const ANSWER_TIME: Duration = Duration::from_mins(1);

/// What `object_store`'s clouds can do: move files, sign URLs, take uploads in parts that somebody else sends.
trait Cloud: ObjectStore + Signer + MultipartStore {}

impl<C: ObjectStore + Signer + MultipartStore> Cloud for C {}

/// Whose interface a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Azure,
    S3,
    Gcs,
}

/// A container or bucket, and what holds for all that is done in it.
struct Opened {
    objects: Arc<dyn Cloud>,
    kind: Kind,
    /// Whether the credentials are of a kind that signs URLs.
    signs: bool,
    /// Headers that every upload must have.
    upload_headers: Vec<(&'static str, String)>,
}

#[derive(Clone)]
pub(crate) struct CloudStore {
    objects: Arc<dyn Cloud>,
    kind: Kind,
    signs: bool,
    upload_headers: Arc<[(&'static str, String)]>,
    /// The folder in the bucket or container.
    prefix: Arc<str>,
    /// The location, for messages.
    name: Arc<str>,
}

impl CloudStore {
    pub(crate) fn open(location: &Location, settings: &Settings) -> Result<Self, BlobError> {
        let name = location.to_string();
        let (opened, prefix): (Opened, &str) = match location {
            #[cfg(feature = "azure")]
            Location::Azure(azure) => (azure::open(azure, settings, &name)?, &azure.prefix),
            #[cfg(feature = "s3")]
            Location::S3(bucket) => (s3::open(bucket, settings, &name)?, &bucket.prefix),
            #[cfg(feature = "gcs")]
            Location::Gcs(bucket) => (gcs::open(bucket, settings, &name)?, &bucket.prefix),
            _ => {
                return Err(BlobError::Unsupported(format!(
                    "The artifact location {name} is not in this build."
                )));
            }
        };
        let Opened { objects, kind, signs, upload_headers } = opened;
        let upload_headers = upload_headers.into();
        Ok(Self { objects, kind, signs, upload_headers, prefix: prefix.into(), name: name.into() })
    }

    /// Asks for the first key. That needs a name that resolves, a server that answers, credentials that are accepted and
    /// a bucket that exists; whether a write is allowed is first known at the first one.
    pub(crate) async fn probe(&self) -> Result<(), BlobError> {
        let folder = self.key(&ArtifactPath::root())?;
        let mut keys = self.objects.list(Some(&folder));
        let first = timely(async { keys.next().await.transpose() }).await?;
        match first.map_err(|error| error::sort(error, &ArtifactPath::root())) {
            Ok(_) => Ok(()),
            Err(BlobError::NotFound { .. }) => {
                Err(BlobError::NoStore { store: self.name.to_string() })
            }
            // What is refused is the store, not a path in it.
            Err(BlobError::Denied { source, .. }) => {
                Err(BlobError::Denied { path: self.name.to_string(), source })
            }
            Err(BlobError::Other { source, .. }) => {
                Err(BlobError::Other { path: self.name.to_string(), source })
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn head(&self, path: &ArtifactPath) -> Result<Head, BlobError> {
        if !path.is_root() && !path.is_reserved() {
            match timely(self.objects.head(&self.key(path)?)).await? {
                Ok(meta) => return Ok(head_of(meta)),
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error::sort(error, path)),
            }
        }
        if self.is_folder(path).await? {
            return Ok(Head { is_dir: true, size: 0, etag: None, last_modified: None });
        }
        Err(BlobError::not_found(path))
    }

    pub(crate) async fn get(
        &self,
        path: &ArtifactPath,
        range: Option<ByteRange>,
    ) -> Result<Download, BlobError> {
        if path.is_root() {
            return Err(BlobError::IsDirectory { path: path.to_string() });
        }
        if path.is_reserved() {
            return Err(BlobError::not_found(path));
        }
        let range = match range {
            None => None,
            Some(ByteRange::From(first)) => Some(GetRange::Offset(first)),
            Some(ByteRange::Between(first, last)) => {
                Some(GetRange::Bounded(first..last.saturating_add(1)))
            }
            // Azure knows no range from the end.
            Some(last @ ByteRange::Last(_)) => {
                let size = self.file_size(path).await?;
                let range = last.within(size).ok_or(BlobError::Range { size })?;
                Some(GetRange::Bounded(range))
            }
        };
        let is_part = range.is_some();
        let options = GetOptions { range, ..GetOptions::default() };
        match timely(self.objects.get_opts(&self.key(path)?, options)).await? {
            Ok(result) => {
                let head = head_of(result.meta.clone());
                let range = result.range.clone();
                let path = path.clone();
                let stream =
                    result.into_stream().map(move |p| p.map_err(|e| error::sort(e, &path)));
                Ok(Download {
                    size: head.size,
                    range,
                    etag: head.etag,
                    last_modified: head.last_modified,
                    stream: stream.boxed(),
                })
            }
            Err(object_store::Error::NotFound { .. }) if self.is_folder(path).await? => {
                Err(BlobError::IsDirectory { path: path.to_string() })
            }
            Err(error) if is_part && error::is_out_of_range(&error) => {
                Err(BlobError::Range { size: self.file_size(path).await? })
            }
            Err(error) => Err(error::sort(error, path)),
        }
    }

    pub(crate) async fn list(&self, path: &ArtifactPath) -> Result<Vec<Entry>, BlobError> {
        if path.is_reserved() {
            return Ok(Vec::new());
        }
        let folder = self.key(path)?;
        let listed = timely(self.objects.list_with_delimiter(Some(&folder))).await?;
        let listed = listed.map_err(|error| error::sort(error, path))?;
        let folders = listed.common_prefixes.iter().map(|key| (key, None));
        let files = listed.objects.iter().map(|meta| (&meta.location, Some(meta.size)));
        let mut entries = Vec::with_capacity(listed.common_prefixes.len() + listed.objects.len());
        for (key, size) in folders.chain(files) {
            // A key that ends in a slash marks the folder itself.
            let Some(below) = self.below_prefix(key).filter(|_| *key != folder) else { continue };
            let entry = Entry { path: below.to_owned(), is_dir: size.is_none(), size };
            if !entry.name().starts_with(UPLOADING_PREFIX) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// Whether any key lies below the path.
    async fn is_folder(&self, path: &ArtifactPath) -> Result<bool, BlobError> {
        if path.is_reserved() {
            return Ok(false);
        }
        let mut keys = self.objects.list(Some(&self.key(path)?));
        let first = timely(async { keys.next().await.transpose() }).await?;
        Ok(first.map_err(|error| error::sort(error, path))?.is_some())
    }

    async fn file_size(&self, path: &ArtifactPath) -> Result<u64, BlobError> {
        match self.head(path).await? {
            Head { is_dir: true, .. } => Err(BlobError::IsDirectory { path: path.to_string() }),
            head => Ok(head.size),
        }
    }

    fn key(&self, path: &ArtifactPath) -> Result<Key, BlobError> {
        let key = match (self.prefix.is_empty(), path.is_root()) {
            (true, _) => path.to_string(),
            (false, true) => self.prefix.to_string(),
            (false, false) => format!("{}/{path}", self.prefix),
        };
        // The names are taken as they are; `Key::from` would escape some of their characters in the store.
        Key::parse(key).map_err(|_| PathError::Unsafe.into())
    }

    fn below_prefix<'a>(&self, key: &'a Key) -> Option<&'a str> {
        let below = key.as_ref().strip_prefix(&*self.prefix)?;
        if self.prefix.is_empty() { Some(below) } else { below.strip_prefix('/') }
    }
}

impl fmt::Debug for CloudStore {
    /// The client may hold credentials and is not shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CloudStore").field("name", &self.name).finish_non_exhaustive()
    }
}

fn head_of(meta: ObjectMeta) -> Head {
    let quote = |tag: String| if tag.ends_with('"') { tag } else { format!("\"{tag}\"") };
    Head {
        is_dir: false,
        size: meta.size,
        etag: meta.e_tag.map(quote),
        last_modified: Some(meta.last_modified.into()),
    }
}

/// Ends a call whose answer does not begin in time.
async fn timely<T>(call: impl Future<Output = T>) -> Result<T, BlobError> {
    tokio::time::timeout(ANSWER_TIME, call)
        .await
        .map_err(|elapsed| BlobError::Unavailable { source: elapsed.into() })
}
