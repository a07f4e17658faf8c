//! The signals that end the server: the first gracefully, the second at once.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Exit code of a program that was ended by a second signal.
const IMPATIENT: i32 = 130;

/// Waits for the first signal. From then on, another one ends the process at once.
pub async fn wait() {
    let signals = signal(SignalKind::terminate()).and_then(|terminate| {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok((terminate, interrupt))
    });
    let (mut terminate, mut interrupt) = match signals {
        Ok(signals) => signals,
        Err(error) => {
            tracing::warn!(%error, "signals cannot be received: only SIGKILL ends this server");
            return std::future::pending().await;
        }
    };
    either(&mut terminate, &mut interrupt).await;
    tokio::spawn(async move {
        either(&mut terminate, &mut interrupt).await;
        std::process::exit(IMPATIENT);
    });
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
