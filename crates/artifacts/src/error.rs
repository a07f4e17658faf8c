//! What a store's failure means to the caller.

use app::{ApiError, Code};
use blob::{BlobError, PathError};

/// The answer to a call that a store did not carry out.
pub fn failed(error: BlobError) -> ApiError {
    let message = error.to_string();
    let code = match &error {
        BlobError::NotFound { .. } => return ApiError::missing(message),
        BlobError::InvalidPath(_)
        | BlobError::IsDirectory { .. }
        | BlobError::NotDirectory { .. }
        | BlobError::Parts(_)
        | BlobError::Range { .. } => return ApiError::invalid(message),
        BlobError::Interrupted { source, .. } => {
            tracing::debug!(error = %source, "an upload broke off");
            return ApiError::new(Code::BadRequest, message);
        }
        BlobError::Denied { .. } => Code::PermissionDenied,
        BlobError::Full { .. } | BlobError::Unavailable { .. } => Code::TemporarilyUnavailable,
        BlobError::Unsupported(_) => return ApiError::new(Code::NotImplemented, message),
        _ => Code::InternalError,
    };
    ApiError { code, message, source: Some(Box::new(error)) }
}

/// The answer to a path that no store takes.
pub(crate) fn refused(error: PathError) -> ApiError {
    ApiError::invalid(error.to_string())
}

/// The answer to a wish for signed URLs, or for parts to send by them, where the store gives none.
/// Clients take it for a word to use the plain routes.
pub(crate) fn unsupported(what: &str) -> ApiError {
    let message = format!("{what} is not supported for the current artifact repository");
    ApiError::new(Code::NotImplemented, message)
}

/// The answer to a store that did not sign: [`unsupported`] where it cannot.
pub(crate) fn unsigned(what: &str, error: BlobError) -> ApiError {
    match error {
        BlobError::Unsupported(_) => unsupported(what),
        error => failed(error),
    }
}
