//! The way into a server: this one's own routes, or another one's over HTTP.

use app::{Clock, Ids};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Bytes of an answer from elsewhere.
const LONGEST_ANSWER: usize = 16 << 20;

/// Why a call came to nothing: one plain sentence.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct DoorError {
    message: String,
    /// MLflow's name of what is wrong.
    code: String,
}

impl DoorError {
    pub(super) fn unreadable(error: impl std::fmt::Display) -> Self {
        Self { message: error.to_string(), code: String::new() }
    }

    pub(super) fn is_missing(&self) -> bool {
        self.code == "RESOURCE_DOES_NOT_EXIST"
    }

    pub(super) fn is_taken(&self) -> bool {
        self.code == "RESOURCE_ALREADY_EXISTS"
    }
}

/// A server to fill, and the clock and the ids to fill it with.
#[derive(Debug)]
pub struct Door {
    way: Way,
    clock: Clock,
    ids: Ids,
}

#[derive(Debug)]
enum Way {
    Inside(Router),
    Outside { client: reqwest::Client, url: String, caller: Option<(String, String)> },
}

impl Door {
    /// The routes of this very server, without the middleware.
    pub fn inside(router: Router, clock: Clock, ids: Ids) -> Self {
        Self { way: Way::Inside(router), clock, ids }
    }

    /// A server elsewhere. `caller` is its user and password, if it asks for them.
    ///
    /// # Errors
    /// When no connection can be prepared at all.
    pub fn outside(url: &str, caller: Option<(String, String)>) -> Result<Self, DoorError> {
        // Another part of the program may have chosen the same already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots = trust::authorities();
        let roots = roots.iter().filter_map(|root| reqwest::Certificate::from_der(root).ok());
        let client = reqwest::Client::builder()
            .tls_certs_only(roots)
            .timeout(std::time::Duration::from_mins(1))
            .build()
            .map_err(DoorError::unreadable)?;
        let url = url.trim_end_matches('/').to_owned();
        let way = Way::Outside { client, url, caller };
        Ok(Self { way, clock: Clock::system(), ids: Ids::random() })
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    pub(super) fn hex(&self) -> String {
        self.ids.hex()
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, DoorError> {
        self.call(Method::GET, &format!("/api/{path}"), None, &[]).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, DoorError> {
        self.call(Method::POST, &format!("/api/{path}"), Some(body), &[]).await
    }

    /// As [`Self::post`], and fine if what is to be made is there already.
    pub(super) async fn ensure(&self, path: &str, body: &Value) -> Result<(), DoorError> {
        match self.post(path, body).await {
            Err(error) if error.is_taken() => Ok(()),
            other => other.map(drop),
        }
    }

    /// Sends a `DELETE`; fine if there is nothing to delete.
    pub(super) async fn delete(&self, path: &str, body: &Value) -> Result<(), DoorError> {
        match self.call(Method::DELETE, &format!("/api/{path}"), Some(body), &[]).await {
            Err(error) if error.is_missing() => Ok(()),
            other => other.map(drop),
        }
    }

    /// Exports spans.
    pub(super) async fn export(&self, experiment: &str, spans: &Value) -> Result<(), DoorError> {
        let headers = [(traces::otlp::EXPERIMENT_HEADER, experiment)];
        let answer = self.call(Method::POST, "/v1/traces", Some(spans), &headers).await?;
        match answer["partialSuccess"]["errorMessage"].as_str() {
            None | Some("") => Ok(()),
            Some(refused) => Err(DoorError::unreadable(format!("spans were refused: {refused}"))),
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<Value, DoorError> {
        let (status, answer) = match &self.way {
            Way::Inside(router) => inside(router, method.clone(), path, body, headers).await?,
            Way::Outside { client, url, caller } => {
                let mut request = client.request(method.clone(), format!("{url}{path}"));
                if let Some((user, password)) = caller {
                    request = request.basic_auth(user, Some(password));
                }
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                if let Some(body) = body {
                    request = request
                        .header(header::CONTENT_TYPE, "application/json")
                        .body(body.to_string());
                }
                let mut response = request.send().await.map_err(|error| {
                    DoorError::unreadable(format!("{url} cannot be reached: {error}"))
                })?;
                let status = response.status();
                let mut bytes = Vec::new();
                while let Some(piece) = response.chunk().await.map_err(DoorError::unreadable)? {
                    bytes.extend_from_slice(&piece);
                    if bytes.len() > LONGEST_ANSWER {
                        return Err(DoorError::unreadable(format!("{url} answers without end")));
                    }
                }
                (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
            }
        };
        if status.is_success() {
            return Ok(answer);
        }
        let message = answer["message"].as_str().unwrap_or("no reason was given");
        Err(DoorError {
            message: format!("{method} {path} was answered with {}: {message}", status.as_u16()),
            code: super::text(&answer["error_code"]),
        })
    }
}

async fn inside(
    router: &Router,
    method: Method,
    path: &str,
    body: Option<&Value>,
    headers: &[(&str, &str)],
) -> Result<(StatusCode, Value), DoorError> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    let request = request.body(body).map_err(DoorError::unreadable)?;
    let response = router.clone().oneshot(request).await.map_err(DoorError::unreadable)?;
    let status = response.status();
    let bytes = response.into_body().collect().await.map_err(DoorError::unreadable)?.to_bytes();
    Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
}
