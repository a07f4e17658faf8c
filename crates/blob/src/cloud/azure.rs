//! Azure Blob Storage.

use std::sync::Arc;

use object_store::azure::{AzureConfigKey as Key, MicrosoftAzureBuilder, split_sas};

use super::{Kind, Opened, client};
use crate::error::BlobError;
use crate::location::AzureLocation;
use crate::store::Settings;

/// Opens a container with, in this order: the signature in its URI, `AZURE_STORAGE_CONNECTION_STRING`, and what
/// `object_store` takes from `AZURE_*` (access key, workload identity, client secret, signature, managed identity).
pub(super) fn open(
    location: &AzureLocation,
    settings: &Settings,
    name: &str,
) -> Result<Opened, BlobError> {
    let misconfigured = |error| client::misconfigured(name, &error);
    let mut options = client::options(settings)?;
    let mut builder = MicrosoftAzureBuilder::new();
    if let Some(signature) = &location.signature {
        let pairs = split_sas(signature).map_err(misconfigured)?;
        builder = builder.with_sas_authorization(pairs);
    } else if let Some(text) = settings.first(&["AZURE_STORAGE_CONNECTION_STRING"]) {
        builder = ConnectionString::parse(text)?.apply(builder)?;
    } else {
        builder = from_environment(settings, builder);
    }
    if let Some(account) = &location.account
        && builder.get_config_value(&Key::AccountName).is_none()
    {
        builder = builder.with_account(account);
    }
    let endpoint = builder.get_config_value(&Key::Endpoint);
    match (endpoint, &location.account) {
        (Some(endpoint), _) => options = options.with_allow_http(endpoint.starts_with("http://")),
        (None, Some(account)) => {
            builder = builder.with_endpoint(format!("https://{account}.{}", location.domain));
        }
        (None, None) => {}
    }
    // A signature cannot sign another one.
    let signs = location.signature.is_none()
        && builder.get_config_value(&Key::SasKey).is_none()
        && !connection_has_signature(settings);
    let store = builder
        .with_container_name(&location.container)
        .with_client_options(options)
        .with_retry(client::retries())
        .build()
        .map_err(misconfigured)?;
    Ok(Opened { objects: Arc::new(store), kind: Kind::Azure, signs, upload_headers: Vec::new() })
}

fn connection_has_signature(settings: &Settings) -> bool {
    let text = settings.first(&["AZURE_STORAGE_CONNECTION_STRING"]).unwrap_or_default();
    ConnectionString::parse(text).is_ok_and(|parsed| parsed.key.is_none() && !parsed.development)
        && !text.is_empty()
}

fn from_environment(
    settings: &Settings,
    mut builder: MicrosoftAzureBuilder,
) -> MicrosoftAzureBuilder {
    for (variable, value) in settings.with_prefix("AZURE_") {
        if let Ok(key) = variable.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    // A managed identity in a container app; on a virtual machine the address is fixed.
    if let Some(endpoint) = settings.first(&["IDENTITY_ENDPOINT", "MSI_ENDPOINT"]) {
        builder = builder.with_msi_endpoint(endpoint);
    }
    builder
}

/// `AccountName=…;AccountKey=…;EndpointSuffix=…`, as the portal gives it.
#[derive(Default)]
struct ConnectionString<'a> {
    account: Option<&'a str>,
    key: Option<&'a str>,
    signature: Option<&'a str>,
    blob_endpoint: Option<&'a str>,
    suffix: Option<&'a str>,
    protocol: Option<&'a str>,
    development: bool,
}

impl<'a> ConnectionString<'a> {
    fn parse(text: &'a str) -> Result<Self, BlobError> {
        let mut parsed = Self::default();
        for pair in text.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(Self::malformed)?;
            match name.to_ascii_lowercase().as_str() {
                "accountname" => parsed.account = Some(value),
                "accountkey" => parsed.key = Some(value),
                "sharedaccesssignature" => parsed.signature = Some(value),
                "blobendpoint" => parsed.blob_endpoint = Some(value.trim_end_matches('/')),
                "endpointsuffix" => parsed.suffix = Some(value),
                "defaultendpointsprotocol" => parsed.protocol = Some(value),
                "usedevelopmentstorage" => parsed.development = value.eq_ignore_ascii_case("true"),
                // The endpoints of queues, tables and files.
                _ => {}
            }
        }
        Ok(parsed)
    }

    fn malformed() -> BlobError {
        BlobError::Configuration(
            "AZURE_STORAGE_CONNECTION_STRING is not of the form Name=value;Name=value.".to_owned(),
        )
    }

    fn apply(self, mut builder: MicrosoftAzureBuilder) -> Result<MicrosoftAzureBuilder, BlobError> {
        if self.development {
            return Ok(builder.with_use_emulator(true));
        }
        let endpoint = match (self.blob_endpoint, self.account) {
            (Some(endpoint), _) => endpoint.to_owned(),
            (None, Some(account)) => {
                let protocol = self.protocol.unwrap_or("https");
                let suffix = self.suffix.unwrap_or("core.windows.net");
                format!("{protocol}://{account}.blob.{suffix}")
            }
            (None, None) => return Err(Self::malformed()),
        };
        // With a signature the account stands in the endpoint alone: as the host's first label, or as the path.
        let (_, after_protocol) = endpoint.split_once("://").ok_or_else(Self::malformed)?;
        let account = self.account.unwrap_or_else(|| match after_protocol.split_once('/') {
            Some((_, path)) => path,
            None => after_protocol.split('.').next().unwrap_or(after_protocol),
        });
        builder = builder.with_account(account);
        builder = match (self.key, self.signature) {
            (Some(key), _) => builder.with_access_key(key),
            (None, Some(signature)) => {
                let pairs = split_sas(signature).map_err(|_| Self::malformed())?;
                builder.with_sas_authorization(pairs)
            }
            (None, None) => return Err(Self::malformed()),
        };
        Ok(builder.with_endpoint(endpoint))
    }
}
