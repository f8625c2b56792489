//! The scopes that let people in.
//!
//! The one for a named server is `access:servers!server=<user>/<name>`, with raw names. Customised
//! spawners, and containers that belonged to another server before, come with `<user>/`, for which
//! jupyterhub-singleuser answers 403 to everybody who logs in with a browser: their token is for
//! this very server (jupyterhub's `spawner.py`, `oauth_access_scopes`).

use super::Repair;
use crate::environment::Variables;
use crate::environment::hub::SCOPES;
use crate::environment::hub::server::Server;
use crate::settings::Extent;

/// What has to be put right for a named server.
pub fn repairs(
    server: &Server,
    variables: &Variables,
    extent: Extent,
    warnings: &mut Vec<String>,
) -> Vec<Repair> {
    let is_set = |name: &&str| variables.0.contains_key(std::ffi::OsStr::new(name));
    let mut names: Vec<_> = SCOPES.into_iter().filter(is_set).collect();
    if names.is_empty() {
        names.push(SCOPES[0]);
    }
    let one = |name: &str| match corrected(server, variables.get(name), extent) {
        Finding::Right => None,
        Finding::AdminsOwn => {
            warnings.push(format!(
                "{name} names none of {}'s servers: it is taken for an admin's own choice. If \
                 nobody can log in, give --repair-scopes always.",
                server.user.escape_debug()
            ));
            None
        }
        Finding::Wrong(scopes, reason) => Some(Repair {
            variable: name.to_owned(),
            value: serde_json::to_string(&scopes).ok()?,
            reason: reason.to_owned(),
        }),
    };
    names.into_iter().filter_map(one).collect()
}

/// What is the matter with those that are left alone: the default server's, and with
/// `--repair-scopes never` any.
pub fn warning(server: &Server, variables: &Variables) -> Option<String> {
    let name = SCOPES.into_iter().find(|name| variables.get(name).is_some()).unwrap_or(SCOPES[0]);
    let trouble = match corrected(server, variables.get(name), Extent::Auto) {
        Finding::Right | Finding::AdminsOwn => return None,
        Finding::Wrong(_, reason) => reason,
    };
    let why = match server.name.as_str() {
        "" => "the default server's are not repaired",
        _ => "--repair-scopes never leaves it so",
    };
    Some(format!(
        "{name}: {trouble}; {why}: people may get 403. A Hub sends [{:?}, …]; see what the spawner \
         (get_env, environment) makes of it.",
        server.scope()
    ))
}

