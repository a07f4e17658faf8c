//! Who may call, and from which web pages; and the refusal to start without a protection that is asked for.

use std::str::FromStr;

use transport::Security;
use transport::middleware::headers::FrameOptions;
use transport::middleware::hosts::Hosts;
use transport::middleware::origins::Origins;

use super::{ConfigError, given};
use crate::cli::{SecurityArgs, ServerArgs};
use crate::environment::Environment;
use crate::platform::ContainerApp;

/// `None`: hosts and origins are not checked.
pub fn new(
    arguments: &SecurityArgs,
    container_app: Option<&ContainerApp>,
    warnings: &mut Vec<String>,
) -> Result<Option<Security>, ConfigError> {
    if arguments.disable_security_middleware {
        warnings.push(
            "--disable-security-middleware is given: hosts and origins are not checked".to_owned(),
        );
        return Ok(None);
    }
    let own = container_app.map(ContainerApp::hosts).unwrap_or_default();
    let hosts = Hosts::new(given(arguments.allowed_hosts.as_deref())).with_own(&own);
    let origins = Origins::new(given(arguments.cors_allowed_origins.as_deref()));
    if hosts.allows_all() {
        warnings.push(
            "--allowed-hosts is '*': any web site can rebind its name to this server".to_owned(),
        );
    }
    if origins.allows_all() {
        warnings.push(
            "--cors-allowed-origins is '*': any web site can read and write this server's data"
                .to_owned(),
        );
    }
    let frame_options = FrameOptions::from_str(&arguments.x_frame_options)
        .map_err(|error| ConfigError::new(format!("--x-frame-options {error}")))?;
    Ok(Some(Security { hosts, origins, frame_options }))
}

/// Refuses to start when log-in or separate workspaces are asked for.
pub fn refuse_missing_protection(
    arguments: &ServerArgs,
    environment: &Environment,
) -> Result<(), ConfigError> {
    if let Some(name) = &arguments.later.app_name {
        return Err(ConfigError::new(format!(
            "--app-name {name} needs authentication, which this version does not support yet: put an \
             authenticating proxy in front of the server, and start it without the flag"
        )));
    }
    if arguments.later.wants_workspaces() {
        return Err(ConfigError::new(
            "--enable-workspaces needs workspaces, which this version does not support \
             yet: run one server for each group of users instead",
        ));
    }
    if let Some(workspace) = environment.get("MLFLOW_WORKSPACE") {
        return Err(ConfigError::new(format!(
            "MLFLOW_WORKSPACE={workspace} is client-only: unset it before starting the server"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use transport::middleware::proxies::Proxies;

    use super::super::tests::{config, config_in};
    use super::*;

    #[test]
    fn protection_that_is_not_there_is_refused() {
        for arguments in [&["--app-name", "basic-auth"][..], &["--enable-workspaces"]] {
            assert!(config(arguments).err().unwrap().contains("does not support yet"));
        }
        assert!(config(&["--enable-workspaces", "--disable-workspaces"]).is_ok());
        let environment = Environment::from([("MLFLOW_WORKSPACE", "x")]);
        assert!(config_in(&[], &environment).err().unwrap().contains("client-only"));
    }

    #[test]
    fn a_container_app_trusts_its_ingress_and_knows_its_name() {
        let environment = Environment::from([
            ("CONTAINER_APP_NAME", "tracker"),
            ("CONTAINER_APP_ENV_DNS_SUFFIX", "calm.azurecontainerapps.io"),
        ]);
        let config = config_in(&[], &environment).unwrap();
        assert_eq!(config.network.proxies, Proxies::Anyone);
        let hosts = config.security.unwrap().hosts;
        assert!(hosts.allows(Some("tracker.calm.azurecontainerapps.io")));
        assert!(!hosts.allows(Some("evil.example")));
        let config = config_in(&["--trusted-proxies", "10.0.0.0/8"], &environment).unwrap();
        assert_eq!(config.network.proxies, "10.0.0.0/8".parse().unwrap());
        assert!(config_in(&["--trusted-proxies", "x"], &environment).is_err());
    }
}
