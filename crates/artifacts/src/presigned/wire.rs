//! The messages that ask for signed URLs.

use std::collections::BTreeMap;

use app::Int64;
use app::call::{Check, Message, Shape};
use app::needs::{Scope, Touch};
use blob::SignedUrl;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a file of a run, or of a logged model, is to be sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
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

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::one(Scope::Run, |m| m.run_id.as_deref()),
        Touch::one(Scope::LoggedModel, |m| m.model_id.as_deref()),
    ];
}

/// Where a file of a run is to be fetched.
#[derive(Debug, Default, Deserialize, JsonSchema)]
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

    const TOUCHES: &'static [Touch<Self>] = &[Touch::one(Scope::Run, |m| m.run_id.as_deref())];
}

/// Where the file is to be sent or fetched, and the headers that must go with the request.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PresignedUrl {
    pub presigned_url: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
}

impl PresignedUrl {
    pub(super) fn new(signed: SignedUrl, file_size: Option<u64>) -> Self {
        let headers = signed.headers.into_iter().collect();
        Self { presigned_url: signed.url, headers, file_size }
    }
}
