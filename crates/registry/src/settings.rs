//! What the environment settles about the registry.

use std::time::Duration;

use fernet::Fernet;
use regex::Regex;

/// Why the registry cannot be served: one plain sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub(crate) String);

/// The registry's settings. Made once, at start-up.
#[derive(Clone, Default)]
pub struct Settings {
    /// What the source of a model version must match
    /// (`MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX`).
    pub source_pattern: Option<Regex>,
    pub webhooks: Webhooks,
}

/// How webhooks are kept and called.
#[derive(Clone)]
pub struct Webhooks {
    /// Schemes that a webhook's URL may have (`MLFLOW_WEBHOOK_ALLOWED_SCHEMES`).
    pub schemes: Vec<String>,
    /// Whether a URL may lead into a private network (`MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS`).
    pub allow_private: bool,
    /// How long one receiver may take to answer (`MLFLOW_WEBHOOK_REQUEST_TIMEOUT`).
    pub timeout: Duration,
    /// How often a delivery that failed is tried again (`MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES`).
    pub retries: u32,
    /// Deliveries to one webhook that are under way at once, at most
    /// (`MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS`).
    pub at_once: usize,
    /// Days after which a delivery leaves the log (`HEADWATER_WEBHOOK_LOG_DAYS`).
    pub log_days: u32,
    /// What secrets are encrypted with (`MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY`).
    pub key: Option<Fernet>,
}

app::lend!(Webhooks);

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            schemes: vec!["https".to_owned()],
            allow_private: false,
            timeout: Duration::from_secs(30),
            retries: 10,
            at_once: 10,
            log_days: 30,
            key: None,
        }
    }
}

impl Settings {
    /// `variable`: an environment variable by its name.
    ///
    /// # Errors
    /// When a variable has a value that cannot be served.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let number = |name: &str, default: u32, least: u32| match given(name) {
            None => Ok(default),
            Some(text) => match text.trim().parse() {
                Ok(number) if number >= least => Ok(number),
                _ => {
                    Err(SettingsError(format!("{name}={text} is not a number of at least {least}")))
                }
            },
        };
        const PATTERN: &str = "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX";
        const PRIVATE: &str = "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS";
        let source_pattern = given(PATTERN)
            .map(|text| Regex::new(&text))
            .transpose()
            .map_err(|error| SettingsError(format!("{PATTERN} cannot be used: {error}")))?;
        let allow_private = match given(PRIVATE).map(|text| text.to_ascii_lowercase()).as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => {
                return Err(SettingsError(format!("{PRIVATE}={other} is neither true nor false")));
            }
        };
        // The value is a secret, so the sentence does not repeat it.
        let key = given("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY")
            .map(|key| {
                Fernet::new(key.trim()).ok_or_else(|| {
                    SettingsError(
                        "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY is not a Fernet key: it must be 32 \
                         bytes in URL-safe base64"
                            .to_owned(),
                    )
                })
            })
            .transpose()?;
        let defaults = Webhooks::default();
        let schemes = given("MLFLOW_WEBHOOK_ALLOWED_SCHEMES").map_or(defaults.schemes, |list| {
            list.split(',').map(|scheme| scheme.trim().to_ascii_lowercase()).collect()
        });
        let seconds = number("MLFLOW_WEBHOOK_REQUEST_TIMEOUT", 30, 1)?;
        let at_once = number("MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS", 10, 1)?;
        Ok(Self {
            source_pattern,
            webhooks: Webhooks {
                schemes,
                allow_private,
                timeout: Duration::from_secs(seconds.into()),
                retries: number("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", defaults.retries, 0)?,
                at_once: usize::try_from(at_once).unwrap_or(defaults.at_once),
                log_days: number("HEADWATER_WEBHOOK_LOG_DAYS", defaults.log_days, 1)?,
                key,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &'static str) -> Result<Settings, SettingsError> {
        Settings::read(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn values_are_read() {
        let schemes = read("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http, HTTPS").unwrap();
        assert_eq!(schemes.webhooks.schemes, ["http", "https"]);
        assert!(read("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "True").unwrap().webhooks.allow_private);
        assert!(!read("", "").unwrap().webhooks.allow_private);
        let key = "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY";
        assert!(
            read(key, "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=")
                .unwrap()
                .webhooks
                .key
                .is_some()
        );
    }

    #[test]
    fn what_cannot_be_served_is_said() {
        for (name, value) in [
            ("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "maybe"),
            ("MLFLOW_WEBHOOK_REQUEST_TIMEOUT", "0"),
            ("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", "-1"),
            ("MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX", "("),
        ] {
            assert!(read(name, value).err().unwrap().to_string().contains(name), "{name}");
        }
        let refused = read("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", "hunter2").err().unwrap();
        assert!(!refused.to_string().contains("hunter2"));
    }
}
