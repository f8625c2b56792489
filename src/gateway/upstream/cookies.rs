//! Credentials that are for us or for the Hub never reach the IDE.

use http::header::{self, HeaderMap, HeaderValue};

use crate::gateway::access::gate::COOKIE_PREFIX;

/// Removes `Authorization`, and the cookies that are credentials of somebody else than the IDE.
/// The other cookies stay as they are, the IDE's own among them.
pub fn remove_credentials(headers: &mut HeaderMap) {
    headers.remove(header::AUTHORIZATION);
    if !headers.contains_key(header::COOKIE) {
        return;
    }
    let values: Vec<HeaderValue> = headers.get_all(header::COOKIE).iter().cloned().collect();
    headers.remove(header::COOKIE);
    for value in values {
        if let Some(kept) = without_credentials(&value) {
            headers.append(header::COOKIE, kept);
        }
    }
}

/// A `Cookie` value without what is not for the IDE; none if nothing is left of it.
fn without_credentials(value: &HeaderValue) -> Option<HeaderValue> {
    let pairs = value.as_bytes().split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    let kept: Vec<&[u8]> = pairs.filter(|pair| !pair.is_empty() && !is_credential(pair)).collect();
    if kept.is_empty() { None } else { HeaderValue::from_bytes(&kept.join(&b"; "[..])).ok() }
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
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::COOKIE, value.parse().unwrap());
        }
        remove_credentials(&mut headers);
        let left = headers.get_all(header::COOKIE).iter();
        left.map(|value| value.to_str().unwrap().to_owned()).collect()
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

    #[test]
    fn authorization_goes() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "token abc".parse().unwrap());
        remove_credentials(&mut headers);
        assert!(headers.is_empty());
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
