//! Uploads in parts while they arrive.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use object_store::path::Path as Key;
use object_store::{
    Attribute, Attributes, MultipartUpload, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use tokio::task::JoinSet;

use super::{CloudStore, error, timely};
use crate::batch::{Batch, Batches};
use crate::error::{BlobError, BoxError};
use crate::media_type::content_type;
use crate::path::ArtifactPath;
use crate::store::Written;

/// The size of the first parts. S3 takes no smaller ones than five mebibytes.
const PART_BYTES: u64 = 8 * 1024 * 1024;
/// The parts grow by `PART_BYTES` after this many, so that a stream of unknown length ends before S3's limit of 10,000.
const PARTS_OF_A_SIZE: u64 = 1000;
/// Parts of a known length are made large enough for this many to hold it.
const PARTS_AT_MOST: u64 = 9000;
/// How many parts are on their way at a time; one more is being gathered.
const PARTS_UNDER_WAY: usize = 2;
/// How long one part may take, retries included.
const PART_TIME: Duration = Duration::from_mins(5);

impl CloudStore {
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
        let key = self.key(path)?;
        let stream = std::pin::pin!(stream);
        let mut batches = Batches::new(stream, expected);
        let mut upload: Option<Upload> = None;
        let mut size = 0;
        for number in 0.. {
            let batch = match batches.next(part_bytes(number, expected)).await {
                Ok(batch) => batch,
                Err(source) => {
                    if let Some(upload) = upload {
                        upload.abort().await;
                    }
                    return Err(BlobError::Interrupted { path: path.to_string(), source });
                }
            };
            size += batch.bytes;
            let (is_last, is_empty) = (batch.is_last, batch.bytes == 0);
            if is_last && upload.is_none() {
                let written = self.put_whole(&key, batch, path).await?;
                return Ok(Written { size, etag: written.e_tag });
            }
            let running = match &mut upload {
                Some(running) => running,
                None => upload.insert(self.start(&key, path).await?),
            };
            if !is_empty {
                running.send(batch, path).await?;
            }
            if is_last {
                let written = running.complete(path).await?;
                return Ok(Written { size, etag: written.e_tag });
            }
        }
        unreachable!("a stream of batches has a last one")
    }

    async fn put_whole(
        &self,
        key: &Key,
        batch: Batch,
        path: &ArtifactPath,
    ) -> Result<PutResult, BlobError> {
        let options = PutOptions { attributes: attributes(path), ..PutOptions::default() };
        let payload = PutPayload::from_iter(batch.pieces);
        let put = tokio::time::timeout(PART_TIME, self.objects.put_opts(key, payload, options));
        in_time(put.await, path)
    }

    async fn start(&self, key: &Key, path: &ArtifactPath) -> Result<Upload, BlobError> {
        let options = PutMultipartOptions { attributes: attributes(path), ..Default::default() };
        let parts = timely(self.objects.put_multipart_opts(key, options)).await?;
        let parts = parts.map_err(|error| error::sort(error, path))?;
        Ok(Upload { parts: Some(parts), under_way: JoinSet::new() })
    }
}

fn attributes(path: &ArtifactPath) -> Attributes {
    Attributes::from_iter([(Attribute::ContentType, content_type(path.name()))])
}

fn part_bytes(number: u64, expected: Option<u64>) -> u64 {
    let grown = PART_BYTES * (1 + number / PARTS_OF_A_SIZE);
    grown.max(expected.unwrap_or_default().div_ceil(PARTS_AT_MOST))
}

/// An upload in parts. Unless it is completed, its parts are aborted, at the latest when it is dropped.
struct Upload {
    parts: Option<Box<dyn MultipartUpload>>,
    under_way: JoinSet<object_store::Result<()>>,
}

impl Upload {
    async fn send(&mut self, batch: Batch, path: &ArtifactPath) -> Result<(), BlobError> {
        while self.under_way.len() >= PARTS_UNDER_WAY {
            self.wait_for_one(path).await?;
        }
        if let Some(parts) = &mut self.parts {
            self.under_way.spawn(parts.put_part(PutPayload::from_iter(batch.pieces)));
        }
        Ok(())
    }

    async fn wait_for_one(&mut self, path: &ArtifactPath) -> Result<(), BlobError> {
        let part = tokio::time::timeout(PART_TIME, self.under_way.join_next()).await;
        match part {
            Ok(Some(Ok(result))) => result.map_err(|error| error::sort(error, path)),
            Ok(Some(Err(error))) => Err(BlobError::Unavailable { source: error.into() }),
            Ok(None) => Ok(()),
            Err(elapsed) => Err(BlobError::Unavailable { source: elapsed.into() }),
        }
    }

    async fn complete(&mut self, path: &ArtifactPath) -> Result<PutResult, BlobError> {
        while !self.under_way.is_empty() {
            self.wait_for_one(path).await?;
        }
        let Some(parts) = &mut self.parts else {
            return Err(BlobError::Unsupported("The upload has ended already.".to_owned()));
        };
        let result = in_time(tokio::time::timeout(PART_TIME, parts.complete()).await, path)?;
        self.parts = None;
        Ok(result)
    }

    /// Removes the parts before the caller hears of the failure.
    async fn abort(mut self) {
        self.under_way.shutdown().await;
        if let Some(mut parts) = self.parts.take() {
            // Parts that could not be removed are invisible, and every cloud ends them after some days.
            let _aborted = timely(parts.abort()).await;
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.under_way.abort_all();
        if let Some(mut parts) = self.parts.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { timely(parts.abort()).await });
        }
    }
}

fn in_time<T>(
    result: Result<object_store::Result<T>, tokio::time::error::Elapsed>,
    path: &ArtifactPath,
) -> Result<T, BlobError> {
    match result {
        Ok(result) => result.map_err(|error| error::sort(error, path)),
        Err(elapsed) => Err(BlobError::Unavailable { source: elapsed.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_object_fits_in_the_number_of_parts() {
        const LARGEST: u64 = 5 << 40;
        assert_eq!(part_bytes(0, Some(LARGEST)).div_ceil(1 << 20), 583);
        assert!(LARGEST.div_ceil(part_bytes(0, Some(LARGEST))) <= 10_000);
        assert_eq!(part_bytes(0, Some(1)), PART_BYTES);
        let unknown: u64 = (0..10_000).map(|number| part_bytes(number, None)).sum();
        assert!(unknown > 400 << 30, "{unknown}");
    }
}
