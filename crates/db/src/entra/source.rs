//! Where tokens come from: the endpoint of a container app, of a virtual machine, or Entra itself
//! for a workload that holds a signed statement of who it is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::crypto::ring;

use super::Identity;
use super::answer::{self, Token, TokenError};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(3);

/// The address that every virtual machine of Azure's knows.
const MACHINE: &str = "http://169.254.169.254";
const AUTHORITY: &str = "https://login.microsoftonline.com";

/// Asks for tokens.
pub(crate) struct Source {
    client: reqwest::Client,
    kind: Kind,
    /// The user-assigned identity; `None`: the one that the machine has.
    client_id: Option<String>,
    resource: &'static str,
    now: fn() -> i64,
}

enum Kind {
    /// Container Apps and App Service.
    App {
        endpoint: String,
        header: String,
    },
    Machine {
        endpoint: String,
    },
    /// Kubernetes and whoever else exchanges statements for tokens.
    Workload {
        endpoint: String,
        statement: PathBuf,
        client_id: String,
    },
}

impl Source {
    pub(crate) fn new(identity: &Identity, resource: &'static str) -> Result<Self, TokenError> {
        let value =
            |name: &str| identity.environment.get(name).filter(|text| !text.is_empty()).cloned();
        let client_id = value("AZURE_CLIENT_ID");
        let workload = (value("AZURE_FEDERATED_TOKEN_FILE"), value("AZURE_TENANT_ID"), &client_id);
        let kind = if let (Some(statement), Some(tenant), Some(client_id)) = workload {
            let authority = value("AZURE_AUTHORITY_HOST").unwrap_or_else(|| AUTHORITY.to_owned());
            let authority = authority.trim_end_matches('/');
            Kind::Workload {
                endpoint: format!("{authority}/{tenant}/oauth2/v2.0/token"),
                statement: PathBuf::from(statement),
                client_id: client_id.clone(),
            }
        } else if let Some(endpoint) = value("IDENTITY_ENDPOINT") {
            let header = value("IDENTITY_HEADER").ok_or_else(|| {
                TokenError::Misconfigured(
                    "IDENTITY_ENDPOINT is set and IDENTITY_HEADER is not: there is no identity"
                        .to_owned(),
                )
            })?;
            Kind::App { endpoint, header }
        } else {
            let host =
                value("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or_else(|| MACHINE.to_owned());
            let host = host.trim_end_matches('/');
            Kind::Machine { endpoint: format!("{host}/metadata/identity/oauth2/token") }
        };
        Ok(Self { client: client()?, kind, client_id, resource, now: identity.now })
    }

    /// What is asked, for messages.
    pub(crate) fn place(&self) -> &'static str {
        match self.kind {
            Kind::App { .. } => "the identity endpoint of the container app",
            Kind::Machine { .. } => "the identity endpoint of the virtual machine",
            Kind::Workload { .. } => "Microsoft Entra",
        }
    }

    /// Asks once.
    pub(crate) async fn ask(&self) -> Result<Token, TokenError> {
        let request = self.request().await?;
        let unreachable = |error: reqwest::Error| TokenError::Unreachable {
            place: self.place().to_owned(),
            // The innermost cause; the outer ones name the address, which may hold a header's secret.
            reason: innermost(&error),
        };
        let answer = self.client.execute(request).await.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(unreachable)?;
        answer::read(self.place(), status, &body, (self.now)())
    }

    async fn request(&self) -> Result<reqwest::Request, TokenError> {
        let request = match &self.kind {
            Kind::App { endpoint, header } => {
                let query = self.query("2019-08-01");
                self.client.get(with_query(endpoint, &query)).header("x-identity-header", header)
            }
            Kind::Machine { endpoint } => {
                let query = self.query("2018-02-01");
                self.client.get(with_query(endpoint, &query)).header("metadata", "true")
            }
            Kind::Workload { endpoint, statement, client_id } => {
                // Read anew each time: whoever wrote it replaces it before it expires.
                let text = tokio::fs::read_to_string(statement).await.map_err(|error| {
                    TokenError::Misconfigured(format!(
                        "AZURE_FEDERATED_TOKEN_FILE {} cannot be read: {error}",
                        statement.display()
                    ))
                })?;
                let scope = format!("{}/.default", self.resource);
                let form = encode(&[
                    ("grant_type", "client_credentials"),
                    ("client_id", client_id),
                    ("scope", &scope),
                    (
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    ),
                    ("client_assertion", text.trim()),
                ]);
                self.client
                    .post(endpoint)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(form)
            }
        };
        request.build().map_err(|error| {
            TokenError::Misconfigured(format!("{} has no usable address: {error}", self.place()))
        })
    }

    fn query(&self, version: &str) -> String {
        let mut pairs = vec![("api-version", version), ("resource", self.resource)];
        if let Some(client_id) = &self.client_id {
            pairs.push(("client_id", client_id));
        }
        encode(&pairs)
    }
}

fn with_query(endpoint: &str, query: &str) -> String {
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{separator}{query}")
}

fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Without proxies: two of the three places are this very machine, and the third is asked directly.
fn client() -> Result<reqwest::Client, TokenError> {
    let broken = |error: &dyn std::fmt::Display| {
        TokenError::Misconfigured(format!("no client for identities can be made: {error}"))
    };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| broken(&error))?
        .with_root_certificates(trust::store())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(PATIENCE)
        .build()
        .map_err(|error| broken(&error))
}
