//! Variables that the Hub, or an admin's change to it, got wrong, put right for
//! jupyterhub-singleuser. Pure: from variables to variables.
//!
//! The scope that lets people into a named server is `access:servers!server=<user>/<name>`, with
//! raw names. Customised spawners, and containers that belonged to another server before, come
//! with `<user>/`, for which the Hub answers 403 to everybody (jupyterhub's `spawner.py`,
//! `oauth_access_scopes`).

use serde::Serialize;

use super::Variables;
use crate::settings::Extent;

/// The variable, and its name before JupyterHub 3.
const SCOPES: [&str; 2] = ["JUPYTERHUB_OAUTH_ACCESS_SCOPES", "JUPYTERHUB_OAUTH_SCOPES"];

/// A variable that is not handed on as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// The variable.
    pub variable: String,
    /// Its value from now on.
    pub value: String,
    /// Why.
    pub reason: String,
}

/// Finds out what has to be put right, and what is odd and left alone.
pub fn find(variables: &Variables, extent: Extent, warnings: &mut Vec<String>) -> Vec<Repair> {
    let Some(server) = Server::named(variables, warnings) else { return Vec::new() };
    if extent == Extent::Never {
        return Vec::new();
    }
    let is_set = |name: &&str| variables.get(name).is_some();
    let mut names: Vec<_> = SCOPES.into_iter().filter(is_set).collect();
    if names.is_empty() {
        names.push(SCOPES[0]);
    }
    names.into_iter().filter_map(|name| server.repair(name, variables, extent, warnings)).collect()
}

/// A named server of a user.
struct Server {
    user: String,
    name: String,
}

impl Server {
    /// The server that this container is; none for the default server, and where the variables
    /// do not agree on it: then nothing can be repaired here.
    fn named(variables: &Variables, warnings: &mut Vec<String>) -> Option<Self> {
        let user = variables.get("JUPYTERHUB_USER")?.to_owned();
        let prefix = variables.get("JUPYTERHUB_SERVICE_PREFIX")?;
        let from_prefix = server_in(prefix, &user);
        let name = variables.get("JUPYTERHUB_SERVER_NAME").map(str::to_owned);
        match (name, from_prefix) {
            (None, None) => None,
            (Some(name), Some(other)) if name == other => Some(Server { user, name }),
            (None, Some(name)) if !name.is_empty() => Some(Server { user, name }),
            (None, Some(_)) => None,
            (Some(name), _) => {
                warnings.push(format!(
                    "JUPYTERHUB_SERVER_NAME={name:?} and JUPYTERHUB_SERVICE_PREFIX={prefix:?} do \
                     not belong together, so that nothing is repaired: this container may have \
                     been another server's. Remove it and spawn anew; with DockerSpawner, have \
                     {{servername}} in name_template, or set remove = True."
                ));
                None
            }
        }
    }

    fn scope(&self) -> String {
        format!("access:servers!server={}/{}", self.user, self.name)
    }

    /// What the Hub itself would have sent.
    fn stock(&self) -> Vec<String> {
        vec![self.scope(), format!("access:servers!user={}", self.user)]
    }

    fn repair(
        &self,
        variable: &str,
        variables: &Variables,
        extent: Extent,
        warnings: &mut Vec<String>,
    ) -> Option<Repair> {
        let given = variables.get(variable);
        let parsed = given.and_then(|text| serde_json::from_str::<Vec<String>>(text).ok());
        let (scopes, reason) = match parsed {
            Some(scopes) if !scopes.is_empty() => self.corrected(scopes, extent, warnings)?,
            _ => (self.stock(), "it was missing, empty or no list of scopes"),
        };
        Some(Repair {
            variable: variable.to_owned(),
            value: serde_json::to_string(&scopes).ok()?,
            reason: reason.to_owned(),
        })
    }

    /// The list with this server's scope in the place of the default server's. Order and all
    /// other scopes stay.
    fn corrected(
        &self,
        mut scopes: Vec<String>,
        extent: Extent,
        warnings: &mut Vec<String>,
    ) -> Option<(Vec<String>, &'static str)> {
        let right = self.scope();
        let of_default = format!("access:servers!server={}/", self.user);
        let is_of_user = |scope: &String| scope.starts_with(&of_default);
        if scopes.contains(&right) {
            return None;
        }
        if let Some(wrong) = scopes.iter_mut().find(|scope| **scope == of_default) {
            *wrong = right;
            return Some((scopes, "it named the default server and not this one"));
        }
        if extent == Extent::Always {
            scopes.insert(0, right);
            return Some((scopes, "it did not name this server"));
        }
        let owns = format!("access:servers!user={}", self.user);
        if !scopes.iter().any(is_of_user) && !scopes.contains(&owns) {
            warnings.push(format!(
                "the access scopes name none of {}'s servers: they are taken for an admin's own \
                 choice. If nobody can log in, give --repair-scopes always.",
                self.user
            ));
            return None;
        }
        scopes.insert(0, right);
        Some((scopes, "it did not name this server"))
    }
}

