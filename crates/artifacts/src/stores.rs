//! The artifact stores of this server: where proxied artifacts are kept, and what else is opened
//! for runs and models whose artifacts lie elsewhere.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use app::{ApiError, Code};
use blob::{
    ArtifactPath, AzureLocation, BlobError, BucketLocation, Location, LocationError, Store,
};
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use tracking::promptlab::ArtifactSink;

use crate::artifact_path;
use crate::direct::Direct;
use crate::error::{failed, refused};
use crate::folders::Folders;

/// Where MLflow's clients keep artifacts when they write to a database themselves. A server that is
/// started in that folder afterwards is expected to show them.
const CLIENTS_FOLDER: &str = "./mlruns";
/// How many containers and buckets are held open. Callers choose locations, so there is a limit.
const MAX_OPEN: usize = 64;
/// Bytes of a file that is read whole, as the spans of an archived trace are.
const LARGEST_FILE: u64 = 256 << 20;
/// What stands before the path in a proxied location that is spelled as a URL.
const PROXY_ROUTE: &str = "/api/2.0/mlflow-artifacts/artifacts/";

/// Why the stores could not be opened at start-up. The message is one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Location(#[from] LocationError),
    #[error("{source}{}", in_brackets(.source))]
    Store {
        #[from]
        source: BlobError,
    },
}

fn in_brackets(error: &BlobError) -> String {
    error.reason().map(|reason| format!(" ({reason})")).unwrap_or_default()
}

/// The artifact stores of this server. Cheap to clone; made once.
#[derive(Clone, Debug)]
pub struct Stores {
    inner: Arc<Inner>,
    direct: Direct,
}

#[derive(Debug)]
struct Inner {
    /// Where proxied artifacts are kept; `None` with `--no-serve-artifacts`.
    destination: Option<Store>,
    folders: Folders,
    /// The containers and buckets, and folders of such, that may be served.
    places: Vec<Location>,
    settings: blob::Settings,
    /// Containers and buckets by their location, the oldest first.
    opened: Mutex<Vec<(Location, Store)>>,
}

