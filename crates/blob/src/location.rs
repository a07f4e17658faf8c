//! Where a store's artifacts live: an artifact URI, read.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::decode::scheme_length;
use crate::path::{ArtifactPath, PathError};

/// The clouds whose blob endpoints are known by name.
const AZURE_DOMAINS: [&str; 3] =
    ["core.windows.net", "core.chinacloudapi.cn", "core.usgovcloudapi.net"];

/// An artifact URI, read but not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A folder of this machine (`file://`, or a plain path; a relative one is taken from the working directory).
    Local {
        /// The folder; it need not exist yet.
        root: PathBuf,
    },
    /// A container of Azure Blob Storage (`wasbs`, `wasb`, `abfss`, `abfs`, `az`, or `https` to a blob endpoint).
    Azure(AzureLocation),
    /// A bucket of S3 or of a store that speaks its protocol (`s3`).
    S3(BucketLocation),
    /// A bucket of Google Cloud Storage (`gs`).
    Gcs(BucketLocation),
    /// `mlflow-artifacts:`: a path below the artifact store of a server. It cannot be opened; the caller joins `path`
    /// to its own destination.
    Proxied {
        /// The server, where the URI names one.
        authority: Option<String>,
        /// The path below that server's artifact root.
        path: ArtifactPath,
    },
}

/// A folder of an Azure container.
#[derive(Clone, PartialEq, Eq)]
pub struct AzureLocation {
    /// The storage account; `None` for `az://container/path`, where the environment names it.
    pub account: Option<String>,
    /// The container.
    pub container: String,
    /// The folder in the container, without slashes at its ends.
    pub prefix: String,
    /// The blob endpoint's domain after the account, as `blob.core.windows.net`.
    pub domain: String,
    /// A shared access signature from the URI's query. It is a secret, and not shown by `Debug` or `Display`.
    pub signature: Option<String>,
}

/// A folder of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketLocation {
    /// The bucket.
    pub bucket: String,
    /// The folder in the bucket, without slashes at its ends.
    pub prefix: String,
}

/// Why an artifact URI could not be read. The message is one plain sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// The text is empty or holds a NUL.
    #[error("The artifact location is empty or holds a NUL character.")]
    Empty,
    /// No store answers to this scheme.
    #[error(
        "The artifact location '{0}:…' has a scheme that is not supported; use a local path, file, wasbs, abfss, az, \
         s3, gs or https to an Azure blob endpoint."
    )]
    Scheme(String),
    /// A `file:` URI names another machine.
    #[error(
        "The artifact location 'file://{0}/…' names another machine; mount its folder and give the local path."
    )]
    RemoteFile(String),
    /// The part between the scheme and the path is not what the scheme wants.
    #[error("The artifact location must be of the form {0}.")]
    Form(&'static str),
    /// The folder in the bucket or container climbs.
    #[error("The artifact location has a folder that cannot be used: {0}.")]
    Folder(PathError),
}

impl Location {
    /// Reads an artifact URI or a local path.
    pub fn parse(uri: &str) -> Result<Self, LocationError> {
        if uri.is_empty() || uri.contains('\0') {
            return Err(LocationError::Empty);
        }
        let Some(length) = scheme_length(uri) else {
            return Ok(Self::local(uri));
        };
        let scheme = uri[..length].to_ascii_lowercase();
        let rest = Rest::split(&uri[length + 1..]);
        match scheme.as_str() {
            "file" => file(&rest),
            "wasbs" | "wasb" => azure_at(
                &rest,
                rest.path,
                "wasbs://<container>@<account>.blob.core.windows.net/<path>",
            ),
            "abfss" | "abfs" => azure_at(
                &rest,
                &percent_decode_str(rest.path).decode_utf8_lossy(),
                "abfss://<container>@<account>.dfs.core.windows.net/<path>",
            ),
            "az" | "azure" => azure_short(&rest),
            "https" => azure_https(&rest),
            "s3" => Ok(Self::S3(bucket(&rest, "s3://<bucket>/<path>")?)),
            "gs" => Ok(Self::Gcs(bucket(&rest, "gs://<bucket>/<path>")?)),
            "mlflow-artifacts" => Ok(Self::Proxied {
                authority: (!rest.authority.is_empty()).then(|| rest.authority.to_owned()),
                path: folder(&percent_decode_str(rest.path).decode_utf8_lossy())?,
            }),
            _ => Err(LocationError::Scheme(scheme)),
        }
    }

