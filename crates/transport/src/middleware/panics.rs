//! A defect in a handler fails its own request and no other.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use app::ApiError;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

/// The response, or that of a failed server if a panic comes instead.
pub async fn catch(response: impl Future<Output = Response>) -> Response {
    match AssertUnwindSafe(response).catch_unwind().await {
        Ok(response) => response,
        // The panic itself is in the log already, with its place.
        Err(payload) => ApiError::internal(text(&*payload)).into_response(),
    }
}

/// Logs panics like everything else, instead of raw lines on stderr.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic: {}", text(panic.payload()));
    }));
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_response() {
        let answer = catch(async { panic!("a defect") }).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()["content-type"], "application/json");
        let answer = catch(async { StatusCode::OK.into_response() }).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
}
