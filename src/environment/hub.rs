//! The variables that a Hub gives to a server that it spawns (`Spawner.get_env` in jupyterhub's
//! `spawner.py`), as one typed value.

use super::Variables;

/// What the Hub said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub {
    /// `JUPYTERHUB_SERVICE_PREFIX`, such as `/user/alice/`; with a slash at both ends.
    pub prefix: String,
    /// `JUPYTERHUB_SERVICE_URL`: where to listen.
    pub service_url: ServiceUrl,
    /// `JUPYTERHUB_API_URL`.
    pub api_url: String,
    /// `JUPYTERHUB_DEFAULT_URL`: the landing page that the admin chose.
    pub default_url: Option<String>,
}

/// `http[s]://<host>:<port><path>`, where the host may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl {
    /// Whether the Hub wants TLS (internal_ssl).
    pub tls: bool,
    /// The host; none stands for all addresses.
    pub host: Option<String>,
    /// The port; 80 or 443 where the URL has none.
    pub port: u16,
    /// What follows, `/` at least.
    pub path: String,
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
        if variables.get("JPY_API_TOKEN").is_none() {
            required("JUPYTERHUB_API_TOKEN")?;
        }
        let api_url = required("JUPYTERHUB_API_URL")?.to_owned();
        if variables.get("JUPYTERHUB_CLIENT_ID").is_none() {
            warnings.push(
                "JUPYTERHUB_CLIENT_ID is missing: nobody can log in through the Hub. A Hub sets \
                 it for every server it spawns."
                    .into(),
            );
        }
        let prefix = match variables.get("JUPYTERHUB_SERVICE_PREFIX") {
            Some(given) => with_slashes(given)?,
            None => {
                warnings.push(format!(
                    "JUPYTERHUB_SERVICE_PREFIX is missing: taking {} from \
                     JUPYTERHUB_SERVICE_URL.",
                    service_url.path
                ));
                with_slashes(&service_url.path)?
            }
        };
        let default_url = variables.get("JUPYTERHUB_DEFAULT_URL").map(str::to_owned);
        Ok(Hub { prefix, service_url, api_url, default_url })
    }
}

fn with_slashes(prefix: &str) -> Result<String, HubError> {
    crate::settings::parse::base_path(prefix).map_err(|_| HubError::Unusable {
        name: "JUPYTERHUB_SERVICE_PREFIX",
        value: prefix.to_owned(),
        reason: "expected a URL's path, percent-encoded, such as /user/alice/",
    })
}

impl ServiceUrl {
    /// Whether a probe can reach it: not behind TLS, which wants a client certificate, and not at
    /// a name, which is not looked up.
    pub fn can_be_probed(&self) -> bool {
        let is_address = |host: &String| host.parse::<std::net::IpAddr>().is_ok();
        !self.tls && self.host.as_ref().is_none_or(is_address)
    }

    /// Takes the URL apart.
    pub fn parse(url: &str) -> Result<Self, HubError> {
        let unusable = |reason| HubError::Unusable {
            name: "JUPYTERHUB_SERVICE_URL",
            value: url.to_owned(),
            reason,
        };
        let (tls, rest) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => {
                return Err(unusable("expected http:// or https://, a host, a port and a path"));
            }
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let (host, port) = split_port(authority).ok_or_else(|| unusable("its port is none"))?;
        Ok(ServiceUrl {
            tls,
            host: (!host.is_empty()).then(|| host.to_owned()),
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            path: path.to_owned(),
        })
    }
}

/// Host, without the brackets of an IPv6 address, and port. None for a port that is none.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match port {
        None | Some("") => Some((host, None)),
        Some(text) => match text.parse::<u16>() {
            Ok(port) if port > 0 => Some((host, Some(port))),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::variables;
    use super::*;

    const ALL: [(&str, &str); 5] = [
        ("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:8888/user/alice/"),
        ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/"),
        ("JUPYTERHUB_API_TOKEN", "t"),
        ("JUPYTERHUB_API_URL", "http://hub:8081/hub/api"),
        ("JUPYTERHUB_CLIENT_ID", "jupyterhub-user-alice"),
    ];

    fn without(left_out: &str) -> (Result<Hub, HubError>, Vec<String>) {
        let pairs: Vec<_> = ALL.into_iter().filter(|(name, _)| *name != left_out).collect();
        let mut warnings = Vec::new();
        (Hub::read(&variables(&pairs), &mut warnings), warnings)
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
        assert!(without("JUPYTERHUB_CLIENT_ID").1[0].contains("JUPYTERHUB_CLIENT_ID"));
    }

    #[test]
    fn a_service_url_is_taken_apart() {
        let parts = |url| {
            let url = ServiceUrl::parse(url).unwrap();
            (url.tls, url.host, url.port, url.path)
        };
        let some = |host: &str| Some(host.to_owned());
        assert_eq!(parts("http://:8888/u/"), (false, None, 8888, "/u/".into()));
        assert_eq!(parts("https://[::1]:1/"), (true, some("::1"), 1, "/".into()));
        assert_eq!(parts("http://0.0.0.0"), (false, some("0.0.0.0"), 80, "/".into()));
        assert_eq!(parts("https://h/x"), (true, some("h"), 443, "/x".into()));
        for bad in ["", "h:80", "http://h:0/", "http://h:99999/", "ftp://h/", "http://h:x/"] {
            assert!(ServiceUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