    /// Compat: MLflow percent-decodes plain paths as it decodes `file:` URIs.
    fn local(path: &str) -> Self {
        Self::Local { root: PathBuf::from(&*percent_decode_str(path).decode_utf8_lossy()) }
    }

    /// The location of a folder below this one.
    pub fn join(&self, below: &ArtifactPath) -> Result<Self, PathError> {
        let mut location = self.clone();
        match &mut location {
            Self::Local { root } => root.extend(below.names()),
            Self::Azure(AzureLocation { prefix, .. })
            | Self::S3(BucketLocation { prefix, .. })
            | Self::Gcs(BucketLocation { prefix, .. }) => {
                for name in below.names() {
                    if !prefix.is_empty() {
                        prefix.push('/');
                    }
                    prefix.push_str(name);
                }
            }
            Self::Proxied { path, .. } => *path = path.join(below)?,
        }
        Ok(location)
    }
}

impl fmt::Display for Location {
    /// The location without secrets, for messages and logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { root } => write!(formatter, "{}", root.display()),
            Self::Azure(azure) => {
                let AzureLocation { account, container, prefix, domain, .. } = azure;
                match account {
                    Some(account) => {
                        write!(formatter, "wasbs://{container}@{account}.{domain}/{prefix}")
                    }
                    None => write!(formatter, "az://{container}/{prefix}"),
                }
            }
            Self::S3(BucketLocation { bucket, prefix }) => {
                write!(formatter, "s3://{bucket}/{prefix}")
            }
            Self::Gcs(BucketLocation { bucket, prefix }) => {
                write!(formatter, "gs://{bucket}/{prefix}")
            }
            Self::Proxied { authority: Some(authority), path } => {
                write!(formatter, "mlflow-artifacts://{authority}/{path}")
            }
            Self::Proxied { authority: None, path } => {
                write!(formatter, "mlflow-artifacts:/{path}")
            }
        }
    }
}

impl fmt::Debug for AzureLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AzureLocation")
            .field("account", &self.account)
            .field("container", &self.container)
            .field("prefix", &self.prefix)
            .field("domain", &self.domain)
            .field("signature", &self.signature.as_ref().map(|_| "…"))
            .finish()
    }
}

/// What follows a URI's scheme.
struct Rest<'a> {
    authority: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Rest<'a> {
    fn split(text: &'a str) -> Self {
        let text = text.split_once('#').map_or(text, |(before, _)| before);
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let (authority, path) = match text.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", text),
        };
        Self { authority, path, query }
    }
}

fn file(rest: &Rest<'_>) -> Result<Location, LocationError> {
    let host = rest.authority.to_ascii_lowercase();
    let here = host.is_empty()
        || host == "."
        || host.starts_with("localhost")
        || host.starts_with("127.0.0.1");
    if !here {
        return Err(LocationError::RemoteFile(rest.authority.to_owned()));
    }
    if rest.path.is_empty() {
        return Err(LocationError::Form("file:///<path>"));
    }
    Ok(Location::local(rest.path))
}

fn folder(path: &str) -> Result<ArtifactPath, LocationError> {
    ArtifactPath::parse(path.trim_start_matches('/')).map_err(LocationError::Folder)
}

/// A prefix is taken as it is spelled (no decoding: the key in the store is meant), but it may not climb.
fn prefix(path: &str) -> Result<String, LocationError> {
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    if names.iter().any(|name| matches!(*name, "." | "..")) {
        return Err(LocationError::Folder(PathError::Unsafe));
    }
    Ok(names.join("/"))
}

