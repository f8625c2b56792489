//! Whether the Hub's variables speak of one and the same server. Pure.
//!
//! A Hub makes all of them from one user and one server name (jupyterhub's `spawner.py`,
//! `get_env`, and `user.py`), so two that disagree were not made for the same server.

use super::super::Variables;
use super::ServiceUrl;
use super::server::{Server, server_name, split_prefix, unescape};

/// Two variables that speak of different servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The variable that is taken as the measure.
    pub one: &'static str,
    /// The one that disagrees with it.
    pub other: &'static str,
    /// What each says, in words.
    pub words: String,
}

/// How contradictions come about, and what to do.
pub const LIKELY_CAUSE: &str = "The container may have been another server's: DockerSpawner starts \
    a kept container again with its old environment, and a name_template without {servername} \
    gives all servers of a user one container. Remove the container (docker rm) and spawn anew, \
    with c.DockerSpawner.remove = True and {servername} in the name_template. If it is new, a \
    customised spawner (get_env, environment) set one of them.";

impl Contradiction {
    fn new(one: &'static str, other: &'static str, words: String) -> Self {
        Contradiction { one, other, words }
    }

    /// For the log and `plan`.
    pub fn warning(&self) -> String {
        format!(
            "{} and {} contradict each other: {}. Nobody may be able to log in, and no scope is \
             repaired. {LIKELY_CAUSE}",
            self.one, self.other, self.words
        )
    }
}

const PREFIX: &str = "JUPYTERHUB_SERVICE_PREFIX";

/// All contradictions. Missing variables are none; nor is a client id of an admin's own making.
pub fn contradictions(variables: &Variables) -> Vec<Contradiction> {
    let by_names = [user, name, client, activity].into_iter().filter_map(|check| check(variables));
    let by_prefix = [callback, service_url, base_url].into_iter();
    let by_prefix = by_prefix.filter_map(|check| check(variables, variables.get(PREFIX)?));
    by_names.chain(by_prefix).collect()
}

fn user(variables: &Variables) -> Option<Contradiction> {
    let given = variables.get("JUPYTERHUB_USER")?;
    let owner = Server::in_prefix(variables.get(PREFIX)?)?.user;
    (owner != given).then(|| {
        let words = format!("the user is {given:?} by the one and {owner:?} by the other");
        Contradiction::new("JUPYTERHUB_USER", PREFIX, words)
    })
}

fn name(variables: &Variables) -> Option<Contradiction> {
    let given = server_name(variables)?;
    let name = Server::in_prefix(variables.get(PREFIX)?)?.name;
    (name != given).then(|| {
        let words = format!("the server's name is {given:?} by the one and {name:?} by the other");
        Contradiction::new("JUPYTERHUB_SERVER_NAME", PREFIX, words)
    })
}

/// An id that does not begin as a Hub's own do was chosen by an admin.
fn client(variables: &Variables) -> Option<Contradiction> {
    let given = variables.get("JUPYTERHUB_CLIENT_ID")?;
    let server = Server::of(variables)?;
    let is_stock = given.starts_with("jupyterhub-user-");
    (is_stock && unescape(given) != server.client_id()).then(|| {
        let words = format!("this is {server}, and the client id is {given:?}");
        Contradiction::new("JUPYTERHUB_SERVER_NAME", "JUPYTERHUB_CLIENT_ID", words)
    })
}

fn activity(variables: &Variables) -> Option<Contradiction> {
    let user = Server::of(variables)?.user;
    let url = variables.get("JUPYTERHUB_ACTIVITY_URL")?;
    let owner = url.strip_suffix("/activity")?.rsplit_once("/users/")?.1;
    (unescape(owner) != user).then(|| {
        let words = format!("the user is {user:?}, and activity is reported to {url}");
        Contradiction::new("JUPYTERHUB_USER", "JUPYTERHUB_ACTIVITY_URL", words)
    })
}

/// With subdomains it is a whole URL; only its path counts.
fn callback(variables: &Variables, prefix: &str) -> Option<Contradiction> {
    let given = variables.get("JUPYTERHUB_OAUTH_CALLBACK_URL")?;
    let path = path_of(given);
    let expected = format!("{}/oauth_callback", prefix.trim_end_matches('/'));
    (unescape(path) != unescape(&expected)).then(|| {
        let words = format!("the prefix is {prefix}, and logins come back to {given}");
        Contradiction::new(PREFIX, "JUPYTERHUB_OAUTH_CALLBACK_URL", words)
    })
}

