//! What is to be looked at: an address as a person has it, and the token that goes along.

use url::{Host, Url};

use crate::environment::Variables;
use crate::secret::Secret;

/// An address, and what is shown there.
#[derive(Debug, Clone)]
pub struct Target {
    /// The address as it was given, a `?token=` included.
    pub url: Url,
    /// The token for requests of our own.
    pub token: Option<Secret>,
    /// Whether the token is part of the address.
    pub is_in_link: bool,
}

/// Why an address can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It can't be read.
    #[error(
        "--url {0}: not an address ({1}); give it as it stands in the browser, such as \
         https://hub.example.com/user/alice/ide/"
    )]
    Unreadable(String, url::ParseError),
    /// It is for another protocol.
    #[error("--url {0}: a browser gets an IDE by https:// or http://, not by {1}://")]
    Scheme(String, String),
    /// It holds a name or a password.
    #[error(
        "--url {0}: it holds a user's name or password, which browsers don't send unless they are \
         asked; leave out what stands before the @"
    )]
    Credentials(String),
}

impl Target {
    /// Reads an address. The token is that of its query, else the variable `WAIIDE_TOKEN`, else
    /// `JUPYTERHUB_API_TOKEN` if the address is that variable's own server, as far as the Hub has
    /// said where it is.
    ///
    /// # Errors
    /// The address can't be used.
    pub fn new(text: &str, variables: &Variables) -> Result<Target, Unusable> {
        let shown = || safe_text(text);
        let url = Url::parse(text.trim()).map_err(|e| Unusable::Unreadable(shown(), e))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Unusable::Scheme(shown(), url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Unusable::Credentials(shown()));
        }
        let pasted = url.query_pairs().find(|(name, _)| name == "token");
        let pasted = pasted.map(|(_, value)| value.into_owned()).filter(|it| !it.is_empty());
        let is_in_link = pasted.is_some();
        let token = pasted.or_else(|| of_variables(&url, variables)).map(Secret::new);
        Ok(Target { url, token, is_in_link })
    }

    /// The address without what is secret in it.
    pub fn without_token(&self) -> Url {
        let mut url = self.url.clone();
        let pairs = self.url.query_pairs().filter(|(name, _)| name != "token");
        let pairs: Vec<_> = pairs.map(|(name, value)| (name.into_owned(), value)).collect();
        url.set_fragment(None);
        match pairs.is_empty() {
            true => url.set_query(None),
            false => drop(url.query_pairs_mut().clear().extend_pairs(pairs)),
        }
        url
    }
}

fn of_variables(url: &Url, variables: &Variables) -> Option<String> {
    let get = |name| variables.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let prefix = get("JUPYTERHUB_SERVICE_PREFIX").filter(|prefix| prefix.ends_with('/'));
    let is_own = prefix.is_some_and(|prefix| format!("{}/", url.path()).starts_with(&prefix));
    let is_own = is_own && is_hubs(url, variables);
    get("WAIIDE_TOKEN").or_else(|| get("JUPYTERHUB_API_TOKEN").filter(|_| is_own))
}

/// Whether an address can be the Hub's, or a subdomain's that it gives to a user; where it has not
/// said its own, any can.
fn is_hubs(url: &Url, variables: &Variables) -> bool {
    let names = ["JUPYTERHUB_PUBLIC_URL", "JUPYTERHUB_PUBLIC_HUB_URL", "JUPYTERHUB_HOST"];
    let said = names.iter().filter_map(|name| Url::parse(variables.get(name)?).ok());
    let hosts: Vec<_> = said.filter_map(|said| said.host_str().map(str::to_owned)).collect();
    let asked = url.host_str().unwrap_or_default();
    let is_below =
        |host: &String| asked.strip_suffix(host.as_str()).is_some_and(|rest| rest.ends_with('.'));
    let is_said = hosts.iter().any(|host| asked == host || is_below(host));
    hosts.is_empty() || is_said || is_this_machine(url)
}

/// An address for people: a query may hold tokens and codes, so that of it only `?…` is left.
pub fn shown(url: &Url) -> String {
    let bare = without_query(url);
    match url.query() {
        Some(_) => format!("{bare}?…"),
        None => bare.to_string(),
    }
}

/// An address without query, fragment and credentials.
pub fn without_query(url: &Url) -> Url {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    bare
}

/// The host as `Host` has it: with the port where that is not the scheme's own.
pub fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether a page there is a secure context (Secure Contexts §3.1): https, or this very machine.
pub fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || is_this_machine(url)
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// [`shown`] of a text that is no address.
fn safe_text(text: &str) -> String {
    let bare = text.split(['?', '#']).next().unwrap_or_default();
    match bare.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::variables;

    fn target(url: &str, pairs: &[(&str, &str)]) -> Target {
        Target::new(url, &variables(pairs)).unwrap()
    }

    fn token(url: &str, pairs: &[(&str, &str)]) -> Option<String> {
        target(url, pairs).token.map(|token| token.reveal().to_owned())
    }

    #[test]
    fn the_token_is_the_links_then_the_variables_then_the_hubs_for_its_own_server() {
        let own = ("WAIIDE_TOKEN", "own");
        let hub = [("JUPYTERHUB_SERVICE_PREFIX", "/user/a/"), ("JUPYTERHUB_API_TOKEN", "hub")];
        let all = [own, hub[0], hub[1]];
        assert_eq!(token("http://h/user/a/ide/?token=link", &all).as_deref(), Some("link"));
        assert_eq!(token("http://h/user/a/ide/", &all).as_deref(), Some("own"));
        assert_eq!(token("http://h/user/a/ide/", &hub).as_deref(), Some("hub"));
        assert_eq!(token("http://h/user/a", &hub).as_deref(), Some("hub"));
        for others in ["http://h/user/ab/ide/", "http://h/"] {
            assert_eq!(token(others, &hub), None, "{others}");
        }
    }

    #[test]
    fn the_hubs_token_goes_nowhere_else_where_the_hub_has_said_its_address() {
        let mut hub = vec![
            ("JUPYTERHUB_SERVICE_PREFIX", "/user/a/"),
            ("JUPYTERHUB_API_TOKEN", "hub"),
            ("JUPYTERHUB_PUBLIC_URL", ""),
            ("JUPYTERHUB_HOST", "https://hub.example.com"),
        ];
        for (host, sent) in [
            ("https://hub.example.com", true),
            ("https://a.hub.example.com", true),
            ("http://127.0.0.1:8888", true),
            ("https://hub.example.com.evil.example", false),
            ("https://evilhub.example.com", false),
        ] {
            let sent = sent.then_some("hub");
            assert_eq!(token(&format!("{host}/user/a/ide/"), &hub).as_deref(), sent, "{host}");
        }
        hub.pop();
        assert!(token("https://any.example/user/a/ide/", &hub).is_some());
    }

    #[test]
    fn nothing_secret_is_shown() {
        let link = target("https://h/x?folder=/w&token=s3cret#t", &[]);
        assert_eq!(shown(&link.url), "https://h/x?…");
        assert_eq!(link.without_token().as_str(), "https://h/x?folder=%2Fw");
        assert!(!format!("{:?}", link.token).contains("s3cret"));
        for unusable in ["h.example/x?token=s3cret", "ftp://h/?token=s3cret", "https://a:s3cret@h/"]
        {
            let error = Target::new(unusable, &variables(&[])).unwrap_err().to_string();
            assert!(error.starts_with("--url ") && !error.contains("s3cret"), "{error}");
        }
    }
}
