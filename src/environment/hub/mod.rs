//! The variables that a Hub gives to a server that it spawns (`Spawner.get_env` in jupyterhub's
//! `spawner.py`), as one typed value.

pub mod agreement;
pub mod server;
mod service_url;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::json;

use self::server::Server;
use super::Variables;
pub use service_url::ServiceUrl;

/// Whom this server lets in, and the variable's name before JupyterHub 3.
pub const SCOPES: [&str; 2] = ["JUPYTERHUB_OAUTH_ACCESS_SCOPES", "JUPYTERHUB_OAUTH_SCOPES"];

/// What the Hub said, after what could be repaired was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub {
    /// Which server of which user this is; none where neither the names nor the prefix tell.
    pub server: Option<Server>,
    /// `JUPYTERHUB_SERVICE_PREFIX`, such as `/user/alice/`; with a slash at both ends.
    pub prefix: String,
    /// `JUPYTERHUB_SERVICE_URL`: where to listen.
    pub service_url: ServiceUrl,
    /// `JUPYTERHUB_API_URL`.
    pub api_url: String,
    /// `JUPYTERHUB_BASE_URL`: where people find the Hub, such as `/jhub/`.
    pub base_url: String,
    /// `JUPYTERHUB_HOST`: on which host, with subdomains.
    pub host: Option<String>,
    /// `JUPYTERHUB_CLIENT_ID`: what the Hub's OAuth provider calls this server.
    pub client_id: Option<String>,
    /// `JUPYTERHUB_OAUTH_CALLBACK_URL`: where people come back to from a login.
    pub callback_url: Option<String>,
    /// `JUPYTERHUB_OAUTH_ACCESS_SCOPES`: who holds one of them is let in. Empty where it is missing
    /// or no list, as nobody is then.
    pub access_scopes: Vec<String>,
    /// `JUPYTERHUB_DEFAULT_URL`: the landing page that the admin chose.
    pub default_url: Option<String>,
    /// What internal_ssl is done with.
    pub tls: Option<Tls>,
}

/// The files of internal_ssl (`JUPYTERHUB_SSL_KEYFILE`, `_CERTFILE`, `_CLIENT_CA`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// This server's private key.
    pub key: PathBuf,
    /// Its certificate.
    pub certificate: PathBuf,
    /// The authorities whose certificates it takes: the Hub's and the proxy's.
    pub authorities: PathBuf,
}

/// A variable that can't be done without.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    /// It is not set, or set to nothing.
    #[error(
        "{0} is missing. A Hub sets it for every server it spawns, and jupyterhub-singleuser \
         can't start without it: have a JupyterHub spawner start this container."
    )]
    Missing(&'static str),
    /// It can't be read.
    #[error("{name}={value:?}: {reason}")]
    Unusable {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl Hub {
    /// Reads the variables; what is odd goes into `warnings`.
    ///
    /// # Errors
    /// A variable without which jupyterhub-singleuser ends at once, or can't find its Hub.
    pub fn read(variables: &Variables, warnings: &mut Vec<String>) -> Result<Self, HubError> {
        let required = |name| variables.get(name).ok_or(HubError::Missing(name));
        let service_url = ServiceUrl::parse(required("JUPYTERHUB_SERVICE_URL")?)?;
        let api_url = required("JUPYTERHUB_API_URL")?.to_owned();
        let prefix = prefix(variables, &service_url, warnings)?;
        warnings.extend(missing(variables));
        let owned = |name| variables.get(name).map(str::to_owned);
        Ok(Hub {
            server: Server::of(variables).or_else(|| Server::in_prefix(&prefix)),
            prefix,
            service_url,
            api_url,
            base_url: owned("JUPYTERHUB_BASE_URL").unwrap_or_else(|| "/".to_owned()),
            host: owned("JUPYTERHUB_HOST"),
            client_id: owned("JUPYTERHUB_CLIENT_ID"),
            callback_url: owned("JUPYTERHUB_OAUTH_CALLBACK_URL"),
            access_scopes: access_scopes(variables),
            default_url: owned("JUPYTERHUB_DEFAULT_URL"),
            tls: tls(variables),
        })
    }

    /// Whether jupyterhub-singleuser will have its token, by its present name or an old one.
    ///
    /// # Errors
    /// It will not.
    pub fn check_token(variables: &Variables) -> Result<(), HubError> {
        let names = ["JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN"];
        let has_one = names.iter().any(|name| variables.get(name).is_some());
        has_one.then_some(()).ok_or(HubError::Missing(names[0]))
    }

    /// For people.
    pub fn sentence(&self) -> String {
        let server = self.server.as_ref().map_or("a server".to_owned(), Server::to_string);
        let host = self.host.as_deref().unwrap_or_default();
        format!("{server} at {}, of the Hub at {host}{}hub/", self.prefix, self.base_url)
    }

    /// For `plan`. It holds no secret.
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "user": self.server.as_ref().map(|server| &server.user),
            "server_name": self.server.as_ref().map(|server| &server.name),
            "prefix": self.prefix,
            "api_url": self.api_url,
            "base_url": self.base_url,
            "host": self.host,
            "client_id": self.client_id,
            "callback_url": self.callback_url,
            "access_scopes": self.access_scopes,
            "default_url": self.default_url,
            "internal_ssl": self.tls.is_some(),
        })
    }
}

