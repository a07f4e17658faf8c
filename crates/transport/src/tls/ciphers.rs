//! Which ciphers may be used, in the syntax of OpenSSL's lists (`ssl.SSLContext.set_ciphers`).

use rustls::SupportedCipherSuite;

/// The ciphers of TLS 1.2 that a list leaves. Those of TLS 1.3 are not chosen by such lists.
///
/// Every cipher that is known here keeps its secrets if a key is lost later and is authenticated, so that a list can
/// only narrow them: names of others are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ciphers(Option<Vec<String>>);

impl Ciphers {
    /// Reads a list.
    pub fn new(list: &str) -> Self {
        let known: Vec<String> = rustls::crypto::ring::ALL_CIPHER_SUITES
            .iter()
            .filter(|suite| suite.tls13().is_none())
            .map(|suite| name(*suite))
            .collect();
        let mut left: Vec<String> = Vec::new();
        let mut banned: Vec<String> = Vec::new();
        for entry in list.split([':', ',', ' ', ';']).filter(|entry| !entry.is_empty()) {
            let fits = |words: &str| {
                known.iter().filter(|name| is_of(name, words)).cloned().collect::<Vec<_>>()
            };
            match entry.split_at(1) {
                ("!", words) => {
                    banned.extend(fits(words));
                    left.retain(|name| !banned.contains(name));
                }
                ("-", words) => {
                    let out = fits(words);
                    left.retain(|name| !out.contains(name));
                }
                // An order, or a level of security.
                ("+" | "@", _) => {}
                _ => left.extend(fits(entry).into_iter().filter(|name| !banned.contains(name))),
            }
        }
        Self(Some(left))
    }

    pub fn allow(&self, suite: SupportedCipherSuite) -> bool {
        match &self.0 {
            Some(left) if suite.tls13().is_none() => left.contains(&name(suite)),
            _ => true,
        }
    }
}

/// OpenSSL's name of a cipher of TLS 1.2.
fn name(suite: SupportedCipherSuite) -> String {
    let name = suite.suite().as_str().unwrap_or_default();
    let name = name.trim_start_matches("TLS_").replace("_WITH_", "_").replace("AES_", "AES");
    let name = name.replace('_', "-");
    match name.split_once("-POLY1305") {
        Some((before, _)) => format!("{before}-POLY1305"),
        None => name,
    }
}

/// Whether a cipher is one of those that words joined by `+` stand for.
fn is_of(name: &str, words: &str) -> bool {
    words.split('+').all(|word| match word {
        "ALL"
        | "COMPLEMENTOFDEFAULT"
        | "DEFAULT"
        | "HIGH"
        | "TLSv1"
        | "TLSv1.0"
        | "TLSv1.2"
        | "ECDHE"
        | "EECDH"
        | "kECDHE"
        | "kEECDH"
        | "AEAD" => true,
        "AESGCM" => name.contains("GCM"),
        "AES" | "AES128" | "AES256" | "CHACHA20" | "SHA256" | "SHA384" => name.contains(word),
        "ECDSA" | "aECDSA" => name.contains("ECDSA"),
        "aRSA" => name.contains("-RSA-"),
        _ => name == word,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(list: &str) -> Vec<String> {
        let mut left = Ciphers::new(list).0.unwrap();
        left.sort();
        left.dedup();
        left
    }

    #[test]
    fn lists_are_read_as_openssl_reads_them() {
        let all = left("ALL");
        assert_eq!(all.len(), 6);
        assert_eq!(left("TLSv1"), all);
        assert_eq!(left("HIGH:!aNULL:!MD5:@STRENGTH"), all);
        assert_eq!(left("ECDHE-RSA-CHACHA20-POLY1305:AES256-SHA"), ["ECDHE-RSA-CHACHA20-POLY1305"]);
        assert_eq!(left("ECDHE+AESGCM:!aECDSA:!AES128"), ["ECDHE-RSA-AES256-GCM-SHA384"]);
        assert_eq!(left("!AES:ALL").len(), 2);
        assert_eq!(left("RC4"), [""; 0]);
    }

    #[test]
    fn tls_13_stays() {
        let only = Ciphers::new("RC4");
        let rest: Vec<_> = rustls::crypto::ring::ALL_CIPHER_SUITES
            .iter()
            .filter(|suite| only.allow(**suite))
            .collect();
        assert_eq!(rest.len(), 3);
        assert!(rest.iter().all(|suite| suite.tls13().is_some()));
    }
}