impl Stores {
    /// Opens the destination of proxied artifacts and notes which folders, of this machine or of a
    /// bucket or container, may be served: the destination, the default artifact root, `./mlruns`, and those of `more_folders`,
    /// which are URIs or paths like the others. Nothing is read or written: see
    /// [`probe`](Self::probe).
    ///
    /// # Errors
    /// When a location cannot be read or has no store in this build.
    pub fn open(
        settings: &app::Settings,
        more_folders: &[String],
        blob_settings: blob::Settings,
    ) -> Result<Self, OpenError> {
        let mut folders = Folders::default();
        let mut places = Vec::new();
        let mut destination = None;
        if settings.serve_artifacts {
            let location = Location::parse(&settings.artifacts_destination)?;
            destination = Some(Store::open(&location, &blob_settings)?);
            add(&mut folders, &mut places, location, &blob_settings)?;
        }
        let configured = [settings.default_artifact_root.as_str(), CLIENTS_FOLDER];
        for uri in configured.into_iter().chain(more_folders.iter().map(String::as_str)) {
            // The default root may be a location that only clients reach.
            match Location::parse(uri) {
                Ok(location) => add(&mut folders, &mut places, location, &blob_settings)?,
                Err(LocationError::Scheme(_) | LocationError::Empty) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let opened = Mutex::default();
        let inner = Inner { destination, folders, places, settings: blob_settings, opened };
        Ok(Self { inner: Arc::new(inner), direct: Direct::default() })
    }

    /// Checks that the destination of proxied artifacts can be used, for the start of a server.
    ///
    /// # Errors
    /// When it cannot be reached or written.
    pub async fn probe(&self) -> Result<(), OpenError> {
        match &self.inner.destination {
            Some(destination) => Ok(destination.probe().await?),
            None => Ok(()),
        }
    }

    /// Removes what uploads left behind in folders that were last written to before this time.
    pub async fn sweep(&self, before: SystemTime) {
        for store in self.inner.folders.stores() {
            match store.sweep(before).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "removed what unfinished uploads had left"),
                Err(error) => tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a folder cannot be searched for unfinished uploads"
                ),
            }
        }
    }

    /// Lets clients move proxied artifacts straight to and from the store, as far as it can sign URLs.
    pub async fn with_direct(mut self, wanted: Direct) -> Self {
        self.direct = wanted;
        if let Some(destination) = &self.inner.destination
            && wanted.offered
            && let Err(error) = destination.can_sign().await
        {
            match error {
                BlobError::Unsupported(_) => {}
                error => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the artifact store signs no URLs: all artifacts pass through this server"
                ),
            }
            self.direct.offered = false;
        }
        self.direct.offered &= self.inner.destination.is_some();
        self
    }

    /// What may go past this server.
    pub fn direct(&self) -> &Direct {
        &self.direct
    }

    /// Where proxied artifacts are kept; `None` with `--no-serve-artifacts`.
    pub fn destination(&self) -> Option<&Store> {
        self.inner.destination.as_ref()
    }

    /// The store rooted at the location of a run, a model or a trace, as the database has it.
    ///
    /// # Errors
    /// When the location is a folder or a bucket that may not be served, is proxied by a server
    /// that does not serve artifacts, or cannot be opened.
    pub fn resolve(&self, artifact_uri: &str) -> Result<Store, ApiError> {
        if let Some(path) = path_behind_url(artifact_uri)
            && self.inner.destination.is_some()
        {
            return self.proxied(&artifact_path::parse(path)?);
        }
        match Location::parse(artifact_uri) {
            Ok(Location::Proxied { path, .. }) => self.proxied(&path),
            Ok(Location::Local { root }) => self.inner.folders.find(&root).ok_or_else(|| {
                ApiError::denied(format!(
                    "The artifact location '{artifact_uri}' is a folder of the server's machine that \
                     it was not started to serve (see --artifact-folders)."
                ))
            }),
            Ok(location) if self.serves(&location) => self.cloud(&location),
            Ok(location) => Err(ApiError::denied(format!(
                "The artifact location '{location}' is a place in the cloud that this server was not \
                 started to serve. If its artifacts are to be read, written and deleted here, start \
                 the server with --artifact-folders '{}'.",
                split(&location).0
            ))),
            Err(error) => Err(ApiError::invalid(error.to_string())),
        }
    }

    /// Writes a small file below the location of a run, a model or a trace. It appears whole or not
    /// at all, and replaces one of the same path.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve), and when the path is refused or the store fails.
    pub async fn write_file(
        &self,
        artifact_uri: &str,
        path: &str,
        bytes: Bytes,
    ) -> Result<(), ApiError> {
        let path = artifact_path::parse_destination(path)?;
        let store = self.resolve(artifact_uri)?;
        let size = bytes.len() as u64;
        let stream = stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
        store.put(&path, stream, Some(size)).await.map_err(failed)?;
        Ok(())
    }

    /// Reads a file below the location of a run, a model or a trace, whole; `None` if there is none.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve), and when the path is refused, the file is too large or the store fails.
    pub async fn read_file(
        &self,
        artifact_uri: &str,
        path: &str,
    ) -> Result<Option<Vec<u8>>, ApiError> {
        let path = artifact_path::parse(path)?;
        let mut download = match self.resolve(artifact_uri)?.get(&path, None).await {
            Err(BlobError::NotFound { .. }) => return Ok(None),
            download => download.map_err(failed)?,
        };
        let too_large = || {
            ApiError::invalid(format!(
                "The file '{path}' in {artifact_uri} is larger than the {LARGEST_FILE} bytes that are read at once."
            ))
        };
        if download.size > LARGEST_FILE {
            return Err(too_large());
        }
        let mut file = Vec::with_capacity(usize::try_from(download.size).unwrap_or_default());
        while let Some(bytes) = download.stream.try_next().await.map_err(failed)? {
            file.extend_from_slice(&bytes);
            // It may grow while it is read.
            if file.len() as u64 > LARGEST_FILE {
                return Err(too_large());
            }
        }
        Ok(Some(file))
    }

    /// Deletes a file below the location of a run, a model or a trace, if it is there.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve), and when the path is refused or the store fails.
    pub async fn delete_file(&self, artifact_uri: &str, path: &str) -> Result<(), ApiError> {
        let path = artifact_path::parse(path)?;
        match self.resolve(artifact_uri)?.delete(&path).await {
            Ok(_) | Err(BlobError::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// These stores as the place where the prompt laboratory writes the files of its runs.
    pub fn sink(&self) -> ArtifactSink {
        let stores = self.clone();
        ArtifactSink::new(move |artifact_uri, path, bytes| {
            let stores = stores.clone();
            Box::pin(async move { stores.write_file(&artifact_uri, path, bytes).await })
        })
    }

    fn proxied(&self, path: &ArtifactPath) -> Result<Store, ApiError> {
        let destination = self.inner.destination.as_ref().ok_or_else(|| {
            ApiError::new(
                Code::BadRequest,
                "The artifacts are behind a server's proxy, and this server runs with \
                 `--no-serve-artifacts`.",
            )
        })?;
        destination.scoped(path).map_err(refused)
    }

    /// Whether a place in the cloud is one that the operator named, or below one. What the server's identity reaches
    /// beyond that is nothing that a caller may choose.
    fn serves(&self, location: &Location) -> bool {
        let account = self.inner.settings.azure_account();
        self.inner.places.iter().any(|place| is_below(location, place, account))
    }

    /// Opens a folder of a container or bucket; the container stays open for other folders of it.
    fn cloud(&self, location: &Location) -> Result<Store, ApiError> {
        let (container, prefix) = split(location);
        let path = match ArtifactPath::parse(prefix) {
            Ok(path) if path.as_str() == prefix => path,
            // A key that a path would change is opened as it stands.
            _ => return Store::open(location, &self.inner.settings).map_err(failed),
        };
        if let Some(store) = self.opened(&container) {
            return store.scoped(&path).map_err(refused);
        }
        let store = Store::open(&container, &self.inner.settings).map_err(failed)?;
        let scoped = store.scoped(&path).map_err(refused)?;
        let mut opened = self.inner.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if !opened.iter().any(|(location, _)| *location == container) {
            if opened.len() >= MAX_OPEN {
                opened.remove(0);
            }
            opened.push((container, store));
        }
        Ok(scoped)
    }

    fn opened(&self, container: &Location) -> Option<Store> {
        let opened = self.inner.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let found = opened.iter().find(|(location, _)| location == container);
        found.map(|(_, store)| store.clone())
    }
}

fn add(
    folders: &mut Folders,
    places: &mut Vec<Location>,
    location: Location,
    settings: &blob::Settings,
) -> Result<(), BlobError> {
    match location {
        Location::Local { root } => folders.add(&root, settings)?,
        Location::Proxied { .. } => {}
        cloud => places.push(cloud),
    }
    Ok(())
}

/// Whether a place in the cloud is another one or a folder below it. `account`: Azure's, where a location names none.
fn is_below(location: &Location, place: &Location, account: Option<&str>) -> bool {
    let folder = |path: &str, of: &str| {
        path.strip_prefix(of)
            .is_some_and(|rest| of.is_empty() || rest.is_empty() || rest.starts_with('/'))
    };
    match (location, place) {
        (Location::S3(location), Location::S3(place))
        | (Location::Gcs(location), Location::Gcs(place)) => {
            location.bucket == place.bucket && folder(&location.prefix, &place.prefix)
        }
        (Location::Azure(location), Location::Azure(place)) => {
            let of = |azure: &AzureLocation| {
                azure.account.as_deref().or(account).map(str::to_ascii_lowercase)
            };
            of(location) == of(place)
                && location.domain == place.domain
                && location.container == place.container
                && folder(&location.prefix, &place.prefix)
        }
        _ => false,
    }
}

/// The path in a proxied location that is spelled as a URL.
fn path_behind_url(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let rest = rest.split(['?', '#']).next()?;
    rest.split_once(PROXY_ROUTE).map(|(_, path)| path)
}

/// A cloud's location as its container or bucket, and the folder in it.
fn split(location: &Location) -> (Location, &str) {
    match location {
        Location::Azure(azure) => {
            let container = AzureLocation { prefix: String::new(), ..azure.clone() };
            (Location::Azure(container), &azure.prefix)
        }
        Location::S3(bucket) => (Location::S3(whole(bucket)), &bucket.prefix),
        Location::Gcs(bucket) => (Location::Gcs(whole(bucket)), &bucket.prefix),
        other => (other.clone(), ""),
    }
}

fn whole(bucket: &BucketLocation) -> BucketLocation {
    BucketLocation { bucket: bucket.bucket.clone(), prefix: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_operator_named_is_served() {
        let settings = app::Settings {
            serve_artifacts: true,
            artifacts_destination: "s3://own/artifacts".to_owned(),
            default_artifact_root: "wasbs://runs@acc.blob.core.windows.net/root".to_owned(),
            ..app::Settings::default()
        };
        let more = ["gs://archive".to_owned(), "az://models/m".to_owned()];
        let stores = Stores::open(
            &settings,
            &more,
            blob::Settings {
                environment: [("AZURE_STORAGE_ACCOUNT_NAME".to_owned(), "acc".to_owned())].into(),
                ..blob::Settings::default()
            },
        );
        let stores = stores.unwrap();
        let serves = |uri: &str| stores.serves(&Location::parse(uri).unwrap());
        for uri in [
            "s3://own/artifacts",
            "s3://own/artifacts/1/r",
            "abfss://runs@acc.dfs.core.windows.net/root/7",
            "https://acc.blob.core.windows.net/runs/root",
            "az://runs/root/1",
            "gs://archive/any",
            "wasbs://models@acc.blob.core.windows.net/m/x",
        ] {
            assert!(serves(uri), "{uri}");
        }
        for uri in [
            "s3://own",
            "s3://own/artifactsx",
            "s3://own/other",
            "s3://other/artifacts",
            "gs://own/artifacts",
            "wasbs://runs@other.blob.core.windows.net/root",
            "wasbs://secret@acc.blob.core.windows.net/root",
            "wasbs://runs@acc.blob.core.chinacloudapi.cn/root",
            "gs://archive2/x",
        ] {
            assert!(!serves(uri), "{uri}");
            let refused = stores.resolve(uri).unwrap_err();
            assert!(refused.message.contains("--artifact-folders"), "{}", refused.message);
        }
    }
}
