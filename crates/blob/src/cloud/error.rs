//! What a cloud's failure means for the caller.

use std::error::Error as _;

use object_store::Error;
use object_store::client::HttpError;

use crate::error::BlobError;
use crate::path::{ArtifactPath, PathError};

pub(super) fn sort(error: Error, path: &ArtifactPath) -> BlobError {
    let name = path.to_string();
    match error {
        Error::NotFound { .. } => BlobError::NotFound { path: name },
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            BlobError::Denied { path: name, source: error.into() }
        }
        Error::InvalidPath { .. } => PathError::Unsafe.into(),
        Error::NotSupported { .. } | Error::NotImplemented { .. } => {
            BlobError::Unsupported("The artifact store cannot do this.".to_owned())
        }
        error => match status(&error) {
            Some(404) => BlobError::NotFound { path: name },
            Some(401 | 403) => BlobError::Denied { path: name, source: error.into() },
            Some(400) if is_about_login(&error) => {
                BlobError::Denied { path: name, source: error.into() }
            }
            Some(507) => BlobError::Full { source: error.into() },
            Some(408 | 429 | 500..) => BlobError::Unavailable { source: error.into() },
            None if is_connection(&error) => BlobError::Unavailable { source: error.into() },
            _ => BlobError::Other { path: name, source: error.into() },
        },
    }
}

pub(super) fn is_out_of_range(error: &Error) -> bool {
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    status(error) == Some(416) || text.contains("Wanted range starting at")
}

pub(super) fn is_bad_request(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref().and_then(status) == Some(400)
}

/// Azure calls a signature that it cannot read a bad request.
fn is_about_login(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.to_string().contains("InvalidAuthenticationInfo") {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_connection(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<HttpError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The HTTP status behind an error. `object_store` keeps it in a type that it does not export, so its text is read.
fn status(error: &Error) -> Option<u16> {
    const MARK: &str = "status code: ";
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if let Some((_, code)) = text.split_once(MARK) {
            return code.get(..3)?.parse().ok();
        }
        cause = error.source();
    }
    None
}
