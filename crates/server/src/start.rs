//! From a checked command line to a server that listens, and back down.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use app::{ApiError, App, Backend, Caller, Clock, Ids};
use artifacts::Stores;
use db::{Db, DbError};
use registry::Registry;
use schema::SchemaError;
use transport::middleware::log_panics;
use transport::tls::{Tls, TlsError};
use transport::{ListenError, Listeners, Meter};

use crate::background::Background;
use crate::cli::LogFormat;
use crate::config::Config;
use crate::demo::Door;
use crate::metrics::Metrics;
use crate::routes::{self, Parts};
use crate::ui::Ui;
use crate::{logging, process, workspace};

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
    let metrics = config.operation.metrics.then(|| Arc::new(Metrics::new(app.backend.db())));
    let settings = transport_settings(&config, metrics.clone());
    let archival = archival.is_some_and(|archival| archival.enabled);
    let gateway = config.gateway;
    let registry = Registry::new(config.registry.clone())?;
    let webhooks = registry.webhooks.clone();
    let parts = Parts {
        app: Arc::clone(&app),
        stores: stores.clone(),
        registry,
        graphql: config.graphql,
        gateway,
        archival,
    };
    let mount = routes::mount(&parts, settings, metrics, ui, &config.network.static_prefix);
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let database = if config.settings.artifacts_only {
        "none: only artifacts are served".to_owned()
    } else {
        config.database.url.to_string()
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        mlflow_version = crate::MLFLOW_VERSION,
        %database,
        milliseconds,
        "ready at {}{}",
        listeners.url(scheme),
        config.network.static_prefix
    );
    tokio::spawn(sweep(Arc::clone(&app), stores.clone()));
    if !config.settings.artifacts_only {
        let unlimited = Arc::new(app.without_limit());
        tokio::spawn(build_indexes(unlimited.backend.db().clone(), config.traces.text_index));
        if config.database.registry.is_some() {
            tokio::spawn(build_indexes(unlimited.registry.db().clone(), false));
        }
        match config.traces.rollups {
            Some(rollups) => {
                tokio::spawn(traces::rollups::keep_running(Arc::clone(&unlimited), rollups));
            }
            None => {
                tokio::spawn(forget_rollups(unlimited.backend.clone()));
            }
        }
        if let Some(file) = config.settings.trace_archival {
            tokio::spawn(traces::archival::keep_running(unlimited, stores, file));
        }
    }
    let background = Background::new();
    if !config.settings.artifacts_only {
        let app = Arc::clone(&app);
        background.spawn(|stop| webhooks.deliver(app, stop));
    }
    if let Some(opening) = config.opening {
        let router = routes::inside(&parts);
        let door = Door::inside(router, app.clock.clone(), app.ids.clone());
        let url = format!("{}{}", listeners.url(scheme), config.network.static_prefix);
        tokio::spawn(async move {
            if let Err(error) = opening.open(&door, &url).await {
                tracing::error!(%error, "the demo is incomplete");
            }
        });
    }
    transport::serve(listeners, Arc::new(mount), tls).await;
    background.stop().await;
    for db in [app.backend.db(), app.registry.db()] {
        if let Err(error) = db.settle().await {
            tracing::warn!(%error, "the write-ahead log stays beside the database");
        }
    }
    Ok(())
}

/// Removes what uploads left behind whose server was killed. No upload is still for a day, so that what other replicas
/// write stays.
async fn sweep(app: Arc<App>, stores: Stores) {
    let now = u64::try_from(app.clock.now_ms()).unwrap_or_default();
    let yesterday = Duration::from_millis(now).saturating_sub(Duration::from_hours(24));
    stores.sweep(SystemTime::UNIX_EPOCH + yesterday).await;
}

/// Builds what indexes a database of MLflow's lacks. Searches are slower until then, no more.
async fn build_indexes(db: Db, text: bool) {
    if let Err(error) = schema::build_indexes(&db).await {
        tracing::warn!(%error, "an index could not be built; the next start tries again");
    }
    if text && let Err(error) = schema::build_text_index(&db).await {
        tracing::warn!(
            %error,
            "the text in spans has no index: it needs the extension pg_trgm, which an administrator \
             may have to allow; the next start tries again"
        );
    }
}

/// Daily sums of traces that were made with the setting on, or by MLflow, would go stale with it off.
async fn forget_rollups(backend: Backend) {
    let forget = backend.write(Caller::server(), traces::rollups::store_forget::forget, ());
    match forget.await.map(traces::rollups::store_forget::Forgotten::sums) {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "forgot the daily sums of traces"),
        Err(error) => tracing::warn!(error = error.message, "daily sums of traces may be stale"),
    }
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
        schema::prepare(&app.backend.db().without_limit()).await?;
        if config.database.registry.is_some() {
            schema::prepare(&app.registry.db().without_limit()).await?;
        }
        tracking::experiments::ensure_default(&app, Caller::server())
            .await
            .map_err(StartError::DefaultExperiment)?;
    }
    Ok(app)
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
