//! Responses that are made while they are sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::body_limits::MemoryPermit;

/// A response's body that is made while it is sent. It holds its place, and the memory of its request, until its end, or
/// until its client leaves.
pub struct HeldBody {
    body: Body,
    _place: OwnedSemaphorePermit,
    _memory: Option<MemoryPermit>,
}

impl HeldBody {
    pub fn new(body: Body, place: OwnedSemaphorePermit, memory: Option<MemoryPermit>) -> Self {
        Self { body, _place: place, _memory: memory }
    }
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
