//! Secrets at rest: encrypted as MLflow encrypts them (Fernet), so that either program reads what
//! the other wrote with the same key.

use app::{ApiError, Unit};
use fernet::Fernet;

use super::store_keys;
use crate::settings::Webhooks as Settings;

/// Characters that the column of a secret holds.
const MAX_ENCRYPTED: usize = 1000;

/// Encrypts and decrypts the secrets of one database.
#[derive(Clone)]
pub struct Cipher {
    /// The first encrypts; all are tried to decrypt.
    keys: Vec<Fernet>,
}

impl Cipher {
    /// The cipher of this database. Where the environment gives no key, one is made and kept in the
    /// database: it protects no more than the database itself is protected, but survives a restart
    /// and is the same in every replica. MLflow's own stand-in is gone at its next start.
    pub async fn of(tx: &mut Unit<'_>, settings: &Settings) -> Result<Self, ApiError> {
        let kept = match (store_keys::key(tx).await?, &settings.key) {
            (None, None) => Some(store_keys::keep(tx, Fernet::generate_key()).await?),
            (kept, _) => kept,
        };
        Ok(Self::new(settings.key.clone(), kept))
    }

    /// As [`Cipher::of`], where nothing may be written: what it cannot read stays unread.
    pub async fn reading(tx: &mut Unit<'_>, settings: &Settings) -> Result<Self, ApiError> {
        Ok(Self::new(settings.key.clone(), store_keys::key(tx).await?))
    }

    fn new(given: Option<Fernet>, kept: Option<String>) -> Self {
        let kept = kept.and_then(|text| Fernet::new(&text));
        Self { keys: given.into_iter().chain(kept).collect() }
    }

    /// # Errors
    /// When the secret is longer than the database can keep.
    pub fn encrypt(&self, secret: &str) -> Result<String, ApiError> {
        let key = self.keys.first().ok_or_else(|| ApiError::internal("no key for secrets"))?;
        let token = key.encrypt(secret.as_bytes());
        if token.len() > MAX_ENCRYPTED {
            return Err(ApiError::invalid("The webhook's secret is too long."));
        }
        Ok(token)
    }

    /// The secret in a text of the database; none if it was written with another key.
    pub fn decrypt(&self, token: &str) -> Option<String> {
        let found = self.keys.iter().find_map(|key| key.decrypt(token).ok());
        found.and_then(|bytes| String::from_utf8(bytes).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

    #[test]
    fn any_of_the_keys_decrypts_and_the_first_encrypts() {
        let old = Cipher::new(None, Some(Fernet::generate_key()));
        let new = Cipher {
            keys: [Fernet::new(KEY).unwrap()].into_iter().chain(old.keys.clone()).collect(),
        };
        let (by_old, by_new) = (old.encrypt("grüße").unwrap(), new.encrypt("grüße").unwrap());
        assert_eq!(new.decrypt(&by_old).as_deref(), Some("grüße"));
        assert_eq!(new.decrypt(&by_new).as_deref(), Some("grüße"));
        assert_eq!(old.decrypt(&by_new), None);
        assert!(!by_new.contains("grüße"));
        assert!(new.encrypt(&"x".repeat(700)).is_err());
    }

    #[test]
    fn a_token_of_the_specification_is_read() {
        let token = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
        let cipher = Cipher::new(Fernet::new(KEY), None);
        assert_eq!(cipher.decrypt(token).as_deref(), Some("hello"));
    }
}