fn bucket(rest: &Rest<'_>, form: &'static str) -> Result<BucketLocation, LocationError> {
    if !is_name(rest.authority) {
        return Err(LocationError::Form(form));
    }
    Ok(BucketLocation { bucket: rest.authority.to_owned(), prefix: prefix(rest.path)? })
}

/// `container@account.domain/path`
fn azure_at(rest: &Rest<'_>, path: &str, form: &'static str) -> Result<Location, LocationError> {
    let (container, host) = rest.authority.split_once('@').ok_or(LocationError::Form(form))?;
    let (account, domain) = azure_host(host).ok_or(LocationError::Form(form))?;
    if !is_name(container) {
        return Err(LocationError::Form(form));
    }
    Ok(Location::Azure(AzureLocation {
        account: Some(account),
        container: container.to_owned(),
        prefix: prefix(path)?,
        domain,
        signature: None,
    }))
}

/// `az://container/path`, and `az://container@account…/path` for those who mix the two forms.
fn azure_short(rest: &Rest<'_>) -> Result<Location, LocationError> {
    const FORM: &str = "az://<container>/<path>";
    if rest.authority.contains('@') {
        return azure_at(rest, rest.path, FORM);
    }
    if !is_name(rest.authority) {
        return Err(LocationError::Form(FORM));
    }
    Ok(Location::Azure(AzureLocation {
        account: None,
        container: rest.authority.to_owned(),
        prefix: prefix(rest.path)?,
        domain: format!("blob.{}", AZURE_DOMAINS[0]),
        signature: None,
    }))
}

/// `https://account.blob.core.windows.net/container/path?signature`
fn azure_https(rest: &Rest<'_>) -> Result<Location, LocationError> {
    const FORM: &str = "https://<account>.blob.core.windows.net/<container>/<path>";
    let (account, domain) =
        azure_host(rest.authority).ok_or_else(|| LocationError::Scheme("https".to_owned()))?;
    let path = percent_decode_str(rest.path).decode_utf8_lossy();
    let path = prefix(&path)?;
    let (container, prefix) = path.split_once('/').unwrap_or((&path, ""));
    if !is_name(container) {
        return Err(LocationError::Form(FORM));
    }
    Ok(Location::Azure(AzureLocation {
        account: Some(account),
        container: container.to_owned(),
        prefix: prefix.to_owned(),
        domain,
        signature: (!rest.query.is_empty()).then(|| rest.query.to_owned()),
    }))
}

/// Splits `account.blob.core.windows.net` after the account; a data-lake endpoint is answered with its blob endpoint.
///
/// Only the known clouds pass: the text may come from a caller, and credentials are sent to the host it names.
fn azure_host(host: &str) -> Option<(String, String)> {
    let (account, domain) = host.split_once('.')?;
    let domain = domain.to_ascii_lowercase();
    let (service, cloud) = domain.split_once('.')?;
    let known = matches!(service, "blob" | "dfs") && AZURE_DOMAINS.contains(&cloud);
    let account_fits = !account.is_empty()
        && account.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (known && account_fits).then(|| (account.to_owned(), format!("blob.{cloud}")))
}