/// The server's name at the end of `<…>/user/<user>/<name>/`, unescaped; empty for the default
/// server; none where the user is another.
fn server_in(prefix: &str, user: &str) -> Option<String> {
    let parts: Vec<_> = prefix.trim_matches('/').split('/').map(unescape).collect();
    match parts.as_slice() {
        [.., kind, owner] if kind == "user" && owner == user => Some(String::new()),
        [.., kind, owner, name] if kind == "user" && owner == user => Some(name.clone()),
        _ => None,
    }
}

/// Undoes percent-encoding (RFC 3986, 2.1); what is none stays as it is.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::variables;
    use super::*;

    const NAMED: [(&str, &str); 3] = [
        ("JUPYTERHUB_USER", "alice"),
        ("JUPYTERHUB_SERVER_NAME", "waiide"),
        ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/waiide/"),
    ];

    fn value(more: &[(&str, &str)], extent: Extent) -> Option<String> {
        let pairs = [&NAMED, more].concat();
        let repairs = find(&variables(&pairs), extent, &mut Vec::new());
        repairs.first().map(|repair| repair.value.clone())
    }

    fn repaired(scopes: &str) -> Option<String> {
        value(&[(SCOPES[0], scopes)], Extent::Auto)
    }

    const RIGHT: &str = r#"["access:servers!server=alice/waiide","access:servers!user=alice"]"#;

    #[test]
    fn the_default_servers_scope_becomes_this_servers() {
        let wrong = r#"["x", "access:servers!server=alice/", "access:servers!user=alice"]"#;
        let right = r#"["x","access:servers!server=alice/waiide","access:servers!user=alice"]"#;
        assert_eq!(repaired(wrong).as_deref(), Some(right));
    }

    #[test]
    fn a_right_list_is_left_alone() {
        assert_eq!(repaired(RIGHT), None);
    }

    #[test]
    fn nothing_empty_and_nonsense_become_the_stock_value() {
        assert_eq!(value(&[], Extent::Auto).as_deref(), Some(RIGHT));
        for nothing in ["[]", "not json", "{}", "[1]"] {
            assert_eq!(repaired(nothing).as_deref(), Some(RIGHT), "{nothing}");
        }
    }

    #[test]
    fn an_admins_own_list_is_left_alone_unless_asked() {
        let own = r#"["access:servers","custom:x"]"#;
        assert_eq!(repaired(own), None);
        let added = r#"["access:servers!server=alice/waiide","access:servers","custom:x"]"#;
        assert_eq!(value(&[(SCOPES[0], own)], Extent::Always).as_deref(), Some(added));
        assert_eq!(value(&[(SCOPES[0], "[]")], Extent::Never), None);
    }

    #[test]
    fn the_old_alias_is_repaired_too() {
        let wrong = r#"["access:servers!server=alice/"]"#;
        let pairs = [&NAMED[..], &[(SCOPES[0], wrong), (SCOPES[1], wrong)]].concat();
        let repairs = find(&variables(&pairs), Extent::Auto, &mut Vec::new());
        assert_eq!(repairs.iter().map(|r| r.variable.as_str()).collect::<Vec<_>>(), SCOPES);
    }

    #[test]
    fn the_default_server_is_left_alone() {
        let pairs = [
            ("JUPYTERHUB_USER", "alice"),
            ("JUPYTERHUB_SERVER_NAME", ""),
            ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/"),
            (SCOPES[0], "[]"),
        ];
        assert!(find(&variables(&pairs), Extent::Auto, &mut Vec::new()).is_empty());
    }

    #[test]
    fn names_are_compared_raw_and_the_prefix_unescaped() {
        let pairs = [
            ("JUPYTERHUB_USER", "ann@example.com"),
            ("JUPYTERHUB_SERVER_NAME", "x \"y\" ü+"),
            ("JUPYTERHUB_SERVICE_PREFIX", "/hub/user/ann@example.com/x%20%22y%22%20%C3%BC+/"),
            (SCOPES[0], r#"["access:servers!server=ann@example.com/"]"#),
        ];
        let repairs = find(&variables(&pairs), Extent::Auto, &mut Vec::new());
        let scopes: Vec<String> = serde_json::from_str(&repairs[0].value).unwrap();
        assert_eq!(scopes, ["access:servers!server=ann@example.com/x \"y\" ü+"]);
    }

    #[test]
    fn where_the_variables_contradict_each_other_nothing_is_repaired() {
        let pairs = [
            ("JUPYTERHUB_USER", "alice"),
            ("JUPYTERHUB_SERVER_NAME", "other"),
            ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/waiide/"),
            (SCOPES[0], "[]"),
        ];
        let mut warnings = Vec::new();
        assert!(find(&variables(&pairs), Extent::Auto, &mut warnings).is_empty());
        assert!(warnings[0].contains("JUPYTERHUB_SERVER_NAME"), "{warnings:?}");
    }

    #[test]
    fn the_name_comes_from_the_prefix_where_it_is_missing() {
        let pairs = [
            ("JUPYTERHUB_USER", "alice"),
            ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/waiide/"),
            (SCOPES[0], r#"["access:servers!server=alice/"]"#),
        ];
        let repairs = find(&variables(&pairs), Extent::Auto, &mut Vec::new());
        assert!(repairs[0].value.contains("alice/waiide"), "{repairs:?}");
    }
}
