//! From a checked command line to a server that listens, and back down.

use std::sync::Arc;
use std::time::Instant;

use app::{ApiError, App, Backend, Caller, Clock, Ids};
use artifacts::Stores;
use db::{Db, DbError};
use demo::Door;
use jobs::Jobs;
use registry::Registry;
use schema::SchemaError;
use transport::middleware::log_panics;
use transport::tls::{Tls, TlsError};
use transport::{ListenError, Listeners, Meter};

use crate::cli::LogFormat;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::routes::{self, Parts};
use crate::status::Offers;
use crate::ui::Ui;
use crate::{background, logging, process, workspace};

/// Why the server did not start: one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Log(String),
    #[error("cannot start threads: {0}")]
    Threads(std::io::Error),
    #[error("{0}")]
    Listen(#[from] ListenError),
    #[error("{0}")]
    Tls(#[from] TlsError),
    #[error("the database {url} cannot be opened: {source}")]
    Database { url: String, source: DbError },
    #[error("{0}")]
    Schema(#[from] SchemaError),
    #[error("cannot create the default experiment: {0}")]
    DefaultExperiment(ApiError),
    #[error("--artifacts-destination {destination} cannot be used: {source}")]
    Artifacts { destination: String, source: artifacts::OpenError },
    #[error("{0}")]
    Registry(#[from] registry::SettingsError),
    #[error("{0}")]
    Ui(#[from] crate::ui::UiError),
}

/// Serves until a signal stops it.
///
/// # Errors
/// When it cannot start. Once it listens, nothing ends it but a signal.
pub fn run(config: Config) -> Result<(), StartError> {
    let start = Instant::now();
    let operation = &config.operation;
    let _log =
        logging::start(operation.log_format, &operation.log_level).map_err(StartError::Log)?;
    log_panics();
    process::raise_file_limit();
    process::keep_freed_memory();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(StartError::Threads)?;
    runtime.block_on(serve(config, start))
}

async fn serve(config: Config, start: Instant) -> Result<(), StartError> {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let tls = config.network.tls.clone().map(Tls::open).transpose()?.map(Arc::new);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listeners = Listeners::bind(&config.network.host, config.network.port).await?;
    let ui = Arc::new(Ui::new(&config)?);
    let app = Arc::new(open(&config).await?);
    let archival = trace_archival(&config);
    let stores = open_stores(&config, archival.as_ref()).await?;
    let metrics = config
        .operation
        .metrics
        .then(|| Arc::new(Metrics::new(app.backend.db(), app.backend.schema())));
    let settings = transport_settings(&config, metrics.clone());
    let direct = stores.direct().offered;
    let offers = Offers {
        gateway: config.gateway,
        uploads: direct && config.artifacts.advertised.uploads,
        downloads: direct && config.artifacts.advertised.downloads,
        archival: archival.is_some_and(|archival| archival.enabled),
    };
    let registry = Registry::new(config.registry.clone())?;
    let parts = Parts { app: Arc::clone(&app), stores, registry, graphql: config.graphql, offers };
    let mount = routes::mount(&parts, settings, metrics, ui, &config.network.static_prefix);
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let database = if config.settings.artifacts_only {
        "none: only artifacts are served".to_owned()
    } else {
        config.database.url.to_string()
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        mlflow_version = app::MLFLOW_VERSION,
        %database,
        milliseconds,
        "ready at {}{}",
        listeners.url(scheme),
        config.network.static_prefix
    );
    let clock = app.clock.clone();
    let mut jobs = Jobs::new(move || clock.now_ms());
    jobs.start(background::jobs(&config, &parts));
    if let Some(opening) = config.opening {
        let door = Door::inside(routes::inside(&parts), app.clock.clone(), app.ids.clone());
        let url = format!("{}{}", listeners.url(scheme), config.network.static_prefix);
        jobs.start([opening.job(door, url)]);
    }
    transport::serve(listeners, Arc::new(mount), tls).await;
    jobs.stop().await;
    for db in [app.backend.db(), app.registry.db()] {
        if let Err(error) = db.settle().await {
            tracing::warn!(%error, "the write-ahead log stays beside the database");
        }
    }
    Ok(())
}

fn transport_settings(config: &Config, metrics: Option<Arc<Metrics>>) -> transport::Settings {
    transport::Settings {
        security: config.security.clone(),
        proxies: config.network.proxies.clone(),
        headers: config.network.headers.clone(),
        max_body_size: config.network.max_body_size,
        max_requests: config.network.max_requests,
        artifacts_only: config.settings.artifacts_only,
        grpc_method: traces::otlp::GRPC,
        workspace_refusal: workspace::refusal,
        json_log: config.operation.log_format == LogFormat::Json,
        meter: metrics.map(|metrics| metrics as Arc<dyn Meter>),
    }
}

async fn open(config: &Config) -> Result<App, StartError> {
    let db = Db::connect(&config.database.url, &config.database.options)
        .await
        .map_err(|source| StartError::Database { url: config.database.url.to_string(), source })?;
    let registry = match &config.database.registry {
        None => db.clone(),
        Some(url) => Db::connect(url, &config.database.options)
            .await
            .map_err(|source| StartError::Database { url: url.to_string(), source })?,
    };
    let settings = config.settings.clone();
    let app = App::new(db, registry, Clock::system(), Ids::random(), settings);
    if !config.settings.artifacts_only {
        prepare(&app.backend, config.database.newer_schema).await?;
        if config.database.registry.is_some() {
            prepare(&app.registry, config.database.newer_schema).await?;
        }
        tracking::experiments::ensure_default(&app, Caller::server())
            .await
            .map_err(StartError::DefaultExperiment)?;
    }
    Ok(app)
}

async fn prepare(backend: &Backend, newer: schema::Newer) -> Result<(), SchemaError> {
    schema::prepare(&backend.db().without_limit(), newer, backend.schema()).await
}

/// What the file about the archive of traces says at the start. A wrong one stops no server: the
/// archive waits until it is put right.
fn trace_archival(config: &Config) -> Option<traces::archival::Config> {
    traces::archival::load(config.settings.trace_archival.as_ref()?).ok()
}

/// Opens the place of proxied artifacts, and makes sure that they can be kept there.
async fn open_stores(
    config: &Config,
    archival: Option<&traces::archival::Config>,
) -> Result<Stores, StartError> {
    let refuse = |source| {
        let destination = config.settings.artifacts_destination.clone();
        StartError::Artifacts { destination, source }
    };
    let mut folders = config.artifacts.folders.clone();
    folders.extend(archival.map(|archival| archival.location.clone()));
    let stores =
        Stores::open(&config.settings, &folders, config.artifacts.store.clone()).map_err(refuse)?;
    stores.probe().await.map_err(refuse)?;
    Ok(stores.with_direct(config.artifacts.direct).await)
}
