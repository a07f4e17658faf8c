//! What a client needs to move a file straight to or from the place where it is kept.

use std::fmt;

/// A URL that lets whoever has it read or write one file for a while. It is a secret, and not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The URL.
    pub url: String,
    /// Headers that must be sent with the request.
    pub headers: Vec<(&'static str, String)>,
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignedUrl").field("headers", &self.headers).finish_non_exhaustive()
    }
}

/// An upload in parts that a client sends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectUpload {
    /// What the store knows the upload by.
    pub id: String,
    /// Where each part is to be sent, the first one first.
    pub parts: Vec<SignedUrl>,
}

/// A part that a client has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentPart {
    /// Counted from one.
    pub number: u32,
    /// The tag that the store answered with. Azure has none.
    pub etag: String,
}
