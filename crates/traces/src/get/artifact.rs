//! The files of a trace: its spans as `traces.json`, and what is attached to them.

use app::{ApiError, Caller, Code, Shared};
use artifacts::{Stores, Wanted, query_value};
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::api::{Found, Spanned, find, streamed};
use super::spans::Form;
use super::store::corrupted;
use crate::info;
use crate::info::wire::TraceInfo;
use crate::spans::keys::tag;

const DATA_FILE: &str = "traces.json";
const ATTACHMENTS: &str = "attachments";

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, ApiError> {
    let value = |name| query_value(query.as_deref(), name).filter(|text| !text.is_empty());
    let trace_id = value("request_id").ok_or_else(|| {
        let message = "Request must include the \"request_id\" query parameter.";
        ApiError::new(Code::BadRequest, message)
    })?;
    if let Some(path) = value("path") {
        if !is_uuid(&path) {
            return Err(ApiError::new(
                Code::AttributeNotFound,
                format!("Invalid attachment path: '{path}'. Attachment path must be a valid UUID."),
            ));
        }
        let info = app.read(&caller, info::store::get, (trace_id,)).await?;
        let path = format!("{ATTACHMENTS}/{path}");
        return artifacts::fetch(&stores, location(&info)?, &path, &wanted).await;
    }
    // A page shows what is there of a trace that is not over.
    let (info, found) = find(&app, &caller, &stores, &trace_id, true, Form::Stored).await?;
    let mut json = b"{\"spans\": [".to_vec();
    let body = match found {
        Found::Here(spans) => {
            json.extend_from_slice(&spans.into_json());
            json.extend_from_slice(b"]}");
            Body::from(json)
        }
        Found::Many(ids) => {
            streamed(app, caller, Spanned { trace_id, ids, form: Form::Stored }, json, b"]}")
        }
        Found::Elsewhere => {
            let file = artifacts::fetch(&stores, location(&info)?, DATA_FILE, &wanted).await;
            return file.map_err(|error| match error.code {
                Code::ResourceDoesNotExist => ApiError::new(
                    Code::NotFound,
                    format!("Trace data not found for path={DATA_FILE}"),
                ),
                _ => error,
            });
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=traces.json"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, body).into_response())
}

fn location(info: &TraceInfo) -> Result<&str, ApiError> {
    info.tags.get(tag::ARTIFACT_LOCATION).ok_or_else(|| corrupted(&info.trace_id))
}

/// Whether a text is a UUID as it is usually written.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests {
    use super::is_uuid;

    #[test]
    fn attachments_are_named_by_uuids() {
        assert!(is_uuid("0a1b2c3d-0000-4000-8000-00000000000f"));
        for text in ["", "../../etc/passwd", "0A1b2c3d-0000-4000-8000-00000000000f", "0a1b2c3d"] {
            assert!(!is_uuid(text), "{text}");
        }
    }
}
