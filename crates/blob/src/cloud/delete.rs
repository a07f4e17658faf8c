//! Deleting a key, or all keys below a folder.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;

use super::{CloudStore, error, timely};
use crate::error::BlobError;
use crate::path::ArtifactPath;
use crate::store::Deleted;

impl CloudStore {
    pub(crate) async fn delete(&self, path: &ArtifactPath) -> Result<Deleted, BlobError> {
        let mut deleted = Deleted::default();
        if path.is_reserved() {
            return Ok(deleted);
        }
        if !path.is_root() {
            deleted.bytes += self.delete_file(path, &mut deleted.files).await?;
        }
        self.delete_folder(path, &mut deleted).await?;
        Ok(deleted)
    }

    async fn delete_file(&self, path: &ArtifactPath, files: &mut u64) -> Result<u64, BlobError> {
        let key = self.key(path)?;
        let meta = match timely(self.objects.head(&key)).await? {
            Ok(meta) => meta,
            Err(object_store::Error::NotFound { .. }) => return Ok(0),
            Err(error) => return Err(error::sort(error, path)),
        };
        match timely(self.objects.delete(&key)).await? {
            Ok(()) => *files += 1,
            Err(object_store::Error::NotFound { .. }) => return Ok(0),
            Err(error) => return Err(error::sort(error, path)),
        }
        Ok(meta.size)
    }

    /// The keys are deleted while they are listed, so that a folder of any size takes little memory.
    async fn delete_folder(
        &self,
        path: &ArtifactPath,
        deleted: &mut Deleted,
    ) -> Result<(), BlobError> {
        let folder = self.key(path)?;
        let bytes = Arc::new(AtomicU64::new(0));
        let counted = bytes.clone();
        let keys = self.objects.list(Some(&folder)).map_ok(move |meta| {
            counted.fetch_add(meta.size, Ordering::Relaxed);
            meta.location
        });
        let mut gone = self.objects.delete_stream(keys.boxed());
        let mut files = 0;
        while let Some(key) = timely(gone.next()).await? {
            match key {
                // Somebody else deleted it meanwhile.
                Ok(_) | Err(object_store::Error::NotFound { .. }) => files += 1,
                Err(error) => return Err(error::sort(error, path)),
            }
        }
        deleted.files += files;
        deleted.folders += u64::from(files > 0);
        deleted.bytes += bytes.load(Ordering::Relaxed);
        Ok(())
    }
}
