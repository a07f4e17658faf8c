//! Listening sockets.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Connections that may wait to be accepted.
const WAITING: u32 = 4096;

/// Why the server cannot listen: one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("cannot listen on '{0}': not an address of this machine ({1})")]
    Host(String, std::io::Error),
    #[error(
        "cannot listen on port {1} of {0}: it is in use; stop the other server, or choose another port with --port"
    )]
    InUse(String, u16),
    #[error(
        "cannot listen on port {1} of {0}: this user is not allowed to; choose a port above 1023 with --port"
    )]
    Denied(String, u16),
    #[error("cannot listen on port {1} of {0}: {2}")]
    Other(String, u16, std::io::Error),
}

/// The sockets that a host and port stand for: one for each address of the host.
#[derive(Debug)]
pub struct Listeners {
    host: String,
    port: u16,
    sockets: Vec<TcpListener>,
}

impl Listeners {
    /// Takes the port, so that connections wait from now on.
    ///
    /// # Errors
    /// When the port is taken, or the host is not this machine.
    pub async fn bind(host: &str, port: u16) -> Result<Self, ListenError> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let found = tokio::net::lookup_host((bare, port))
            .await
            .map_err(|error| ListenError::Host(host.to_owned(), error))?;
        let mut addresses: Vec<SocketAddr> = found.collect();
        addresses.sort_unstable();
        addresses.dedup();
        if port == 0 {
            // Each address would get a port of its own.
            addresses.truncate(1);
        }
        let mut sockets = Vec::new();
        let mut failure = None;
        for address in addresses {
            match open(address) {
                Ok(socket) => sockets.push(socket),
                // A name may have an address of a family that this machine does not speak.
                Err(error) if error.kind() == ErrorKind::AddrNotAvailable => failure = Some(error),
                Err(error) => return Err(explain(host, port, error)),
            }
        }
        match (sockets.first(), failure) {
            (Some(socket), _) => {
                let port = socket.local_addr().map_or(port, |address| address.port());
                Ok(Self { host: host.to_owned(), port, sockets })
            }
            (None, Some(error)) => Err(ListenError::Host(host.to_owned(), error)),
            (None, None) => Err(ListenError::Host(
                host.to_owned(),
                std::io::Error::new(ErrorKind::NotFound, "the name has no address"),
            )),
        }
    }

    /// Where a browser on this machine finds the server.
    pub fn url(&self, scheme: &str) -> String {
        let host = match self.host.as_str() {
            "0.0.0.0" | "::" | "[::]" => "localhost",
            host => host,
        };
        if host.contains(':') && !host.starts_with('[') {
            format!("{scheme}://[{host}]:{}", self.port)
        } else {
            format!("{scheme}://{host}:{}", self.port)
        }
    }
}

impl IntoIterator for Listeners {
    type Item = TcpListener;
    type IntoIter = std::vec::IntoIter<TcpListener>;

    fn into_iter(self) -> Self::IntoIter {
        self.sockets.into_iter()
    }
}

fn open(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // The port of a server that has just ended stays reserved for a minute.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

fn explain(host: &str, port: u16, error: std::io::Error) -> ListenError {
    match error.kind() {
        ErrorKind::AddrInUse => ListenError::InUse(host.to_owned(), port),
        ErrorKind::PermissionDenied => ListenError::Denied(host.to_owned(), port),
        _ => ListenError::Other(host.to_owned(), port, error),
    }
}

/// The next connection. Waits while none can be accepted, for instance because too many files are open.
pub async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                if let Err(error) = socket.set_nodelay(true) {
                    tracing::debug!(%error, "a connection went before it was served");
                }
                return socket;
            }
            Err(error) => {
                let gone = matches!(
                    error.kind(),
                    ErrorKind::ConnectionAborted
                        | ErrorKind::ConnectionReset
                        | ErrorKind::ConnectionRefused
                );
                if !gone {
                    tracing::error!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_reported() {
        let first = Listeners::bind("127.0.0.1", 0).await.unwrap();
        assert_eq!(first.url("http"), format!("http://127.0.0.1:{}", first.port));
        let error = Listeners::bind("127.0.0.1", first.port).await.unwrap_err().to_string();
        assert!(error.contains("it is in use"), "{error}");
    }

    #[tokio::test]
    async fn a_foreign_address_is_reported() {
        let error = Listeners::bind("192.0.2.1", 0).await.unwrap_err().to_string();
        assert!(error.contains("not an address of this machine"), "{error}");
    }
}
