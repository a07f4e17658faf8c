//! New connections, each with the token of its moment.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use deadpool_postgres::Connect;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Tokens;

type Connected = (Client, JoinHandle<()>);

/// Connects with a token for a password.
pub(crate) struct EntraConnect {
    pub(crate) tls: MakeRustlsConnect,
    pub(crate) tokens: Tokens,
}

impl Connect for EntraConnect {
    fn connect(
        &self,
        config: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<Connected, Error>> + Send + '_>> {
        let config = config.clone();
        Box::pin(async move {
            match self.attempt(&config).await {
                // A token may be withdrawn before its time. The next one is not that one.
                Err((error, Some(token))) if is_refused(&error) => {
                    self.tokens.refused(&token);
                    self.attempt(&config).await.map_err(|(error, _)| error)
                }
                attempted => attempted.map_err(|(error, _)| error),
            }
        })
    }
}

impl EntraConnect {
    /// On failure also the token that was tried, if there was one.
    async fn attempt(&self, config: &Config) -> Result<Connected, (Error, Option<String>)> {
        let token = match self.tokens.get().await {
            Ok(token) => token,
            Err(error) => return Err((failure(io::Error::other(error)).await, None)),
        };
        let mut config = config.clone();
        config.password(&token);
        let connected = config.connect(self.tls.clone()).await;
        let (client, connection) = connected.map_err(|error| (error, Some(token)))?;
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a database connection ended");
            }
        });
        Ok((client, task))
    }
}

fn is_refused(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        *code == SqlState::INVALID_PASSWORD
            || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION
    })
}

/// The driver's error for a cause of our own. Only the driver can make one, so it is given a
/// connection that fails with that cause.
async fn failure(cause: io::Error) -> Error {
    let mut config = Config::new();
    config.user("nobody").ssl_mode(SslMode::Disable);
    match config.connect_raw(Failing(Some(cause)), NoTls).await {
        Err(error) => error,
        Ok(_) => Error::__private_api_timeout(),
    }
}

struct Failing(Option<io::Error>);

impl Failing {
    fn fail<T>(&mut self) -> Poll<io::Result<T>> {
        let cause = self.0.take();
        Poll::Ready(Err(cause.unwrap_or_else(|| io::ErrorKind::NotConnected.into())))
    }
}

impl AsyncRead for Failing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.fail()
    }
}

impl AsyncWrite for Failing {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.fail()
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.fail()
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.fail()
    }
}
