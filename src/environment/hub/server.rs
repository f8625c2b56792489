//! Which server of which user this container is, as far as the variables agree on it.

use std::fmt;

use super::super::Variables;

/// A server of a user's, by its raw names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The user.
    pub user: String,
    /// The server's name; empty for the default server.
    pub name: String,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // A name may hold a line's end, and begins no line of the log.
        let user = self.user.escape_debug();
        match self.name.as_str() {
            "" => write!(f, "{user}'s default server"),
            name => write!(f, "{user}'s server {name:?}"),
        }
    }
}

impl Server {
    /// From `JUPYTERHUB_USER` and `JUPYTERHUB_SERVER_NAME`, or the prefix where the latter is
    /// missing; none where that leaves a part open. Whether the others agree is not looked at.
    pub fn of(variables: &Variables) -> Option<Self> {
        let prefix = variables.get("JUPYTERHUB_SERVICE_PREFIX").and_then(Server::in_prefix);
        let user = variables.get("JUPYTERHUB_USER").map(str::to_owned);
        let name = server_name(variables).map(str::to_owned);
        match (user, name, prefix) {
            (Some(user), Some(name), _) => Some(Server { user, name }),
            (Some(user), None, Some(prefix)) => Some(Server { user, ..prefix }),
            (None, _, prefix) => prefix,
            _ => None,
        }
    }

    /// From the end of `<base>user/<user>/[<name>/]`, where each part is percent-encoded.
    pub fn in_prefix(prefix: &str) -> Option<Self> {
        let (_, path) = split_prefix(prefix)?;
        let mut parts = path.trim_matches('/').split('/').skip(1).map(unescape);
        let user = parts.next().filter(|user| !user.is_empty())?;
        Some(Server { user, name: parts.next().unwrap_or_default() })
    }

    /// What the Hub calls it as a client of its OAuth provider, unescaped (`user.py`, `_new_spawner`).
    pub fn client_id(&self) -> String {
        let name = if self.name.is_empty() { String::new() } else { format!("-{}", self.name) };
        format!("jupyterhub-user-{}{name}", self.user)
    }

    /// The scope that lets people into it: raw names (`scopes.py`).
    pub fn scope(&self) -> String {
        format!("access:servers!server={}/{}", self.user, self.name)
    }
}

/// The server's name as it was given: empty is the default server's.
pub fn server_name(variables: &Variables) -> Option<&str> {
    variables.0.get(std::ffi::OsStr::new("JUPYTERHUB_SERVER_NAME"))?.to_str()
}

/// Divides a server's prefix into the Hub's base URL and `user/<user>/[<name>/]`.
pub fn split_prefix(prefix: &str) -> Option<(&str, &str)> {
    // One or two parts follow; a base URL may itself have a part called user. That a user is
    // called so is likelier than that a base URL ends so.
    let trimmed = prefix.strip_suffix('/').unwrap_or(prefix);
    let slashes: Vec<_> = trimmed.match_indices('/').map(|(at, _)| at).collect();
    let from_end = |nth: usize| slashes.len().checked_sub(nth).and_then(|i| slashes.get(i));
    let starts = [from_end(3), from_end(2)];
    let is_user = |at: &usize| prefix.get(*at..).is_some_and(|rest| rest.starts_with("/user/"));
    let at = starts.into_iter().flatten().copied().find(is_user)?;
    prefix.split_at_checked(at + 1)
}

/// Undoes percent-encoding (RFC 3986, 2.1); what is none stays as it is.
pub fn unescape(text: &str) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex =
            after.get(..2).filter(|hex| *first == b'%' && hex.iter().all(u8::is_ascii_hexdigit));
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::variables;
    use super::*;

    fn server(user: &str, name: &str) -> Option<Server> {
        Some(Server { user: user.into(), name: name.into() })
    }

    #[test]
    fn a_prefix_names_user_and_server_behind_any_base() {
        let of = Server::in_prefix;
        assert_eq!(of("/user/alice/"), server("alice", ""));
        assert_eq!(of("/user/alice/waiide/"), server("alice", "waiide"));
        assert_eq!(of("/jhub/user/alice/waiide"), server("alice", "waiide"));
        assert_eq!(of("/user/x/user/alice/"), server("alice", ""));
        assert_eq!(of("/user/user/user/"), server("user", "user"));
        assert_eq!(
            of("/a/user/ann@example.com/x%20%22y%22+%C3%BC/"),
            server("ann@example.com", "x \"y\"+ü")
        );
        for none in ["", "/", "/user/", "/services/x/", "/user/a/b/c/", "alice"] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_escape_stays() {
        assert_eq!(unescape("a%2fb%zz%+1%4"), "a/b%zz%+1%4");
    }

    #[test]
    fn an_empty_name_is_the_default_server_and_a_missing_one_comes_from_the_prefix() {
        let base = [("JUPYTERHUB_USER", "a"), ("JUPYTERHUB_SERVICE_PREFIX", "/user/a/w/")];
        assert_eq!(Server::of(&variables(&base)), server("a", "w"));
        let empty = [&base[..], &[("JUPYTERHUB_SERVER_NAME", "")]].concat();
        assert_eq!(Server::of(&variables(&empty)), server("a", ""));
        assert_eq!(Server::of(&variables(&base[..1])), None);
    }
}
