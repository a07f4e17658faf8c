//! Pieces of a stream, gathered until they are worth a write.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use crate::error::BoxError;

pub(crate) struct Batch {
    pub(crate) pieces: Vec<Bytes>,
    /// The pieces' lengths together.
    pub(crate) bytes: u64,
    /// Whether the stream has ended.
    pub(crate) is_last: bool,
}

/// A stream of batches that keeps account of its length.
pub(crate) struct Batches<S> {
    stream: S,
    expected: Option<u64>,
    total: u64,
}

impl<S, E> Batches<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<BoxError>,
{
    pub(crate) fn new(stream: S, expected: Option<u64>) -> Self {
        Self { stream, expected, total: 0 }
    }

    /// Gathers at least `size` bytes, or what is left.
    ///
    /// Fails with the stream's own error, or when it is longer or shorter than was announced.
    pub(crate) async fn next(&mut self, size: u64) -> Result<Batch, BoxError> {
        let mut batch = Batch { pieces: Vec::new(), bytes: 0, is_last: false };
        while batch.bytes < size {
            let Some(piece) = self.stream.next().await else {
                batch.is_last = true;
                break;
            };
            let piece = piece.map_err(Into::into)?;
            if !piece.is_empty() {
                batch.bytes += piece.len() as u64;
                batch.pieces.push(piece);
            }
        }
        self.total += batch.bytes;
        match self.expected {
            Some(expected) if self.total > expected || (batch.is_last && self.total < expected) => {
                Err(format!("{} bytes came where {expected} were announced", self.total).into())
            }
            _ => Ok(batch),
        }
    }
}
