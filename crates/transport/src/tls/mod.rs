//! TLS: reading certificates and keys, taking new ones under a running server, and handshakes.

mod ciphers;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::connection::WatchedSocket;
use crate::shares::Shares;

pub use ciphers::Ciphers;

/// How long a handshake may take, and how many may be under way for one client.
const HANDSHAKE: Duration = Duration::from_secs(10);
const HANDSHAKES: u64 = 256;

/// How often the files are checked for changes.
const LOOK: Duration = Duration::from_secs(2);

/// How long a client that speaks plain text is read, so that it sees the end of the connection.
const LINGER: Duration = Duration::from_secs(1);

/// The first byte of every TLS connection.
const HANDSHAKE_RECORD: u8 = 22;

/// Why TLS cannot be set up: one plain sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(String);

/// Whether clients have to show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificate {
    #[default]
    NotAsked,
    /// One that is shown must be valid.
    Optional,
    Required,
}

/// How TLS is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// The certificate with its intermediate certificates.
    pub certificate: PathBuf,
    /// Its key; `None`: in the same file.
    pub key: Option<PathBuf>,
    pub password: Option<Password>,
    /// The certificate authorities of clients.
    pub authorities: Option<PathBuf>,
    pub client_certificate: ClientCertificate,
    /// Whether TLS 1.3 is left out.
    pub only_tls12: bool,
    pub ciphers: Ciphers,
}

/// A password, which no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("…")
    }
}

/// What the files contained when they were read.
#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    /// `None`: it is with the certificate.
    key: Option<Vec<u8>>,
    authorities: Option<Vec<u8>>,
}

/// TLS with the newest certificate.
pub struct Tls {
    options: TlsOptions,
    config: RwLock<Arc<ServerConfig>>,
    handshakes: Shares,
}

impl Tls {
    /// # Errors
    /// When a file cannot be read or used.
    pub fn open(options: TlsOptions) -> Result<Self, TlsError> {
        let config = RwLock::new(configure(&options, &read(&options)?)?);
        Ok(Self { options, config, handshakes: Shares::new(HANDSHAKES) })
    }

    /// Takes over what the files contain whenever that changes. A certificate that cannot be used is logged once, and the
    /// previous one is still served.
    pub async fn keep_renewed(self: Arc<Self>) {
        let mut seen = None;
        loop {
            tokio::time::sleep(LOOK).await;
            let options = self.options.clone();
            let Ok(now) = tokio::task::spawn_blocking(move || read(&options)).await else { return };
            if seen.as_ref() == Some(&now) {
                continue;
            }
            // The first look compares with nothing; to take over the same again does no harm.
            let first = seen.is_none();
            match now
                .as_ref()
                .map_err(|error| TlsError(error.0.clone()))
                .and_then(|contents| configure(&self.options, contents))
            {
                Ok(config) => {
                    *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
                    if !first {
                        tracing::info!("serving a new certificate");
                    }
                }
                Err(error) => {
                    tracing::warn!("{error}: still serving the previous certificate");
                }
            }
            seen = Some(now);
        }
    }

    /// Shakes hands with a client. `None`: it speaks plain text, is too slow, or has nothing in common with this server.
    pub async fn accept(
        &self,
        socket: WatchedSocket<TcpStream>,
        peer: Option<SocketAddr>,
    ) -> Option<TlsStream<WatchedSocket<TcpStream>>> {
        let _share = self.handshakes.take(peer.map(|peer| peer.ip()), 1)?;
        let greet = async {
            let mut first = [0];
            match socket.inner().peek(&mut first).await {
                Ok(1) if first[0] == HANDSHAKE_RECORD => {}
                Ok(1) => {
                    part(socket).await;
                    return None;
                }
                _ => return None,
            }
            let config = Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner));
            match TlsAcceptor::from(config).accept(socket).await {
                Ok(stream) => Some(stream),
                Err(error) => {
                    tracing::debug!(%error, "a TLS handshake failed");
                    None
                }
            }
        };
        tokio::time::timeout(HANDSHAKE, greet).await.ok().flatten()
    }
}

