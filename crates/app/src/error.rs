//! The one way in which a call fails: MLflow's closed list of codes, and a message.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::{DbError, Engine, Kind};
use serde_json::json;

/// MLflow's error codes, as far as they are used. The code decides the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    InternalError,
    /// Nothing was done, so that the call may be sent again.
    Busy,
    /// What was done is not known, or sending the call again will not help soon.
    TemporarilyUnavailable,
    /// It takes too long, and would again.
    DeadlineExceeded,
    BadRequest,
    InvalidParameterValue,
    /// `INVALID_PARAMETER_VALUE` too, with an error class of its own.
    AttributeNotFound,
    EndpointNotFound,
    FeatureDisabled,
    InvalidState,
    PermissionDenied,
    /// Compat: said in plain text, not as JSON: tests and clients of MLflow look for the sentence.
    Forbidden,
    Unauthenticated,
    RequestLimitExceeded,
    ResourceConflict,
    NotImplemented,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    NotFound,
    AlreadyExists,
}

impl Code {
    /// The name on the wire, the HTTP status, and the (SQL state, error class) that MLflow adds.
    fn parts(self) -> (&'static str, StatusCode, Option<(&'static str, &'static str)>) {
        use StatusCode as S;
        const INTERNAL: Option<(&str, &str)> = Some(("XXM00", "CLIENT_INTERNAL_ERROR"));
        const INVALID: Option<(&str, &str)> = Some(("KAM00", "INVALID_PARAMETER_VALUE"));
        const MISSING: Option<(&str, &str)> = Some(("KAM00", "RESOURCE_NOT_FOUND"));
        const DENIED: Option<(&str, &str)> = Some(("KAM00", "PERMISSION_DENIED"));
        const EXISTS: Option<(&str, &str)> = Some(("KAM00", "RESOURCE_ALREADY_EXISTS"));
        match self {
            Code::InternalError => ("INTERNAL_ERROR", S::INTERNAL_SERVER_ERROR, INTERNAL),
            // Compat: MLflow has 503 for this code. Its clients since 3.18 send a call that creates
            // something again after 429, not after 503; earlier ones after either.
            Code::Busy => ("TEMPORARILY_UNAVAILABLE", S::TOO_MANY_REQUESTS, INTERNAL),
            // Compat: MLflow has 504 for this code, after which its clients send the call again.
            Code::DeadlineExceeded => ("DEADLINE_EXCEEDED", S::BAD_REQUEST, INVALID),
            Code::TemporarilyUnavailable => {
                ("TEMPORARILY_UNAVAILABLE", S::SERVICE_UNAVAILABLE, INTERNAL)
            }
            Code::BadRequest => ("BAD_REQUEST", S::BAD_REQUEST, INVALID),
            Code::InvalidParameterValue => ("INVALID_PARAMETER_VALUE", S::BAD_REQUEST, INVALID),
            Code::AttributeNotFound => {
                ("INVALID_PARAMETER_VALUE", S::BAD_REQUEST, Some(("KAM04", "ATTRIBUTE_NOT_FOUND")))
            }
            Code::EndpointNotFound => ("ENDPOINT_NOT_FOUND", S::NOT_FOUND, MISSING),
            // Compat: MLflow answers 500 for what is switched off.
            Code::FeatureDisabled => {
                ("FEATURE_DISABLED", S::INTERNAL_SERVER_ERROR, Some(("KAM00", "FEATURE_DISABLED")))
            }
            // Compat: MLflow answers 500 for a call that the entity's state forbids.
            Code::InvalidState => ("INVALID_STATE", S::INTERNAL_SERVER_ERROR, INTERNAL),
            Code::PermissionDenied | Code::Forbidden => ("PERMISSION_DENIED", S::FORBIDDEN, DENIED),
            Code::Unauthenticated => ("UNAUTHENTICATED", S::UNAUTHORIZED, None),
            Code::RequestLimitExceeded => ("REQUEST_LIMIT_EXCEEDED", S::TOO_MANY_REQUESTS, None),
            Code::ResourceConflict => ("RESOURCE_CONFLICT", S::CONFLICT, None),
            Code::NotImplemented => ("NOT_IMPLEMENTED", S::NOT_IMPLEMENTED, None),
            Code::ResourceAlreadyExists => ("RESOURCE_ALREADY_EXISTS", S::BAD_REQUEST, EXISTS),
            Code::ResourceDoesNotExist => ("RESOURCE_DOES_NOT_EXIST", S::NOT_FOUND, MISSING),
            Code::NotFound => ("NOT_FOUND", S::NOT_FOUND, MISSING),
            Code::AlreadyExists => ("ALREADY_EXISTS", S::CONFLICT, None),
        }
    }

    pub fn name(self) -> &'static str {
        self.parts().0
    }

    pub fn status(self) -> StatusCode {
        self.parts().1
    }
}

