//! The prompt laboratory: a run that keeps one answer of a language model, with the prompt that
//! led to it as a model that can be loaded again.

mod api;
mod files;
mod values;
mod wire;

use std::pin::Pin;
use std::sync::Arc;

use app::needs::Action::{NotDenied, Update};
use app::needs::{Scope, experiment, run};
use app::{ApiError, Routes};
use axum::Extension;
use axum::handler::Handler;
use bytes::Bytes;

/// The future that writes one file.
pub type Writing = Pin<Box<dyn Future<Output = Result<(), ApiError>> + Send>>;

/// Writes the files of a run. Artifact stores belong to a later feature, so the server hands it in.
#[derive(Clone)]
pub struct ArtifactSink(Arc<dyn Fn(String, &'static str, Bytes) -> Writing + Send + Sync>);

impl ArtifactSink {
    /// `write` gets the run's artifact URI, a path below it and the whole file, which is small.
    pub fn new(
        write: impl Fn(String, &'static str, Bytes) -> Writing + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(write))
    }

    async fn write(&self, artifact_uri: &str, file: files::File) -> Result<(), ApiError> {
        (self.0)(artifact_uri.to_owned(), file.path, file.text.into()).await
    }
}

/// The routes, over a sink for artifacts.
pub fn routes(sink: ArtifactSink) -> Routes {
    let create = api::create.layer(Extension(sink));
    let needs = [experiment(Update), run(NotDenied).of(Scope::Experiment)];
    Routes::v2("mlflow/runs")
        .ajax_only()
        .post("create-promptlab-run", create, needs)
        .summary("Keep one response of a language model as a run")
}