/// What a variable turned out to be.
enum Finding {
    /// It lets this server's people in.
    Right,
    /// It has nothing to do with this user.
    AdminsOwn,
    /// What it has to be, and why.
    Wrong(Vec<String>, &'static str),
}

fn corrected(server: &Server, given: Option<&str>, extent: Extent) -> Finding {
    let Some(given) = given else {
        return Finding::Wrong(stock(server), "it was missing, for which nobody is let in");
    };
    match serde_json::from_str::<Vec<String>>(given) {
        Ok(scopes) if !scopes.is_empty() => with_own(server, scopes, extent),
        Ok(_) => Finding::Wrong(stock(server), "it was empty, for which nobody is let in"),
        Err(_) => Finding::Wrong(stock(server), "it was no JSON list of scopes"),
    }
}

/// The list with this server's scope in the place of the default server's. Order and all other
/// scopes stay.
fn with_own(server: &Server, mut scopes: Vec<String>, extent: Extent) -> Finding {
    let right = server.scope();
    let of_default = Server { name: String::new(), ..server.clone() }.scope();
    let is_of_user = |scope: &String| scope.starts_with(&of_default) || *scope == owns(server);
    if scopes.contains(&right) {
        return Finding::Right;
    }
    if let Some(wrong) = scopes.iter().position(|scope| *scope == of_default) {
        scopes.insert(wrong, right);
        // All of them: whoever holds the default server's scope is not let in here for it.
        scopes.retain(|scope| *scope != of_default);
        return Finding::Wrong(scopes, "it named the default server and not this one");
    }
    if extent != Extent::Always && !scopes.iter().any(is_of_user) {
        return Finding::AdminsOwn;
    }
    scopes.insert(0, right);
    Finding::Wrong(scopes, "it did not name this server")
}

fn owns(server: &Server) -> String {
    format!("access:servers!user={}", server.user)
}

/// What the Hub itself would have sent.
fn stock(server: &Server) -> Vec<String> {
    vec![server.scope(), owns(server)]
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::variables;
    use super::*;
    use proptest::prelude::*;

    fn waiide() -> Server {
        Server { user: "alice".into(), name: "waiide".into() }
    }

    fn value(given: &[(&str, &str)], extent: Extent) -> Option<String> {
        let repairs = repairs(&waiide(), &variables(given), extent, &mut Vec::new());
        repairs.first().map(|repair| repair.value.clone())
    }

    fn repaired(scopes: &str) -> Option<String> {
        value(&[(SCOPES[0], scopes)], Extent::Auto)
    }

    const RIGHT: &str = r#"["access:servers!server=alice/waiide","access:servers!user=alice"]"#;

    #[test]
    fn the_default_servers_scope_becomes_this_servers_in_its_place() {
        let wrong = r#"["custom:x", "access:servers!server=alice/", "access:servers!user=alice"]"#;
        let right =
            r#"["custom:x","access:servers!server=alice/waiide","access:servers!user=alice"]"#;
        assert_eq!(repaired(wrong).as_deref(), Some(right));
        assert_eq!(repaired(right), None);
        let twice = r#"["access:servers!server=alice/","x","access:servers!server=alice/"]"#;
        let once = r#"["access:servers!server=alice/waiide","x"]"#;
        assert_eq!(repaired(twice).as_deref(), Some(once));
    }

    #[test]
    fn what_is_missing_or_unusable_becomes_the_stock_list() {
        assert_eq!(value(&[], Extent::Auto).as_deref(), Some(RIGHT));
        for unusable in ["", "[]", "{", "\"x\"", "null", "[1]", "{\"a\":\"b\"}"] {
            assert_eq!(repaired(unusable).as_deref(), Some(RIGHT), "{unusable}");
        }
    }

    #[test]
    fn a_list_of_the_users_other_scopes_gets_this_servers() {
        for others in
            [r#"["access:servers!user=alice"]"#, r#"["access:servers!server=alice/other"]"#]
        {
            let expected = others.replacen('[', "[\"access:servers!server=alice/waiide\",", 1);
            assert_eq!(repaired(others), Some(expected));
        }
    }

    #[test]
    fn an_admins_own_list_is_left_alone_unless_asked() {
        let own = r#"["access:servers","custom:x"]"#;
        assert_eq!(repaired(own), None);
        let added = r#"["access:servers!server=alice/waiide","access:servers","custom:x"]"#;
        assert_eq!(value(&[(SCOPES[0], own)], Extent::Always).as_deref(), Some(added));
        let bobs = r#"["access:servers!server=bob/","access:servers!user=bob"]"#;
        assert_eq!(repaired(bobs), None);
    }

    #[test]
    fn what_is_left_alone_is_reported_by_its_name() {
        let mut warnings = Vec::new();
        let given = variables(&[(SCOPES[1], r#"["access:servers"]"#)]);
        repairs(&waiide(), &given, Extent::Auto, &mut warnings);
        assert!(warnings[0].contains(SCOPES[1]) && warnings.len() == 1, "{warnings:?}");
    }

    #[test]
    fn the_default_servers_are_only_spoken_of() {
        let alice = Server { user: "alice".into(), name: String::new() };
        let words = |scopes| warning(&alice, &variables(&[(SCOPES[0], scopes)]));
        for wrong in ["[]", "x", r#"["access:servers!server=alice/waiide"]"#] {
            assert!(words(wrong).is_some_and(|words| words.starts_with(SCOPES[0])), "{wrong}");
        }
        for right in [r#"["access:servers!server=alice/"]"#, r#"["access:servers"]"#] {
            assert_eq!(words(right), None, "{right}");
        }
    }

    #[test]
    fn the_old_alias_is_repaired_too() {
        let wrong = r#"["access:servers!server=alice/"]"#;
        let given = variables(&[(SCOPES[0], wrong), (SCOPES[1], wrong)]);
        let repairs = repairs(&waiide(), &given, Extent::Auto, &mut Vec::new());
        assert_eq!(repairs.iter().map(|r| r.variable.as_str()).collect::<Vec<_>>(), SCOPES);
    }

    proptest! {
        /// Whatever the names: parsed again, the list has this server's scope, and all else in its order.
        #[test]
        fn any_name_is_repaired_and_nothing_else_changes(
            user in "\\PC{1,12}", name in "\\PC{1,12}", before in proptest::collection::vec("x[:a-z]{0,8}", 0..3),
        ) {
            let server = Server { user: user.clone(), name };
            let mut scopes = before.clone();
            scopes.push(format!("access:servers!server={user}/"));
            let text = serde_json::to_string(&scopes).unwrap();
            let found = repairs(&server, &variables(&[(SCOPES[0], &text)]), Extent::Auto, &mut Vec::new());
            let mut expected = before;
            expected.push(server.scope());
            let value: Vec<String> = serde_json::from_str(&found[0].value).unwrap();
            prop_assert_eq!(value, expected);
        }
    }
}
