//! The messages of multipart uploads.

use app::Int64;
use app::call::{Check, Message, Shape};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The start of an upload.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreateMultipartUpload {
    /// The name of the file; the URL names its folder.
    pub path: Option<String>,
    pub num_parts: Option<Int64>,
}

impl Message for CreateMultipartUpload {
    const CHECKS: &'static [Check] =
        &[Check::required("path", Shape::Text), Check::optional("num_parts", Shape::Int)];
}

/// The end of an upload.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CompleteMultipartUpload {
    pub path: Option<String>,
    pub upload_id: Option<String>,
    /// What the parts were stored as.
    pub parts: Option<Vec<IgnoredAny>>,
}

impl Message for CompleteMultipartUpload {
    const CHECKS: &'static [Check] = &[
        Check::required("path", Shape::Text),
        Check::optional("upload_id", Shape::Text),
        Check::required("parts", Shape::Any),
    ];
}

/// The end of an upload without a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AbortMultipartUpload {
    pub path: Option<String>,
    pub upload_id: Option<String>,
}

impl Message for AbortMultipartUpload {
    const CHECKS: &'static [Check] =
        &[Check::required("path", Shape::Text), Check::optional("upload_id", Shape::Text)];
}
