//! Root certificates for outgoing TLS: PostgreSQL, object stores, identities, webhooks and the demo trust the same.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    #[error(transparent)]
    NotPem(#[from] pem::Error),
}

/// Mozilla's roots, which are in the program, and those of this machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` name
/// others). An empty image has none of its own, and a company's own authority is nowhere else.
pub fn authorities() -> Vec<CertificateDer<'static>> {
    let machine = rustls_native_certs::load_native_certs().certs;
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned().chain(machine).collect()
}

/// The same, as rustls takes them. A certificate of the machine that rustls cannot read is left out.
pub fn store() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(authorities());
    store
}

/// The certificates in a PEM file, none if it holds none.
///
/// # Errors
/// When the file cannot be read, or a certificate in it is malformed.
pub fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, FileError> {
    let pem = std::fs::read(file)?;
    Ok(CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mozillas_roots_are_trusted_wherever_the_program_runs() {
        let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        assert!(!built_in.is_empty());
        let trusted = authorities();
        assert!(built_in.iter().all(|root| trusted.contains(root)));
        assert!(store().len() >= built_in.len());
    }

    #[test]
    fn a_file_gives_its_certificates_or_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        assert!(matches!(read(&file), Err(FileError::Unreadable(_))));
        std::fs::write(&file, "nothing").unwrap();
        assert!(read(&file).unwrap().is_empty());
        let part = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
        std::fs::write(&file, part.repeat(2)).unwrap();
        assert_eq!(read(&file).unwrap(), vec![CertificateDer::from(vec![0, 1, 2]); 2]);
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
            .unwrap();
        assert!(matches!(read(&file), Err(FileError::NotPem(_))));
    }
}
