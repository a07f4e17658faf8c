//! Requests to cancel what a connection is at. Each takes a connection of its own.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures::FutureExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{CancelToken, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The whole request: its length, its code, the process and its key, of four bytes each.
type Request = [u8; 16];

/// Asks for encryption, in a length and a code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Cancels what connections to one address are at.
pub(crate) struct Canceller {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Canceller {
    pub(crate) fn new(config: Config, tls: MakeRustlsConnect) -> Self {
        Self { config, tls }
    }

    /// # Errors
    /// When nobody could be told.
    pub(crate) async fn cancel(&self, token: &CancelToken, by_pooler: bool) -> io::Result<()> {
        if !by_pooler {
            return token.cancel_query(self.tls.clone()).await.map_err(io::Error::other);
        }
        // The driver hangs up when it has written. A pooler, which must ask the database first, then
        // forgets the request.
        let request = request(token).ok_or_else(|| io::Error::other("there is no key"))?;
        let ports = self.config.get_ports().iter();
        // The key is known to one of them, and means nothing to the others.
        for (host, port) in self.config.get_hosts().iter().zip(ports) {
            match host {
                Host::Tcp(name) => {
                    let stream = TcpStream::connect((name.as_str(), *port)).await?;
                    self.send(stream, name, &request).await?;
                }
                Host::Unix(folder) => {
                    let path = folder.join(format!(".s.PGSQL.{port}"));
                    tell(UnixStream::connect(path).await?, &request).await?;
                }
            }
        }
        Ok(())
    }

    async fn send(&self, mut stream: TcpStream, host: &str, request: &Request) -> io::Result<()> {
        let mode = self.config.get_ssl_mode();
        if mode == SslMode::Disable {
            return tell(stream, request).await;
        }
        stream.write_all(&SSL_REQUEST).await?;
        if stream.read_u8().await? == b'S' {
            let mut tls = self.tls.clone();
            let connect = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut tls, host);
            let connect = connect.map_err(io::Error::other)?;
            return tell(connect.connect(stream).await?, request).await;
        }
        match mode {
            SslMode::Prefer => tell(stream, request).await,
            _ => Err(io::Error::other("no encryption is offered")),
        }
    }
}

/// Writes a request and waits until it was taken, which the other side shows by hanging up.
async fn tell(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &Request,
) -> io::Result<()> {
    stream.write_all(request).await?;
    stream.flush().await?;
    // How it hangs up does not matter.
    let _ = stream.read_u8().await;
    Ok(())
}

/// The process that a connection's cancel requests name.
pub(crate) fn process(token: &CancelToken) -> Option<i32> {
    request(token)?.get(8..)?.first_chunk().copied().map(i32::from_be_bytes)
}

/// The request for a connection. The driver tells the key to nobody but whom a request is sent to, so
/// one is sent here, to memory.
fn request(token: &CancelToken) -> Option<Request> {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let memory = Memory(Arc::clone(&sent));
    // Memory never keeps anybody waiting.
    token.cancel_query_raw(memory, Plain).now_or_never()?.ok()?;
    sent.lock().unwrap_or_else(PoisonError::into_inner).last_chunk().copied()
}

/// Takes what is written, and answers every question for encryption with yes.
struct Memory(Arc<Mutex<Vec<u8>>>);

impl AsyncRead for Memory {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        out.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Memory {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl TlsStream for Memory {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// Encrypts nothing: what goes to memory needs no protection.
struct Plain;

impl TlsConnect<Memory> for Plain {
    type Stream = Memory;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Memory>>;

    fn connect(self, stream: Memory) -> Self::Future {
        std::future::ready(Ok(stream))
    }
}
