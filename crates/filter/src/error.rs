//! Refusals.

/// The code that goes with a refusal, of MLflow's closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    InvalidParameterValue,
    /// Compat: MLflow gives no code of its own to the refusal of a doubled order-by field.
    InternalError,
}

/// A filter or order-by text that is refused, in MLflow's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    pub code: ErrorCode,
    pub message: String,
}

impl FilterError {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::InvalidParameterValue, message: message.into() }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::InternalError, message: message.into() }
    }
}
