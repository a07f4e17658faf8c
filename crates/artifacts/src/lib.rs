//! Artifacts: uploads, downloads and listings, through the proxy and by run or logged model.
//!
//! - [`Stores`]: the artifact stores that the server opens, and the rule which locations it serves.
//! - [`routes`]: the route table. Every folder is one feature with the same file names: `mod.rs`
//!   its routes, `wire.rs` the exact JSON, `api.rs` the handlers, `store.rs` the SQL.
//! - `download`: how a file leaves: streamed, in ranges, with tags to ask again by.
//!
//! Nothing here holds a file whole: a request's body goes to the store as it comes, a response's
//! body comes from it as it goes. Dropping either end stops the transfer.

mod artifact_path;
mod direct;
mod disabled;
mod download;
mod error;
mod folders;
pub mod listing;
pub mod models;
mod multipart;
mod presigned;
mod proxy;
pub mod runs;
mod stores;
mod sweep;

use std::sync::Arc;

use app::{ApiError, App, Routes};
use axum::response::Response;
use jobs::Job;

pub use artifact_path::query_value;
pub use direct::Direct;
pub use download::Wanted;
pub use error::failed;
pub use proxy::file_routes;
pub use stores::{OpenError, Stores};

/// The routes of all artifact features, over these stores.
pub fn routes(stores: &Stores) -> Routes {
    proxy::routes(stores)
        .merge(multipart::routes(stores))
        .merge(presigned::routes(stores))
        .merge(runs::routes(stores))
        .merge(models::routes(stores))
}

/// What is done with artifacts beside requests.
pub fn jobs(app: &App, stores: &Stores) -> Vec<Arc<dyn Job>> {
    vec![Arc::new(sweep::Sweep::new(app.clock.clone(), stores.clone()))]
}

/// Answers with the file at `path` below a location, as the database has it.
///
/// # Errors
/// When the path or the location is refused, or there is no such file.
pub async fn fetch(
    stores: &Stores,
    artifact_uri: &str,
    path: &str,
    wanted: &Wanted,
) -> Result<Response, ApiError> {
    let path = artifact_path::parse(path)?;
    download::serve(&stores.resolve(artifact_uri)?, &path, wanted).await
}