/// A failed call. `message` goes to the client; `source` goes to the log and nowhere else.
///
/// Which constructor to use: [`ApiError::invalid`] for anything that the caller can put right in
/// the request, [`ApiError::missing`] for an entity that is not there, [`ApiError::exists`] for one
/// that is there already, [`ApiError::denied`] for a caller without the right, and
/// [`ApiError::internal`] for what only we can put right. A [`DbError`] becomes one by `?`.
#[derive(Debug, thiserror::Error)]
#[error("{}: {message}", code.name())]
pub struct ApiError {
    pub code: Code,
    pub message: String,
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ApiError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), source: None }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidParameterValue, message)
    }

    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(Code::ResourceDoesNotExist, message)
    }

    pub fn exists(message: impl Into<String>) -> Self {
        Self::new(Code::ResourceAlreadyExists, message)
    }

    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, message)
    }

    /// For a caller that does not meet a need of the route. Nothing is said about what it asked for.
    pub fn forbidden() -> Self {
        Self::new(Code::Forbidden, "Permission denied")
    }

    /// For a call of which surely nothing was done: clients send it again.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Code::Busy, message)
    }

    /// Whether the call found nobody to carry it out, so that others will not either.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.code, Code::Busy | Code::TemporarilyUnavailable)
    }

    /// A text that the database cannot store, before it is tried. `name` is the parameter's.
    ///
    /// # Errors
    /// When it has a NUL character and the engine stores none.
    pub fn refuse_nul(engine: Engine, name: &str, text: &str) -> Result<(), Self> {
        if engine.stores_nul() || !text.contains('\0') {
            return Ok(());
        }
        Err(Self::invalid(format!(
            "Invalid value for parameter '{name}' supplied: it has a NUL character (U+0000), which the \
             database does not store."
        )))
    }

    /// The message as it is answered: not as long as what a caller sent may be.
    pub fn told(&self) -> Cow<'_, str> {
        bounded(&self.message)
    }

    /// Logs why the call failed: as an error only where the server is to blame, so that callers cannot
    /// ring an alarm on errors.
    pub fn log(&self, what: &'static str) {
        let code = self.code.name();
        match &self.source {
            // That a database is away is no caller's doing either.
            Some(source) if self.code.status().is_server_error() || self.code == Code::Busy => {
                tracing::error!(code, error = %source, "{what}");
            }
            Some(source) => tracing::info!(code, error = %source, "{what}"),
            None => {}
        }
    }

    /// A defect or a broken surrounding. The client learns no more than that.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            code: Code::InternalError,
            message: "The server failed to answer. The server's log says why.".to_owned(),
            source: Some(source.into()),
        }
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        let (code, message) = match error.kind {
            Kind::Unavailable | Kind::Retry => (
                Code::Busy,
                "The database is not available at the moment. Nothing was changed. Try again \
                 shortly.",
            ),
            Kind::Uncertain => (
                Code::TemporarilyUnavailable,
                "The database went away before it confirmed the change, which may have been made \
                 or not. Look before you send it again.",
            ),
            Kind::TimedOut => (
                Code::DeadlineExceeded,
                "The search took longer than this server lets one take, and was stopped. Ask for \
                 less: fewer or simpler conditions, a narrower time range, fewer experiments. The \
                 operator can allow more time with --query-timeout.",
            ),
            Kind::Full => {
                (Code::TemporarilyUnavailable, "The database's disk is full. Nothing was written.")
            }
            Kind::Value => {
                let why = error.refused_value();
                let message = format!("A value cannot be stored: {why}.");
                return Self {
                    code: Code::InvalidParameterValue,
                    message,
                    source: Some(Box::new(error)),
                };
            }
            // It was run more than once, and others were quicker each time.
            Kind::Unique | Kind::ForeignKey => (
                Code::TemporarilyUnavailable,
                "Other requests change the same at the moment. Nothing was changed. Try again \
                 shortly.",
            ),
            Kind::Other => return Self::internal(error),
        };
        Self { code, message: message.to_owned(), source: Some(Box::new(error)) }
    }
}

/// Characters of a message; what callers sent, and messages repeat, may be longer than a request's answer
/// should be.
const MESSAGE: usize = 1500;

/// A message as it is answered: of a long one, the middle is left out.
fn bounded(message: &str) -> Cow<'_, str> {
    const END: usize = 300;
    let end = |characters: usize| message.char_indices().nth(characters).map(|(at, _)| at);
    let (Some(head), Some(_)) = (end(MESSAGE - END), end(MESSAGE)) else {
        return Cow::Borrowed(message);
    };
    let tail = message.char_indices().nth_back(END - 1).map_or(head, |(at, _)| at);
    Cow::Owned(format!("{}...{}", &message[..head], &message[tail..]))
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (name, status, extra) = self.code.parts();
        self.log("a call failed");
        if self.code == Code::Forbidden {
            return (status, self.message).into_response();
        }
        let mut body = json!({"error_code": name, "message": self.told()});
        if let Some((state, class)) = extra {
            body["sqlstate"] = state.into();
            body["error_class"] = class.into();
        }
        let mut response = (status, Json(body)).into_response();
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<filter::FilterError> for ApiError {
    fn from(error: filter::FilterError) -> Self {
        let code = match error.code {
            filter::ErrorCode::AttributeNotFound => Code::AttributeNotFound,
            // MLflow answers 500 where an order names a field twice; the caller can mend that.
            filter::ErrorCode::InvalidParameterValue | filter::ErrorCode::InternalError => {
                Code::InvalidParameterValue
            }
        };
        Self::new(code, error.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_lose_their_middle() {
        assert_eq!(bounded("short"), "short");
        let whole = "é".repeat(MESSAGE);
        assert_eq!(bounded(&whole), whole);
        let long = format!("begin {} end", "é".repeat(1_000_000));
        let told = bounded(&long);
        assert!(told.starts_with("begin ") && told.ends_with(" end"));
        assert_eq!(told.chars().count(), MESSAGE + 3);
    }

    #[test]
    fn a_refused_value_is_told_apart() {
        for (told, why) in [
            ("invalid byte sequence for encoding \"UTF8\": 0x00", "NUL"),
            ("invalid input syntax for type json: Token \"NaN\" is invalid.", "NaN"),
            ("value too long for type character varying(500)", "too long"),
            ("bigint out of range", "out of the range"),
        ] {
            let error = ApiError::from(DbError::new(Kind::Value, told));
            assert_eq!(error.code, Code::InvalidParameterValue);
            assert!(error.message.contains(why), "{}", error.message);
        }
    }
}
