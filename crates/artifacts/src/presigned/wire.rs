//! The messages that ask for signed URLs.

use app::Int64;
use app::call::{Check, Message, Shape};
use serde::Deserialize;

/// Where a file of a run, or of a logged model, is to be sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreatePresignedUploadUrl {
    pub run_id: Option<String>,
    pub model_id: Option<String>,
    pub path: Option<String>,
    /// Seconds.
    pub expiration: Option<Int64>,
}

impl Message for CreatePresignedUploadUrl {
    const CHECKS: &'static [Check] = &[
        Check::optional("run_id", Shape::Text),
        Check::optional("model_id", Shape::Text),
        Check::required("path", Shape::Text),
        Check::optional("expiration", Shape::Int),
    ];
}

/// Where a file of a run is to be fetched.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreatePresignedDownloadUrl {
    pub run_id: Option<String>,
    pub path: Option<String>,
    /// Seconds.
    pub expiration: Option<Int64>,
}

impl Message for CreatePresignedDownloadUrl {
    const CHECKS: &'static [Check] = &[
        Check::required("run_id", Shape::Text),
        Check::required("path", Shape::Text),
        Check::optional("expiration", Shape::Int),
    ];
}
