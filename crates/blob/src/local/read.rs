//! Reading a file in pieces, one piece ahead of the client.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use cap_std::fs::{OpenOptions, OpenOptionsExt};
use futures_util::stream::{self, StreamExt};
use rustix::fs::OFlags;
use tokio::task::JoinHandle;

use super::{LocalStore, head_of, reading, visible};
use crate::error::BlobError;
use crate::path::ArtifactPath;
use crate::range::ByteRange;
use crate::store::{ByteStream, Download};

/// Large enough that the hop to a blocking thread costs nothing, small enough to stay in the processor's cache.
const PIECE_BYTES: u64 = 512 * 1024;

impl LocalStore {
    pub(crate) async fn get(
        &self,
        path: &ArtifactPath,
        range: Option<ByteRange>,
    ) -> Result<Download, BlobError> {
        let path = visible(path)?.clone();
        self.blocking(move |store| open(&store, path, range)).await
    }
}

/// A part of an open file that is still to be read.
struct Source {
    file: Arc<File>,
    path: ArtifactPath,
    left: Range<u64>,
}

/// Opens, measures and reads the first piece in one go: most artifacts are small.
fn open(
    store: &LocalStore,
    path: ArtifactPath,
    range: Option<ByteRange>,
) -> Result<Download, BlobError> {
    if path.is_root() {
        return Err(BlobError::IsDirectory { path: path.to_string() });
    }
    // Opening a named pipe would wait for its writer.
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let open = || {
        let file = store.open_root()?.open_with(path.as_str(), &options)?;
        let metadata = file.metadata()?;
        Ok((file, metadata))
    };
    let (file, metadata) = open().map_err(|error| reading(error, &path))?;
    if metadata.is_dir() {
        return Err(BlobError::IsDirectory { path: path.to_string() });
    }
    if !metadata.is_file() {
        return Err(BlobError::not_found(&path));
    }
    let head = head_of(&metadata);
    let range = match range {
        Some(range) => range.within(head.size).ok_or(BlobError::Range { size: head.size })?,
        None => 0..head.size,
    };
    let source = Source { file: Arc::new(file.into_std()), path, left: range.clone() };
    Ok(Download {
        size: head.size,
        range,
        etag: head.etag,
        last_modified: head.last_modified,
        stream: source.into_stream()?,
    })
}

impl Source {
    fn into_stream(mut self) -> Result<ByteStream, BlobError> {
        let range = self.next_piece();
        if range.is_empty() {
            return Ok(stream::empty().boxed());
        }
        let first = read_piece(&self.file, range, &self.path)?;
        if self.left.is_empty() {
            return Ok(stream::iter([Ok(first)]).boxed());
        }
        let state = (self, Ahead::Ready(first));
        Ok(stream::unfold(state, |(source, ahead)| source.next(ahead)).boxed())
    }

    fn next_piece(&mut self) -> Range<u64> {
        let end = self.left.end.min(self.left.start + PIECE_BYTES);
        let piece = self.left.start..end;
        self.left.start = end;
        piece
    }

    /// Hands out the piece that was read ahead, after sending for the one behind it.
    async fn next(mut self, ahead: Ahead) -> Option<(Result<Bytes, BlobError>, (Self, Ahead))> {
        let piece = match ahead {
            Ahead::Ready(piece) => Ok(piece),
            Ahead::Coming(handle) => match handle.await {
                Ok(result) => result,
                Err(error) => Err(BlobError::Unavailable { source: error.into() }),
            },
            Ahead::Nothing => return None,
        };
        let next = if piece.is_err() || self.left.is_empty() {
            Ahead::Nothing
        } else {
            let (file, path, range) = (self.file.clone(), self.path.clone(), self.next_piece());
            Ahead::Coming(tokio::task::spawn_blocking(move || read_piece(&file, range, &path)))
        };
        Some((piece, (self, next)))
    }
}

enum Ahead {
    Ready(Bytes),
    Coming(JoinHandle<Result<Bytes, BlobError>>),
    Nothing,
}

fn read_piece(file: &File, range: Range<u64>, path: &ArtifactPath) -> Result<Bytes, BlobError> {
    let wanted = (range.end - range.start) as usize;
    let mut piece = Vec::with_capacity(wanted);
    while piece.len() < wanted {
        let offset = range.start + piece.len() as u64;
        let spare = rustix::buffer::spare_capacity(&mut piece);
        match rustix::io::pread(file, spare, offset) {
            Ok(0) => {
                let source = io::Error::from(io::ErrorKind::UnexpectedEof).into();
                return Err(BlobError::Other { path: path.to_string(), source });
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(BlobError::from_io(errno.into(), path)),
        }
    }
    // A larger capacity than asked for may have been filled from beyond the range.
    piece.truncate(wanted);
    Ok(Bytes::from(piece))
}
