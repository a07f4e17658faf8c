//! The messages of multipart uploads and signed downloads.

use std::collections::BTreeMap;

use app::Int64;
use app::call::{Check, Message, Shape};
use blob::{ArtifactPath, SignedUrl};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The start of an upload.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CreateMultipartUpload {
    /// The file as the client has it, of which the last name counts; the URL names the folder.
    pub path: Option<String>,
    pub num_parts: Option<Int64>,
}

impl Message for CreateMultipartUpload {
    const CHECKS: &'static [Check] =
        &[Check::required("path", Shape::Text), Check::optional("num_parts", Shape::Int)];
}

/// Where the parts are to be sent.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MultipartUpload {
    pub upload_id: String,
    pub credentials: Vec<Credential>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Credential {
    pub url: String,
    pub part_number: usize,
}

/// The end of an upload.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CompleteMultipartUpload {
    pub path: Option<String>,
    pub upload_id: Option<String>,
    /// What the parts were stored as.
    pub parts: Option<Vec<Part>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Part {
    pub part_number: Option<Int64>,
    pub etag: Option<String>,
}

impl Message for CompleteMultipartUpload {
    const CHECKS: &'static [Check] = &[
        Check::required("path", Shape::Text),
        Check::optional("upload_id", Shape::Text),
        Check::required("parts", Shape::Any),
    ];
}

/// The end of an upload without a file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AbortMultipartUpload {
    pub path: Option<String>,
    pub upload_id: Option<String>,
}

impl Message for AbortMultipartUpload {
    const CHECKS: &'static [Check] =
        &[Check::required("path", Shape::Text), Check::optional("upload_id", Shape::Text)];
}

/// Where a file is to be fetched.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PresignedDownload {
    pub url: String,
    pub headers: BTreeMap<&'static str, String>,
    /// In bytes. Compat: without it, clients before MLflow 3.18 take the plain route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
}

impl PresignedDownload {
    pub(super) fn new(signed: SignedUrl, file_size: u64) -> Self {
        Self {
            url: signed.url,
            headers: signed.headers.into_iter().collect(),
            file_size: Some(file_size),
        }
    }
}

impl PresignedDownload {
    /// The response for a file whose name cannot be signed.
    pub(super) fn through_the_proxy(path: &ArtifactPath) -> Self {
        let url = format!("/api/2.0/mlflow-artifacts/artifacts/{path}");
        Self { url, headers: BTreeMap::new(), file_size: None }
    }
}

/// An answer that says nothing.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Empty {}