fn prefix(
    variables: &Variables,
    service_url: &ServiceUrl,
    warnings: &mut Vec<String>,
) -> Result<String, HubError> {
    if let Some(given) = variables.get("JUPYTERHUB_SERVICE_PREFIX") {
        return with_slashes(given);
    }
    warnings.push(format!(
        "JUPYTERHUB_SERVICE_PREFIX is missing: taking {} from JUPYTERHUB_SERVICE_URL.",
        service_url.path
    ));
    with_slashes(&service_url.path)
}

/// Variables that a Hub always sets, and without which less works.
fn missing(variables: &Variables) -> impl Iterator<Item = String> {
    let consequences = [
        ("JUPYTERHUB_CLIENT_ID", "nobody can log in through the Hub"),
        ("JUPYTERHUB_USER", "the home is not named after the user, and no scope is repaired"),
        ("JUPYTERHUB_ACTIVITY_URL", "the Hub hears of no activity, and may cull this server"),
    ];
    let is_missing = |(name, _): &(&str, &str)| variables.get(name).is_none();
    let words = |(name, so): (&str, &str)| {
        format!("{name} is missing: {so}. A Hub sets it for every server it spawns.")
    };
    consequences.into_iter().filter(is_missing).map(words).collect::<Vec<_>>().into_iter()
}

fn access_scopes(variables: &Variables) -> Vec<String> {
    let given = SCOPES.iter().find_map(|name| variables.get(name));
    given.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn tls(variables: &Variables) -> Option<Tls> {
    let path = |name| variables.get(name).map(PathBuf::from);
    Some(Tls {
        key: path("JUPYTERHUB_SSL_KEYFILE")?,
        certificate: path("JUPYTERHUB_SSL_CERTFILE")?,
        authorities: path("JUPYTERHUB_SSL_CLIENT_CA")?,
    })
}

fn with_slashes(prefix: &str) -> Result<String, HubError> {
    crate::settings::parse::base_path(prefix).map_err(|_| HubError::Unusable {
        name: "JUPYTERHUB_SERVICE_PREFIX",
        value: prefix.to_owned(),
        reason: "expected a URL's path, percent-encoded, such as /user/alice/",
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::variables;
    use super::*;

    const ALL: [(&str, &str); 7] = [
        ("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:8888/user/alice/"),
        ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/"),
        ("JUPYTERHUB_API_TOKEN", "t"),
        ("JUPYTERHUB_API_URL", "http://hub:8081/hub/api"),
        ("JUPYTERHUB_CLIENT_ID", "jupyterhub-user-alice"),
        ("JUPYTERHUB_USER", "alice"),
        ("JUPYTERHUB_ACTIVITY_URL", "http://hub:8081/hub/api/users/alice/activity"),
    ];

    fn without(left_out: &str) -> (Result<Hub, HubError>, Vec<String>) {
        let pairs: Vec<_> = ALL.into_iter().filter(|(name, _)| *name != left_out).collect();
        let mut warnings = Vec::new();
        let variables = variables(&pairs);
        let hub = Hub::read(&variables, &mut warnings);
        let hub = hub.and_then(|hub| Hub::check_token(&variables).map(|()| hub));
        (hub, warnings)
    }

    #[test]
    fn the_hubs_variables_become_one_value() {
        let (hub, warnings) = without("nothing");
        let hub = hub.unwrap();
        assert_eq!((hub.prefix.as_str(), hub.service_url.port), ("/user/alice/", 8888));
        assert!(warnings.is_empty());
    }

    #[test]
    fn what_singleuser_needs_is_named_when_it_is_missing() {
        for name in ["JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_API_TOKEN", "JUPYTERHUB_API_URL"] {
            assert_eq!(without(name).0, Err(HubError::Missing(name)));
        }
    }

    #[test]
    fn a_missing_prefix_or_client_id_is_a_warning() {
        let (hub, warnings) = without("JUPYTERHUB_SERVICE_PREFIX");
        assert_eq!(hub.unwrap().prefix, "/user/alice/");
        assert_eq!(warnings.len(), 1);
        for name in ["JUPYTERHUB_CLIENT_ID", "JUPYTERHUB_USER", "JUPYTERHUB_ACTIVITY_URL"] {
            assert!(without(name).1[0].starts_with(name), "{name}");
        }
    }
}
