//! Refusals.

/// The code that goes with a refusal, of MLflow's closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    InvalidParameterValue,
    /// `INVALID_PARAMETER_VALUE` with the error class `ATTRIBUTE_NOT_FOUND`.
    AttributeNotFound,
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

    pub(crate) fn attribute_not_found(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::AttributeNotFound, message: message.into() }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::InternalError, message: message.into() }
    }
}
