//! The artifact stores of this server: where proxied artifacts are kept, and what else is opened
//! for runs and models whose artifacts lie elsewhere.

use std::sync::{Arc, Mutex, PoisonError};

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
    settings: blob::Settings,
    /// Containers and buckets by their location, the oldest first.
    opened: Mutex<Vec<(Location, Store)>>,
}

impl Stores {
    /// Opens the destination of proxied artifacts and notes which folders of this machine may be
    /// served: the destination, the default artifact root, `./mlruns`, and those of `more_folders`,
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
        let mut destination = None;
        if settings.serve_artifacts {
            let location = Location::parse(&settings.artifacts_destination)?;
            destination = Some(Store::open(&location, &blob_settings)?);
            add_if_local(&mut folders, &location, &blob_settings)?;
        }
        let configured = [settings.default_artifact_root.as_str(), CLIENTS_FOLDER];
        for uri in configured.into_iter().chain(more_folders.iter().map(String::as_str)) {
            // The default root may be a location that only clients reach.
            match Location::parse(uri) {
                Ok(location) => add_if_local(&mut folders, &location, &blob_settings)?,
                Err(LocationError::Scheme(_) | LocationError::Empty) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let opened = Mutex::default();
        let inner = Inner { destination, folders, settings: blob_settings, opened };
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
    /// When the location is a folder of this machine that may not be served, is proxied by a server
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
            Ok(location) => self.cloud(&location),
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
    /// As [`resolve`](Self::resolve), and when the path is refused or the store fails.
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
        let mut file = Vec::with_capacity(usize::try_from(download.size).unwrap_or_default());
        while let Some(bytes) = download.stream.try_next().await.map_err(failed)? {
            file.extend_from_slice(&bytes);
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

fn add_if_local(
    folders: &mut Folders,
    location: &Location,
    settings: &blob::Settings,
) -> Result<(), BlobError> {
    match location {
        Location::Local { root } => folders.add(root, settings),
        _ => Ok(()),
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
