//! Where the Hub is. jupyterhub-singleuser sends people who have to log in to
//! `JUPYTERHUB_HOST` + `JUPYTERHUB_BASE_URL` + `hub/api/oauth2/authorize` (jupyterhub's
//! `services/auth.py`, `hub_prefix` and `hub_host`): with the server's own prefix in one of the two
//! that leads back to the server.

use super::Repair;
use crate::environment::Variables;
use crate::environment::hub::server::split_prefix;

const BASE_URL: &str = "JUPYTERHUB_BASE_URL";
const HOST: &str = "JUPYTERHUB_HOST";

/// What has to be put right.
pub fn repairs(variables: &Variables) -> Vec<Repair> {
    let prefix = variables.get("JUPYTERHUB_SERVICE_PREFIX");
    let base_url = prefix.and_then(|prefix| base_url(prefix, variables.get(BASE_URL)));
    base_url.into_iter().chain(variables.get(HOST).and_then(host)).collect()
}

/// The Hub's base URL is what stands before `user/` in the server's prefix.
fn base_url(prefix: &str, given: Option<&str>) -> Option<Repair> {
    let (base, _) = split_prefix(prefix)?;
    let reason = match given {
        // That is what it is taken for where it is missing.
        None if base == "/" => return None,
        None => format!("it was missing, and the Hub is not at / by the prefix {prefix}"),
        Some(given) if holds_prefix(given, base, prefix) => {
            format!(
                "it was {given:?}, the server's own prefix, where logins would lead back to the \
                 server: it is the Hub's base URL (c.JupyterHub.base_url)"
            )
        }
        Some(_) => return None,
    };
    Some(Repair { variable: BASE_URL.to_owned(), value: base.to_owned(), reason })
}

/// Whether it is the server's prefix, a beginning of that behind the base, or something below it.
fn holds_prefix(given: &str, base: &str, prefix: &str) -> bool {
    let slashed = |url: &str| format!("{}/", url.trim_end_matches('/'));
    let (given, base, prefix) = (slashed(given), slashed(base), slashed(prefix));
    given.starts_with(&prefix) || (prefix.starts_with(&given) && given.len() > base.len())
}

/// `http[s]://` and a host, nothing else; it is set with subdomains alone.
fn host(given: &str) -> Option<Repair> {
    let scheme = ["http://", "https://"].into_iter().find(|scheme| given.starts_with(scheme));
    let Some(scheme) = scheme else {
        let reason = format!(
            "it was {given:?}, which is no http:// or https:// and a host: logins go to the host \
             that the browser is at"
        );
        return Some(Repair { variable: HOST.to_owned(), value: String::new(), reason });
    };
    let end = scheme.len() + given.get(scheme.len()..)?.find('/')?;
    let reason = format!("it was {given:?}, and has to be a host without a path");
    Some(Repair { variable: HOST.to_owned(), value: given.get(..end)?.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::variables;
    use super::*;

    fn repaired(prefix: &str, name: &str, value: &str) -> Option<String> {
        let pairs = [("JUPYTERHUB_SERVICE_PREFIX", prefix), (name, value)];
        repairs(&variables(&pairs)).pop().map(|repair| repair.value)
    }

    #[test]
    fn a_base_url_that_holds_the_prefix_becomes_what_stands_before_user() {
        let named = "/jhub/user/alice/waiide/";
        for wrong in
            [named, "/jhub/user/alice/waiide", "/jhub/user/alice/", "/jhub/user/alice/waiide/hub/"]
        {
            assert_eq!(repaired(named, BASE_URL, wrong).as_deref(), Some("/jhub/"), "{wrong}");
        }
        assert_eq!(repaired("/user/a/", BASE_URL, "/user/a/").as_deref(), Some("/"));
        assert_eq!(repaired(named, BASE_URL, "").as_deref(), Some("/jhub/"));
    }

    #[test]
    fn a_right_or_foreign_base_url_stays() {
        assert_eq!(repaired("/jhub/user/a/", BASE_URL, "/jhub/"), None);
        assert_eq!(repaired("/user/a/", BASE_URL, "/"), None);
        assert_eq!(repaired("/user/a/", BASE_URL, ""), None);
        assert_eq!(repaired("/user/a/", BASE_URL, "/elsewhere/"), None);
        assert_eq!(repaired("/services/x/", BASE_URL, "/services/x/"), None);
    }

    #[test]
    fn a_host_is_a_scheme_and_a_host() {
        for (given, expected) in [
            ("/user/a", Some("")),
            ("hub.example.com", Some("")),
            ("https://hub.example.com/user/a/", Some("https://hub.example.com")),
            ("https://hub.example.com/", Some("https://hub.example.com")),
            ("https://hub.example.com:8000", None),
            ("http://[::1]:8000", None),
        ] {
            assert_eq!(repaired("/user/a/", HOST, given).as_deref(), expected, "{given}");
        }
    }
}
