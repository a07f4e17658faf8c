//! Who vouches for the servers that this program calls.

use rustls_pki_types::CertificateDer;

/// The public certificate authorities, which are built in, and those of this machine
/// (`SSL_CERT_FILE` names others): an empty image has none, a company's own are nowhere else.
pub fn roots() -> Vec<CertificateDer<'static>> {
    let machine = rustls_native_certs::load_native_certs().certs;
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned().chain(machine).collect()
}
