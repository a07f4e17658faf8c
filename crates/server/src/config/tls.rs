//! TLS and the headers of responses: what the flags and the options for Python's servers say together.

use axum::http::{HeaderName, HeaderValue};
use transport::tls::{Ciphers, ClientCertificate, Password, TlsOptions};

use crate::cli::{PythonOptions, TlsArgs};

/// TLS, if it is asked for. A flag of this server's own takes precedence over an option.
///
/// # Errors
/// A sentence, when the options contradict each other.
pub fn options(
    own: TlsArgs,
    python: &PythonOptions,
    warnings: &mut Vec<String>,
) -> Result<Option<TlsOptions>, String> {
    let given = |own: Option<String>, python: &Option<String>| {
        let own = own.filter(|text| !text.is_empty());
        own.or_else(|| python.clone().filter(|text| !text.is_empty()))
    };
    let required = own.tls_client_ca.as_ref().is_some_and(|file| !file.is_empty());
    let certificate = given(own.tls_cert, &python.certificate);
    let key = given(own.tls_key, &python.key);
    let password = given(own.tls_key_password, &python.password);
    let authorities = given(own.tls_client_ca, &python.authorities);
    let client_certificate = match python.client_certificate {
        _ if required => ClientCertificate::Required,
        None | Some(0) => ClientCertificate::NotAsked,
        Some(1) => ClientCertificate::Optional,
        Some(_) => ClientCertificate::Required,
    };
    let Some(certificate) = certificate else {
        let wanted = key.is_some()
            || password.is_some()
            || authorities.is_some()
            || client_certificate != ClientCertificate::NotAsked
            || python.only_tls12
            || python.ciphers.is_some();
        if wanted {
            return Err("TLS needs a certificate: give its file with --tls-cert \
                        (or --ssl-certfile in --uvicorn-opts)"
                .to_owned());
        }
        return Ok(None);
    };
    match (client_certificate, &authorities) {
        (ClientCertificate::NotAsked, Some(_)) => warnings.push(
            "--ssl-ca-certs alone does not require client certificates: add --ssl-cert-reqs 2, or \
             use --tls-client-ca"
                .to_owned(),
        ),
        (ClientCertificate::Optional | ClientCertificate::Required, None) => {
            return Err(
                "client certificates are verified, but no certificate authority is given: name \
                 its file with --tls-client-ca (or --ssl-ca-certs)"
                    .to_owned(),
            );
        }
        _ => {}
    }
    Ok(Some(TlsOptions {
        certificate: certificate.into(),
        key: key.map(Into::into),
        password: password.map(Password),
        authorities: authorities.map(Into::into),
        client_certificate,
        only_tls12: python.only_tls12,
        ciphers: python.ciphers.as_deref().map(Ciphers::new).unwrap_or_default(),
    }))
}

/// The headers of every response.
///
/// # Errors
/// A sentence, when one of them is not a header.
pub fn headers(python: &PythonOptions) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let header = |(name, value): &(String, String)| {
        let header = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
        header
            .ok_or_else(|| format!("--uvicorn-opts: --header {name}:{value} is not a valid header"))
    };
    python.headers.iter().map(header).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_flags_take_precedence() {
        let python = PythonOptions {
            certificate: Some("a".into()),
            key: Some("b".into()),
            ..PythonOptions::default()
        };
        let own = TlsArgs {
            tls_cert: Some("c".into()),
            tls_client_ca: Some("d".into()),
            ..TlsArgs::default()
        };
        let mut warnings = Vec::new();
        let tls = options(own, &python, &mut warnings).unwrap().unwrap();
        assert_eq!((tls.certificate, tls.key), ("c".into(), Some("b".into())));
        assert_eq!(tls.client_certificate, ClientCertificate::Required);
        assert!(warnings.is_empty());
    }

    #[test]
    fn half_a_request_for_tls_is_refused() {
        let refused = |python: PythonOptions| {
            options(TlsArgs::default(), &python, &mut Vec::new()).unwrap_err()
        };
        for python in [
            PythonOptions { key: Some("k".into()), ..PythonOptions::default() },
            PythonOptions { client_certificate: Some(2), ..PythonOptions::default() },
            PythonOptions { only_tls12: true, ..PythonOptions::default() },
        ] {
            assert!(refused(python).contains("needs a certificate"));
        }
        let nobody = PythonOptions {
            certificate: Some("c".into()),
            client_certificate: Some(1),
            ..PythonOptions::default()
        };
        assert!(refused(nobody).contains("no certificate authority"));
        let none = options(TlsArgs::default(), &PythonOptions::default(), &mut Vec::new());
        assert_eq!(none, Ok(None));
    }

    #[test]
    fn authorities_alone_ask_for_nothing() {
        let python = PythonOptions {
            certificate: Some("c".into()),
            authorities: Some("a".into()),
            ..PythonOptions::default()
        };
        let mut warnings = Vec::new();
        let tls = options(TlsArgs::default(), &python, &mut warnings).unwrap().unwrap();
        assert_eq!((tls.client_certificate, warnings.len()), (ClientCertificate::NotAsked, 1));
    }
}