/// Ends a connection whose client speaks plain text. What the client sent is read, because a socket that is closed with
/// something unread breaks off instead of ending.
async fn part(mut socket: WatchedSocket<TcpStream>) {
    tracing::debug!("closed a connection whose client speaks plain text");
    let farewell = async {
        socket.shutdown().await?;
        let mut rest = [0; 4096];
        while socket.read(&mut rest).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    // Whether it ended in time or not: nobody waits for it.
    drop(tokio::time::timeout(LINGER, farewell).await);
}

fn read(options: &TlsOptions) -> Result<Contents, TlsError> {
    let file = |what: &str, path: &Path| {
        std::fs::read(path).map_err(|error| {
            TlsError(format!("the {what} {} cannot be read: {error}", path.display()))
        })
    };
    Ok(Contents {
        certificate: file("certificate", &options.certificate)?,
        key: options.key.as_deref().map(|path| file("key", path)).transpose()?,
        authorities: options
            .authorities
            .as_deref()
            .map(|path| file("CA file", path))
            .transpose()?,
    })
}

fn configure(options: &TlsOptions, contents: &Contents) -> Result<Arc<ServerConfig>, TlsError> {
    let mut provider = ring::default_provider();
    provider.cipher_suites.retain(|suite| options.ciphers.allow(*suite));
    let versions: &[&'static SupportedProtocolVersion] =
        if options.only_tls12 { &[&rustls::version::TLS12] } else { rustls::DEFAULT_VERSIONS };
    let builder = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .map_err(|_| TlsError("none of the requested ciphers is supported".to_owned()))?;
    let builder = match verifier(options, contents)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let chain = certificates(&contents.certificate, &options.certificate)?;
    let key_path = options.key.as_deref().unwrap_or(&options.certificate);
    let key_text = contents.key.as_deref().unwrap_or(&contents.certificate);
    let key = private_key(key_text, key_path, options.password.as_ref())?;
    let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => TlsError(format!(
            "the key in {} does not match the certificate in {}",
            key_path.display(),
            options.certificate.display()
        )),
        error => TlsError(format!(
            "the certificate in {} cannot be used with the key in {}: {error}",
            options.certificate.display(),
            key_path.display()
        )),
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

type Verifier = Arc<dyn rustls::server::danger::ClientCertVerifier>;

/// The verifier of clients' certificates, if they are asked for.
fn verifier(options: &TlsOptions, contents: &Contents) -> Result<Option<Verifier>, TlsError> {
    if options.client_certificate == ClientCertificate::NotAsked {
        return Ok(None);
    }
    let (Some(path), Some(text)) = (&options.authorities, &contents.authorities) else {
        return Err(TlsError(
            "no certificate authority is given for client certificates".to_owned(),
        ));
    };
    let unusable = |error: &dyn std::fmt::Display| {
        TlsError(format!("{} cannot be used: {error}", path.display()))
    };
    let mut roots = RootCertStore::empty();
    for authority in certificates(text, path)? {
        roots.add(authority).map_err(|error| unusable(&error))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        Arc::new(ring::default_provider()),
    );
    let builder = match options.client_certificate {
        ClientCertificate::Optional => builder.allow_unauthenticated(),
        _ => builder,
    };
    builder.build().map(|verifier| Some(verifier as Verifier)).map_err(|error| unusable(&error))
}

fn certificates(text: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(TlsError(format!(
            "{} contains no certificate: it must be in PEM format (-----BEGIN CERTIFICATE-----)",
            path.display()
        ))),
        Err(error) => Err(TlsError(format!("{} cannot be read: {error}", path.display()))),
    }
}

/// The lines around an encrypted key.
const LOCKED_BEGIN: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
const LOCKED_END: &str = "-----END ENCRYPTED PRIVATE KEY-----";

fn private_key(
    text: &[u8],
    path: &Path,
    password: Option<&Password>,
) -> Result<PrivateKeyDer<'static>, TlsError> {
    let path = path.display();
    let words = String::from_utf8_lossy(text);
    if words.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(TlsError(format!(
            "the key in {path} is encrypted in OpenSSL's legacy format: convert it with \
             `openssl pkcs8 -topk8 -in {path} -out NEW`"
        )));
    }
    if let Some(begin) = words.find(LOCKED_BEGIN) {
        let Some(end) = words[begin..].find(LOCKED_END) else {
            return Err(TlsError(format!("the key in {path} is truncated")));
        };
        let section = &words[begin..begin + end + LOCKED_END.len()];
        let Some(Password(password)) = password else {
            return Err(TlsError(format!(
                "the key in {path} is encrypted: give its password with --tls-key-password"
            )));
        };
        return unlocked(section, password)
            .map_err(|error| TlsError(format!("the key in {path} cannot be decrypted: {error}")));
    }
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => TlsError(format!(
            "{path} contains no private key: it must be in PEM format (-----BEGIN PRIVATE KEY-----)"
        )),
        error => TlsError(format!("the key in {path} cannot be read: {error}")),
    })
}

fn unlocked(section: &str, password: &str) -> Result<PrivateKeyDer<'static>, pkcs8::Error> {
    let (_, document) = pkcs8::SecretDocument::from_pem(section)?;
    let key = pkcs8::EncryptedPrivateKeyInfo::try_from(document.as_bytes())?.decrypt(password)?;
    Ok(PrivateKeyDer::Pkcs8(key.as_bytes().to_vec().into()))
}
