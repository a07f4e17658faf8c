//! How much may be made of one request: an element that takes two bytes of a packed body takes a hundred
//! in memory, and more once it is stored, so that a limit of the body's bytes is none.

use std::cell::Cell;

/// Spans of one request.
const MAX_SPANS: usize = 100_000;
/// Attributes, events, links and values in lists and maps of one request.
const MAX_ELEMENTS: usize = 1_500_000;
/// Attributes, events and links that are kept of one span each: far more than the 128 that OpenTelemetry's
/// SDKs keep, and few enough to bound the memory of a span. What is beyond is dropped and counted.
pub const MAX_PER_SPAN: usize = 10_000;
/// Attributes that are kept of one event, link or resource.
pub const MAX_PER_PART: usize = 1_000;

/// What is left of what a request may hold.
#[derive(Debug)]
pub struct Budget {
    spans: Cell<usize>,
    elements: Cell<usize>,
}

/// Why a request is refused that is well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    #[error("there are more than {MAX_SPANS} spans in it: send them in several requests")]
    Spans,
    #[error(
        "there are more than {MAX_ELEMENTS} attributes, events, links and values in it: send the spans in \
         several requests"
    )]
    Elements,
}

impl Default for Budget {
    fn default() -> Self {
        Self { spans: Cell::new(MAX_SPANS), elements: Cell::new(MAX_ELEMENTS) }
    }
}

impl Budget {
    /// What a file of the archive may hold: a whole trace, which came in any number of requests.
    pub fn archive() -> Self {
        Self { spans: Cell::new(10 * MAX_SPANS), elements: Cell::new(4 * MAX_ELEMENTS) }
    }

    pub fn span(&self) -> Result<(), TooMuch> {
        take(&self.spans, 1).ok_or(TooMuch::Spans)
    }

    pub fn element(&self) -> Result<(), TooMuch> {
        take(&self.elements, 1).ok_or(TooMuch::Elements)
    }

    /// A link is larger than other elements.
    pub fn link(&self) -> Result<(), TooMuch> {
        take(&self.elements, 2).ok_or(TooMuch::Elements)
    }
}

fn take(left: &Cell<usize>, count: usize) -> Option<()> {
    left.set(left.get().checked_sub(count)?);
    Some(())
}
