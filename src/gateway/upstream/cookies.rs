//! Credentials that are for us or for the Hub never reach the IDE.

use crate::gateway::access::gate::COOKIE_PREFIX;

/// Writes a `Cookie` line without those that are credentials of somebody else than the IDE; no line
/// if nothing is left of it. The other cookies stay as they are, the IDE's own among them.
pub fn write(out: &mut Vec<u8>, value: &[u8]) {
    let start = out.len();
    out.extend_from_slice(b"Cookie: ");
    let empty = out.len();
    let pairs = value.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    for pair in pairs.filter(|pair| !pair.is_empty() && !is_credential(pair)) {
        if out.len() > empty {
            out.extend_from_slice(b"; ");
        }
        out.extend_from_slice(pair);
    }
    if out.len() == empty {
        out.truncate(start);
    } else {
        out.extend_from_slice(b"\r\n");
    }
}

/// Whether a cookie is the Hub's, Jupyter's or our own. `__Host-` and `__Secure-` in front of a
/// name say how it was set, not whose it is (RFC 6265bis §4.1.3).
fn is_credential(pair: &[u8]) -> bool {
    let name = pair.split(|&byte| byte == b'=').next().unwrap_or_default();
    let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
    let name = ["__host-", "__secure-"].iter().find_map(|p| name.strip_prefix(p)).unwrap_or(&name);
    let prefixes = ["jupyterhub-", "username-", COOKIE_PREFIX];
    name == "_xsrf" || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cookies_left(values: &[&str]) -> Vec<String> {
        let mut out = Vec::new();
        values.iter().for_each(|value| write(&mut out, value.as_bytes()));
        let lines = String::from_utf8(out).unwrap();
        lines.lines().map(|line| line.strip_prefix("Cookie: ").unwrap().to_owned()).collect()
    }

    #[test]
    fn the_hubs_cookies_go_and_the_ides_stay() {
        let value = "jupyterhub-user-alice=x; vscode-tkn=1;_xsrf=2|3; a; \
                     vscode-secret-key-path=/p; waiide-session-8070=y; jupyterhub-session-id=z; \
                     __Host-jupyterhub-user-alice=w; vscode-cli-secret-half=h; username-x=v";
        let left = "vscode-tkn=1; a; vscode-secret-key-path=/p; vscode-cli-secret-half=h";
        assert_eq!(cookies_left(&[value]), [left]);
    }

    #[test]
    fn a_header_of_nothing_else_goes_as_a_whole() {
        assert_eq!(cookies_left(&["_xsrf=1", "a=b"]), ["a=b"]);
        assert!(cookies_left(&["_xsrf=1; jupyterhub-x=2"]).is_empty());
    }

    proptest! {
        #[test]
        fn no_credential_is_left_and_nothing_else_is_lost(
            names in proptest::collection::vec("(jupyterhub-|_xsrf|vscode-|x)[a-z]{0,3}", 1..8),
        ) {
            let value = names.iter().map(|name| format!("{name}=1")).collect::<Vec<_>>().join("; ");
            let expected: Vec<_> = names.iter()
                .filter(|name| !name.starts_with("jupyterhub-") && *name != "_xsrf")
                .map(|name| format!("{name}=1")).collect();
            prop_assert_eq!(cookies_left(&[&value]).join("; "), expected.join("; "));
        }
    }
}
