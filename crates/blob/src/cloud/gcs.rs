//! Google Cloud Storage.

use std::sync::Arc;

use object_store::gcp::GoogleCloudStorageBuilder;

use super::{Kind, Opened, client};
use crate::error::BlobError;
use crate::location::BucketLocation;
use crate::store::Settings;

/// Opens a bucket with Google's application credentials: `GOOGLE_APPLICATION_CREDENTIALS`, those that `gcloud` left in
/// the home folder, or the machine's own. `STORAGE_EMULATOR_HOST` names an emulator, which
/// takes any credentials.
pub(super) fn open(
    location: &BucketLocation,
    settings: &Settings,
    name: &str,
) -> Result<Opened, BlobError> {
    let mut options = client::options(settings)?;
    let mut builder = GoogleCloudStorageBuilder::new();
    for (variable, value) in settings.with_prefix("GOOGLE_") {
        if let Ok(key) = variable.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(emulator) = settings.first(&["STORAGE_EMULATOR_HOST"]) {
        let base = if emulator.contains("://") {
            emulator.to_owned()
        } else {
            format!("http://{emulator}")
        };
        options = options.with_allow_http(base.starts_with("http://"));
        // Any token: with none at all, writes would ask the machine for one.
        builder = builder.with_base_url(&base).with_bearer_token("emulator");
    }
    let store = builder
        .with_bucket_name(&location.bucket)
        .with_client_options(options)
        .with_retry(client::retries())
        .build()
        .map_err(|error| client::misconfigured(name, &error))?;
    // Whether the credentials have a key to sign with is found out by signing; an emulator has none of its own.
    const KEYS: [&str; 3] =
        ["GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH", "GOOGLE_SERVICE_ACCOUNT_KEY"];
    let is_emulator = settings.first(&["STORAGE_EMULATOR_HOST"]).is_some();
    let signs = !is_emulator || settings.first(&KEYS).is_some();
    Ok(Opened { objects: Arc::new(store), kind: Kind::Gcs, signs, upload_headers: Vec::new() })
}