fn service_url(variables: &Variables, prefix: &str) -> Option<Contradiction> {
    let url = variables.get("JUPYTERHUB_SERVICE_URL")?;
    let path = ServiceUrl::parse(url).ok()?.path;
    let differs = unescape(path.trim_end_matches('/')) != unescape(prefix.trim_end_matches('/'));
    // Some spawners give the address alone.
    (differs && path != "/").then(|| {
        let words = format!("the prefix is {prefix}, and the Hub looks for it at {url}");
        Contradiction::new(PREFIX, "JUPYTERHUB_SERVICE_URL", words)
    })
}

fn base_url(variables: &Variables, prefix: &str) -> Option<Contradiction> {
    let given = variables.get("JUPYTERHUB_BASE_URL")?;
    let (base, _) = split_prefix(prefix)?;
    (given.trim_end_matches('/') != base.trim_end_matches('/')).then(|| {
        let words = format!(
            "the Hub is at {given:?}, and the prefix {prefix} is that of a Hub at {base:?}"
        );
        Contradiction::new(PREFIX, "JUPYTERHUB_BASE_URL", words)
    })
}

/// The path of a URL, or of what is one already.
pub fn path_of(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => url,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::variables;
    use super::*;

    const NAMED: [(&str, &str); 8] = [
        ("JUPYTERHUB_USER", "ann@example.com"),
        ("JUPYTERHUB_SERVER_NAME", "x y"),
        (PREFIX, "/jhub/user/ann@example.com/x%20y/"),
        ("JUPYTERHUB_OAUTH_CALLBACK_URL", "/jhub/user/ann@example.com/x%20y/oauth_callback"),
        ("JUPYTERHUB_CLIENT_ID", "jupyterhub-user-ann%40example.com-x%20y"),
        ("JUPYTERHUB_SERVICE_URL", "http://:8888/jhub/user/ann@example.com/x%20y/"),
        ("JUPYTERHUB_BASE_URL", "/jhub/"),
        ("JUPYTERHUB_ACTIVITY_URL", "http://hub:8081/jhub/hub/api/users/ann@example.com/activity"),
    ];

    fn found(name: &str, value: &str) -> Vec<(&'static str, &'static str)> {
        let mut pairs = NAMED.to_vec();
        pairs.retain(|(each, _)| *each != name);
        pairs.push((name, value));
        let found = contradictions(&variables(&pairs));
        found.iter().map(|each| (each.one, each.other)).collect()
    }

    #[test]
    fn what_a_hub_sends_agrees() {
        assert_eq!(found("OTHER", ""), []);
        let with_subdomains =
            "https://ann.hub.example.com/jhub/user/ann@example.com/x%20y/oauth_callback";
        assert_eq!(found("JUPYTERHUB_OAUTH_CALLBACK_URL", with_subdomains), []);
        assert_eq!(found("JUPYTERHUB_CLIENT_ID", "service-of-our-own"), []);
    }

    #[test]
    fn each_that_differs_is_named_with_what_it_differs_from() {
        for (name, value, one) in [
            ("JUPYTERHUB_SERVER_NAME", "other", "JUPYTERHUB_SERVER_NAME"),
            ("JUPYTERHUB_SERVER_NAME", "", "JUPYTERHUB_SERVER_NAME"),
            ("JUPYTERHUB_USER", "bob", "JUPYTERHUB_USER"),
        ] {
            assert!(found(name, value).contains(&(one, PREFIX)), "{name}={value}");
        }
        for (name, value) in [
            ("JUPYTERHUB_OAUTH_CALLBACK_URL", "/jhub/user/ann@example.com/oauth_callback"),
            ("JUPYTERHUB_SERVICE_URL", "http://:8888/jhub/user/ann@example.com/"),
            ("JUPYTERHUB_BASE_URL", "/"),
        ] {
            assert_eq!(found(name, value), [(PREFIX, name)], "{name}={value}");
        }
        let client = "jupyterhub-user-ann%40example.com";
        assert_eq!(
            found("JUPYTERHUB_CLIENT_ID", client),
            [("JUPYTERHUB_SERVER_NAME", "JUPYTERHUB_CLIENT_ID")]
        );
        let activity = "http://hub:8081/hub/api/users/bob/activity";
        assert_eq!(
            found("JUPYTERHUB_ACTIVITY_URL", activity),
            [("JUPYTERHUB_USER", "JUPYTERHUB_ACTIVITY_URL")]
        );
    }

    #[test]
    fn a_warning_names_both_and_the_likely_cause() {
        let warning = Contradiction::new("A", "B", "this and that".into()).warning();
        assert!(warning.starts_with("A and B contradict each other: this and that."));
        assert!(warning.contains("{servername}"));
    }
}
