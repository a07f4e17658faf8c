//! Accepting connections, their limit, and a graceful shutdown.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

use crate::connection;
use crate::listen::{self, Listeners};
use crate::mount::Mount;
use crate::signals;
use crate::tls::Tls;

/// Connections at once. More than these wait in the system's queue.
const CONNECTIONS: usize = 16 * 1024;

/// How long running requests may take to finish after the first signal.
const DRAIN: Duration = Duration::from_secs(30);

/// Serves until a signal comes, then lets running requests finish.
pub async fn serve(listeners: Listeners, mount: Arc<Mount>, tls: Option<Arc<Tls>>) {
    let (stop, stopping) = watch::channel(false);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = TaskTracker::new();
    let context = connection::Context::new(mount, tls.clone());
    let accepting = listeners.into_iter().map(|listener| {
        let (context, places) = (context.clone(), Arc::clone(&places));
        let (connections, stopping) = (connections.clone(), stopping.clone());
        tokio::spawn(async move {
            loop {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                let socket = listen::accept(&listener).await;
                let connection = connection::serve(context.clone(), socket, stopping.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
        })
    });
    let accepting: Vec<_> = accepting.collect();
    let renewing = tls.map(|tls| tokio::spawn(tls.keep_renewed()));
    signals::wait().await;
    for task in accepting.into_iter().chain(renewing) {
        task.abort();
    }
    connections.close();
    tracing::info!("stopping: {} connections are open", connections.len());
    // Nobody listens if no connection was ever made.
    stop.send_replace(true);
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        let open = connections.len();
        tracing::warn!("stopping with {open} connections that did not finish in {DRAIN:?}");
    } else {
        tracing::info!("stopped");
    }
}
