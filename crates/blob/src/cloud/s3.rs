//! S3, and stores that speak its protocol.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as Key};

use super::{Kind, Opened, client};
use crate::error::BlobError;
use crate::location::BucketLocation;
use crate::store::Settings;

/// Opens a bucket with what the environment says (`AWS_*`), completed from the profile files; then a web identity, a
/// container's or a machine's own role. MLflow's variables for S3 come on top.
pub(super) fn open(
    location: &BucketLocation,
    settings: &Settings,
    name: &str,
) -> Result<Opened, BlobError> {
    let mut builder = AmazonS3Builder::new();
    for (variable, value) in settings.with_prefix("AWS_") {
        if let Ok(key) = variable.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    builder = with_profile(settings, builder);
    if let Some(endpoint) = settings.first(&["MLFLOW_S3_ENDPOINT_URL"]) {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    let endpoint = builder.get_config_value(&Key::S3Endpoint);
    let endpoint = endpoint.or_else(|| builder.get_config_value(&Key::Endpoint));
    let mut options = client::options(settings)?
        .with_allow_http(endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")));
    if settings.flag("MLFLOW_S3_IGNORE_TLS") {
        options = options.with_allow_invalid_certificates(true);
    }
    if settings.first(&["MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE"]) == Some("virtual") {
        builder = builder.with_virtual_hosted_style_request(true);
    }
    let mut upload_headers = Vec::new();
    if let Some(arguments) = settings.first(&["MLFLOW_S3_UPLOAD_EXTRA_ARGS"]) {
        (builder, upload_headers) = with_upload_arguments(arguments, builder)?;
    }
    let signs = builder.get_config_value(&Key::SkipSignature).as_deref() != Some("true");
    let store = builder
        .with_bucket_name(&location.bucket)
        .with_client_options(options)
        .with_retry(client::retries())
        .build()
        .map_err(|error| client::misconfigured(name, &error))?;
    Ok(Opened { objects: Arc::new(store), kind: Kind::S3, signs, upload_headers })
}

/// Headers that a client must send with an upload.
type UploadHeaders = Vec<(&'static str, String)>;

/// `{"ServerSideEncryption": "aws:kms", …}`, as MLflow takes it. What cannot be honoured is refused rather than left out:
/// a file stored without the asked-for encryption is worse than no file. The headers are for those who upload by a
/// signed URL.
fn with_upload_arguments(
    arguments: &str,
    mut builder: AmazonS3Builder,
) -> Result<(AmazonS3Builder, UploadHeaders), BlobError> {
    let wrong = |what: &str| {
        BlobError::Configuration(format!(
            "MLFLOW_S3_UPLOAD_EXTRA_ARGS {what}; ServerSideEncryption and SSEKMSKeyId are supported."
        ))
    };
    let arguments: HashMap<String, String> =
        serde_json::from_str(arguments).map_err(|_| wrong("is not a JSON object of strings"))?;
    let mut headers = Vec::new();
    for (name, value) in arguments {
        let (key, header) = match name.as_str() {
            "ServerSideEncryption" => {
                ("aws_server_side_encryption", "x-amz-server-side-encryption")
            }
            "SSEKMSKeyId" => ("aws_sse_kms_key_id", "x-amz-server-side-encryption-aws-kms-key-id"),
            _ => return Err(wrong(&format!("holds {name}"))),
        };
        let key = key.parse().map_err(|_| wrong(&format!("holds {name}")))?;
        builder = builder.with_config(key, value.clone());
        headers.push((header, value));
    }
    headers.sort_unstable();
    Ok((builder, headers))
}

/// Completes what the environment left open from `~/.aws/credentials` and `~/.aws/config`.
fn with_profile(settings: &Settings, mut builder: AmazonS3Builder) -> AmazonS3Builder {
    let named = settings.first(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
    let profile = named.unwrap_or("default");
    let home = settings.first(&["HOME"]).map(|home| Path::new(home).join(".aws"));
    let file = |variable: &str, name: &str| -> Option<PathBuf> {
        let given = settings.first(&[variable]).map(PathBuf::from);
        given.or_else(|| home.as_ref().map(|home| home.join(name)))
    };
    let config_section =
        if profile == "default" { profile.to_owned() } else { format!("profile {profile}") };
    let config = file("AWS_CONFIG_FILE", "config");
    let config = section(config.as_deref(), &config_section);
    let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    let credentials = section(credentials.as_deref(), profile);
    let value = |name: &str| credentials.get(name).or_else(|| config.get(name));

    let has_own = builder.get_config_value(&Key::AccessKeyId).is_some()
        || settings.first(&["AWS_WEB_IDENTITY_TOKEN_FILE"]).is_some();
    if !has_own {
        for (name, key) in [
            ("aws_access_key_id", Key::AccessKeyId),
            ("aws_secret_access_key", Key::SecretAccessKey),
            ("aws_session_token", Key::Token),
        ] {
            if let Some(value) = value(name) {
                builder = builder.with_config(key, value);
            }
        }
    }
    let has_region = builder.get_config_value(&Key::Region).is_some()
        || builder.get_config_value(&Key::DefaultRegion).is_some();
    if !has_region && let Some(region) = value("region") {
        builder = builder.with_region(region);
    }
    builder
}

/// One section of a profile file; empty where there is none.
fn section(file: Option<&Path>, wanted: &str) -> HashMap<String, String> {
    let text = file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    let mut values = HashMap::new();
    let mut is_wanted = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_wanted = name.split_whitespace().eq(wanted.split_whitespace());
        } else if is_wanted
            && !line.starts_with(['#', ';'])
            && let Some((name, value)) = line.split_once('=')
        {
            values.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
    values
}
