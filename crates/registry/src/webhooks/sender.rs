//! Sends what webhooks are told, and nothing into networks that it must not reach.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, StatusCode, Url};

use super::{signature, target};
use crate::addresses::{WEBHOOKS, is_public};
use crate::settings::Webhooks as Settings;

const CONNECT: Duration = Duration::from_secs(10);
const MAX_REDIRECTIONS: usize = 5;

/// Bytes of an answer that are read.
const MAX_ANSWER: usize = 16 * 1024;

/// What one delivery sends.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: String,
    pub body: String,
    pub secret: Option<String>,
    /// The time of sending, in seconds since 1970.
    pub seconds: i64,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub answer: String,
    /// Why there is no answer, or why it is no success.
    pub error: Option<String>,
    /// How long the receiver asks to be left alone.
    pub wait: Option<Duration>,
    pub took: Duration,
}

impl Outcome {
    /// That nothing was sent.
    pub fn refused(error: String) -> Self {
        Self { error: Some(error), ..Self::default() }
    }

    pub fn is_success(&self) -> bool {
        self.error.is_none() && self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// The client that all webhooks share.
#[derive(Clone)]
pub struct Sender {
    client: Client,
    settings: Arc<Settings>,
}

/// Resolves names, and leaves out what leads into a private network. What is left is what is
/// connected to: between this look and the connection nothing can change.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                WEBHOOKS.find(name.as_str()).await?.into_iter().map(at_no_port).collect();
            let public: Vec<SocketAddr> =
                found.iter().copied().filter(|address| is_public(address.ip())).collect();
            match (found.first(), public.is_empty()) {
                (Some(address), true) => {
                    Err(format!("{} is not a public IP address", address.ip()).into())
                }
                _ => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

/// The port is filled in by whoever connects.
fn at_no_port(address: IpAddr) -> SocketAddr {
    SocketAddr::new(address, 0)
}

/// Only redirections that repeat the request as it is are followed: any other would fetch a page
/// and take that for a delivery.
fn redirection(attempt: Attempt<'_>, settings: &Settings) -> reqwest::redirect::Action {
    let repeats = [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT];
    if !repeats.contains(&attempt.status()) {
        return attempt.stop();
    }
    if attempt.previous().len() > MAX_REDIRECTIONS {
        return attempt.error("too many redirections");
    }
    if !target::may_follow(attempt.url(), settings) {
        return attempt.error("the redirection leads to where webhooks must not go");
    }
    attempt.follow()
}

impl Sender {
    /// # Errors
    /// When the system gives no TLS.
    pub fn new(settings: Arc<Settings>) -> Result<Self, reqwest::Error> {
        // Only the first call in a process has an effect, and another part may have made it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots = trust::authorities();
        let roots = roots.iter().filter_map(|root| reqwest::Certificate::from_der(root).ok());
        let for_redirections = Arc::clone(&settings);
        let mut builder = Client::builder()
            .user_agent(concat!("headwater/", env!("CARGO_PKG_VERSION")))
            .tls_certs_only(roots)
            // A proxy would be the one that is connected to, and nobody would look past it.
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(settings.timeout)
            .redirect(Policy::custom(move |attempt| redirection(attempt, &for_redirections)));
        if !settings.allow_private {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        Ok(Self { client: builder.build()?, settings })
    }

    /// Sends one message and waits for the answer.
    pub async fn send(&self, url: &str, message: &Message) -> Outcome {
        let start = Instant::now();
        // An address in the URL is not resolved, so nobody else looks at it.
        let mut outcome = match target::check(url, &self.settings).await {
            Ok(url) => self.post(url, message).await,
            Err(refused) => Outcome::refused(refused.message),
        };
        outcome.took = start.elapsed();
        outcome
    }

    async fn post(&self, url: Url, message: &Message) -> Outcome {
        let secret = message.secret.as_deref();
        let headers = signature::headers(&message.id, message.seconds, &message.body, secret);
        let mut request = self.client.post(url).body(message.body.clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Outcome::refused(sentence(&error)),
        };
        let status = response.status();
        let wait = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs));
        let mut answer = Vec::new();
        while answer.len() < MAX_ANSWER
            && let Ok(Some(chunk)) = response.chunk().await
        {
            answer.extend_from_slice(&chunk);
        }
        answer.truncate(MAX_ANSWER);
        let error =
            (!status.is_success()).then(|| format!("the receiver answered {}", status.as_u16()));
        Outcome {
            status: Some(status.as_u16()),
            answer: String::from_utf8_lossy(&answer).into_owned(),
            error,
            wait,
            took: Duration::ZERO,
        }
    }
}

/// The causes of a failed request. A URL may hold a password, so none is named.
fn sentence(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "the receiver did not answer in time".to_owned();
    }
    let mut causes = Vec::new();
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    causes.dedup();
    if causes.is_empty() { "the request failed".to_owned() } else { causes.join(": ") }
}
