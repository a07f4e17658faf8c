//! Logging in to PostgreSQL without a password: as the identity that a cloud gives this program.
//!
//! The password of each new connection is an access token of Microsoft Entra. A token lives for
//! hours at most; it is asked for once, kept, and replaced by the next one well before it expires,
//! for as long as the pool lives. A connection that stands outlives its token.

mod answer;
mod connect;
mod source;
mod tokens;

use std::collections::BTreeMap;

use crate::url::PostgresUrl;

pub(crate) use connect::EntraConnect;
pub(crate) use tokens::Tokens;

/// How to log in to a PostgreSQL server.
#[derive(Clone, Debug, Default)]
pub enum Login {
    /// As the address says.
    #[default]
    Password,
    /// With the identity, if the address names no password and only servers of Azure's.
    Automatic(Identity),
    /// With the identity.
    Entra(Identity),
}

/// Where this program's identity is to be found.
#[derive(Clone)]
pub struct Identity {
    /// `IDENTITY_ENDPOINT`, `AZURE_CLIENT_ID` and the like.
    pub environment: BTreeMap<String, String>,
    /// Seconds since 1970.
    pub now: fn() -> i64,
}

impl std::fmt::Debug for Identity {
    /// Without the values, one of which is a secret.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// The endings of the names of Azure's database servers, and what a token for them is asked for.
const CLOUDS: [(&str, &str); 3] = [
    (".postgres.database.azure.com", "https://ossrdbms-aad.database.windows.net"),
    (".postgres.database.usgovcloudapi.net", "https://ossrdbms-aad.database.usgovcloudapi.net"),
    (".postgres.database.chinacloudapi.cn", "https://ossrdbms-aad.database.chinacloudapi.cn"),
];

impl Login {
    /// The identity to log in with, and the resource to ask a token for; `None`: a password.
    pub(crate) fn identity(&self, url: &PostgresUrl) -> Option<(&Identity, &'static str)> {
        let cloud = cloud(url);
        match self {
            Self::Password => None,
            Self::Automatic(identity) => {
                let resource = cloud.filter(|_| url.config.get_password().is_none())?;
                Some((identity, resource))
            }
            // A server behind another name, such as a private endpoint's.
            Self::Entra(identity) => Some((identity, cloud.unwrap_or(CLOUDS[0].1))),
        }
    }
}

/// The resource of the cloud that all hosts of an address belong to.
fn cloud(url: &PostgresUrl) -> Option<&'static str> {
    let of_host = |host: &tokio_postgres::config::Host| match host {
        tokio_postgres::config::Host::Tcp(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            CLOUDS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, resource)| *resource)
        }
        tokio_postgres::config::Host::Unix(_) => None,
    };
    let mut hosts = url.config.get_hosts().iter();
    let first = of_host(hosts.next()?)?;
    hosts.all(|host| of_host(host) == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DatabaseUrl;

    fn resource(login: fn(Identity) -> Login, text: &str) -> Option<&'static str> {
        let Ok(DatabaseUrl::Postgres(url)) = text.parse() else { panic!("{text}") };
        let identity = Identity { environment: BTreeMap::new(), now: || 0 };
        login(identity).identity(&url).map(|(_, resource)| resource)
    }

    #[test]
    fn azures_servers_are_known_by_their_names() {
        let automatic = |text| resource(Login::Automatic, text);
        assert_eq!(
            automatic("postgresql://app@x.Postgres.Database.azure.com:5432/n"),
            Some("https://ossrdbms-aad.database.windows.net")
        );
        assert_eq!(
            automatic("postgresql://app@x.postgres.database.chinacloudapi.cn/n"),
            Some("https://ossrdbms-aad.database.chinacloudapi.cn")
        );
        for text in [
            "postgresql://app:password@x.postgres.database.azure.com/n",
            "postgresql://app@localhost/n",
            "postgresql://app@x.postgres.database.azure.com.evil.example/n",
            "postgresql://app@x.postgres.database.azure.com,other.example/n",
            "postgresql://app@/n?host=/run/postgresql",
        ] {
            assert_eq!(automatic(text), None, "{text}");
        }
        assert!(resource(Login::Entra, "postgresql://app@localhost/n").is_some());
        let password = |_| Login::Password;
        assert_eq!(resource(password, "postgresql://app@x.postgres.database.azure.com/n"), None);
    }
}