/// What a bucket or container may be called: nothing that changes the URL it is put into.
fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.$".contains(&b);
    !name.is_empty() && name.bytes().all(allowed) && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(uri: &str) -> String {
        match Location::parse(uri) {
            Ok(location) => location.to_string(),
            Err(error) => format!("! {error}"),
        }
    }

    #[test]
    fn local_locations() {
        for (uri, want) in [
            ("/data/art", "/data/art"),
            ("./mlartifacts", "./mlartifacts"),
            ("mlruns", "mlruns"),
            ("/data/my%20dir", "/data/my dir"),
            ("/data/what?#", "/data/what?#"),
            ("file:///data/art", "/data/art"),
            ("FILE:///data/art", "/data/art"),
            ("file:/data/art", "/data/art"),
            ("file:mlruns", "mlruns"),
            ("file://localhost/data", "/data"),
            ("file:///data/my%20dir?x#y", "/data/my dir"),
            ("/data/a:b", "/data/a:b"),
        ] {
            assert_eq!(shown(uri), want, "{uri}");
            assert!(matches!(Location::parse(uri), Ok(Location::Local { .. })), "{uri}");
        }
        assert!(matches!(Location::parse("file://host/x"), Err(LocationError::RemoteFile(_))));
        assert!(matches!(Location::parse("file:"), Err(LocationError::Form(_))));
        assert!(matches!(Location::parse(""), Err(LocationError::Empty)));
        assert!(matches!(Location::parse("/a\0b"), Err(LocationError::Empty)));
    }

    #[test]
    fn cloud_locations() {
        for (uri, want) in [
            ("wasbs://c@acc.blob.core.windows.net", "wasbs://c@acc.blob.core.windows.net/"),
            ("wasbs://c@acc.blob.core.windows.net/a/b/", "wasbs://c@acc.blob.core.windows.net/a/b"),
            (
                "wasb://c@acc.blob.core.chinacloudapi.cn/a",
                "wasbs://c@acc.blob.core.chinacloudapi.cn/a",
            ),
            ("abfss://c@acc.dfs.core.windows.net/a%20b", "wasbs://c@acc.blob.core.windows.net/a b"),
            ("az://c/a", "az://c/a"),
            ("https://acc.blob.core.windows.net/c/a/b", "wasbs://c@acc.blob.core.windows.net/a/b"),
            ("s3://bucket", "s3://bucket/"),
            ("S3://bucket//a//b?x=1", "s3://bucket/a/b"),
            ("gs://bucket/a", "gs://bucket/a"),
            ("mlflow-artifacts:/1/abc/artifacts", "mlflow-artifacts:/1/abc/artifacts"),
            ("mlflow-artifacts:", "mlflow-artifacts:/"),
            ("mlflow-artifacts://host:5000/1", "mlflow-artifacts://host:5000/1"),
        ] {
            assert_eq!(shown(uri), want, "{uri}");
        }
    }

    #[test]
    fn refused_locations() {
        for uri in [
            "ftp://host/x",
            "https://example.com/c/a",
            "https://acc.blob.core.windows.net.evil.com/c",
            "https://acc.blob.core.windows.net/",
            "http://acc.blob.core.windows.net/c",
            "wasbs://c@evil.com/a",
            "wasbs://c@acc.blob.core.windows.net@evil.com/a",
            "wasbs://c@acc.file.core.windows.net/a",
            "wasbs://acc.blob.core.windows.net/a",
            "wasbs://@acc.blob.core.windows.net/a",
            "wasbs://c@acc.blob.core.windows.net/../x",
            "abfss://c@acc.dfs.core.windows.net/%2e%2e/x",
            "s3://",
            "s3:///a",
            "s3://a@b/c",
            "s3://bucket/a/../../b",
            "gs://b c/a",
            "mlflow-artifacts:/a/../../b",
            "mlflow-artifacts:/%252e%252e/b",
        ] {
            assert!(shown(uri).starts_with("! The artifact location"), "{uri}: {}", shown(uri));
        }
    }

    #[test]
    fn a_signature_is_not_shown() {
        let uri = "https://acc.blob.core.windows.net/c/a?sv=1&sig=SECRET";
        let location = Location::parse(uri).unwrap();
        let Location::Azure(azure) = &location else { panic!("{location}") };
        assert_eq!(azure.signature.as_deref(), Some("sv=1&sig=SECRET"));
        assert!(!format!("{location} {location:?}").contains("SECRET"));
    }

    #[test]
    fn folders_below() {
        let below = ArtifactPath::parse("x/y").unwrap();
        for (uri, want) in [
            ("/data", "/data/x/y"),
            ("s3://b", "s3://b/x/y"),
            ("gs://b/p", "gs://b/p/x/y"),
            ("wasbs://c@a.blob.core.windows.net/p", "wasbs://c@a.blob.core.windows.net/p/x/y"),
            ("mlflow-artifacts:/1", "mlflow-artifacts:/1/x/y"),
        ] {
            let location = Location::parse(uri).unwrap();
            assert_eq!(location.join(&below).unwrap().to_string(), want);
        }
    }
}
