//! The platform that this server runs on, as far as it makes itself known.

use std::net::IpAddr;

use crate::environment::Environment;

/// An app in Azure Container Apps: what the platform tells every container of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerApp {
    /// `CONTAINER_APP_NAME`
    name: String,
    /// `CONTAINER_APP_ENV_DNS_SUFFIX`
    suffix: String,
}

impl ContainerApp {
    /// The app that the environment names, if it names one.
    pub fn detect(environment: &Environment) -> Option<Self> {
        let name = environment.get("CONTAINER_APP_NAME")?.to_ascii_lowercase();
        let suffix = environment.get("CONTAINER_APP_ENV_DNS_SUFFIX")?;
        let suffix = suffix.trim_matches('.').to_ascii_lowercase();
        // Both become part of patterns, and an address has no name of an app.
        let plain = |text: &str| {
            !text.is_empty()
                && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
                && text.parse::<IpAddr>().is_err()
        };
        (plain(&name) && !name.contains('.') && plain(&suffix) && suffix.contains('.'))
            .then_some(Self { name, suffix })
    }

    /// The names under which the platform's ingress serves the app: its own, inside the environment
    /// too, and those of its revisions and labels.
    pub fn hosts(&self) -> Vec<String> {
        let Self { name, suffix } = self;
        vec![
            format!("{name}.{suffix}"),
            format!("{name}.internal.{suffix}"),
            format!("{name}--*.{suffix}"),
            format!("{name}--*.internal.{suffix}"),
            name.clone(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(name: &str, suffix: &str) -> Option<ContainerApp> {
        ContainerApp::detect(&Environment::from([
            ("CONTAINER_APP_NAME", name),
            ("CONTAINER_APP_ENV_DNS_SUFFIX", suffix),
        ]))
    }

    #[test]
    fn an_app_knows_the_names_that_the_platform_gives_it() {
        let app = detect("Tracker", "calm-1a2b.westeurope.azurecontainerapps.io").unwrap();
        assert_eq!(app.hosts()[0], "tracker.calm-1a2b.westeurope.azurecontainerapps.io");
        assert_eq!(app.hosts()[1], "tracker.internal.calm-1a2b.westeurope.azurecontainerapps.io");
    }

    #[test]
    fn variables_that_name_no_app_open_nothing() {
        for (name, suffix) in [
            ("", "a.b"),
            ("x", ""),
            ("*", "a.b"),
            ("x", "*.b"),
            ("x", "io"),
            ("x.y", "a.b"),
            ("x", "1.2.3.4"),
        ] {
            assert_eq!(detect(name, suffix), None, "{name} {suffix}");
        }
        assert_eq!(ContainerApp::detect(&Environment::default()), None);
    }
}
