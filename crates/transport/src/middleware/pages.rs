//! The responses to requests that no handler takes.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

const TITLE_NOT_FOUND: &str = "Not Found";
const TEXT_NOT_FOUND: &str = "The requested URL was not found on the server. If you entered the \
                              URL manually please check your spelling and try again.";
const TITLE_METHOD: &str = "Method Not Allowed";
const TEXT_METHOD: &str = "The method is not allowed for the requested URL.";

/// No route has this path.
///
/// Compat: the page of MLflow's web framework, for paths of the API too.
pub fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, TITLE_NOT_FOUND, TEXT_NOT_FOUND)
}

/// A route has this path, but not for this method.
pub fn method_not_allowed() -> Response {
    page(StatusCode::METHOD_NOT_ALLOWED, TITLE_METHOD, TEXT_METHOD)
}

/// The response when the path exists and the method does not. `OPTIONS` is answered by the `Allow` header, which the
/// router adds.
///
/// Compat: with 204 for the API, and with 200 for all else.
pub async fn other_method(request: Request) -> Response {
    if request.method() != Method::OPTIONS {
        return method_not_allowed();
    }
    let path = request.uri().path();
    let api = path.starts_with("/api/") || path.starts_with("/ajax-api/");
    let status = if api { StatusCode::NO_CONTENT } else { StatusCode::OK };
    (status, html()).into_response()
}

fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let code = status.as_u16();
    let page = format!(
        "<!doctype html>\n<html lang=en>\n<title>{code} {title}</title>\n<h1>{title}</h1>\n\
         <p>{text}</p>\n"
    );
    (status, html(), page).into_response()
}

fn html() -> [(header::HeaderName, HeaderValue); 1] {
    [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))]
}

/// Plain text.
pub fn text(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// An error in MLflow's shape, with a status for which MLflow has no code.
pub fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let mut response =
        (status, axum::Json(json!({"error_code": code, "message": message}))).into_response();
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// MLflow's response to anything but artifacts where only artifacts are served.
pub fn artifacts_only(route: &str) -> Response {
    let route = route.replace('{', "<").replace('}', ">");
    let text = format!(
        "Endpoint: {route} disabled due to the mlflow server running in `--artifacts-only` mode. \
         To enable tracking server functionality, run `mlflow server` without `--artifacts-only`"
    );
    (StatusCode::SERVICE_UNAVAILABLE, html(), text).into_response()
}
