//! The cookie that a person gets when they have shown the token.
//!
//! `v1.<expiry>.<mac>`: the expiry in seconds since 1970, and an HMAC-SHA256 (RFC 2104) of what is
//! before it. The key is made from the token, so a restart keeps people signed in and a new token
//! signs them all out.

use std::time::Duration;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::secret::Secret;

/// How long a person stays signed in.
pub const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// What sets this use of the token apart from any other.
const PURPOSE: &[u8] = b"waiide-init session cookie v1";

/// Signs and verifies session cookies.
#[derive(Clone)]
pub struct Sessions {
    key: Hmac<Sha256>,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

impl Sessions {
    /// Derives the key from the token.
    pub fn new(token: &Secret) -> Sessions {
        let derived = keyed(token.reveal().as_bytes()).chain_update(PURPOSE).finalize();
        Sessions { key: keyed(&derived.into_bytes()) }
    }

    /// A cookie's value for somebody who signs in now (seconds since 1970).
    pub fn issue(&self, now: u64) -> String {
        let claim = format!("v1.{}", now.saturating_add(LIFETIME.as_secs()));
        let mac = self.key.clone().chain_update(claim.as_bytes()).finalize().into_bytes();
        let mac: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{claim}.{mac}")
    }

    /// Whether a cookie's value is ours and has not expired.
    pub fn holds(&self, value: &str, now: u64) -> bool {
        let Some((claim, mac)) = value.rsplit_once('.') else {
            return false;
        };
        let Some(mac) = unhex(mac) else { return false };
        let genuine = self.key.clone().chain_update(claim.as_bytes()).verify_slice(&mac).is_ok();
        let expiry = claim.strip_prefix("v1.").and_then(|expiry| expiry.parse::<u64>().ok());
        genuine && expiry.is_some_and(|expiry| now < expiry)
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes a key of any length (RFC 2104 §3); the error exists for other algorithms.
    Hmac::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes any key"))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cookie_holds_until_it_expires_and_after_a_restart() {
        let token = Secret::new("hunter2");
        let value = Sessions::new(&token).issue(1_000);
        let restarted = Sessions::new(&token);
        assert!(restarted.holds(&value, 1_000));
        assert!(restarted.holds(&value, 999 + LIFETIME.as_secs()));
        assert!(!restarted.holds(&value, 1_000 + LIFETIME.as_secs()));
    }

    #[test]
    fn another_token_or_another_expiry_does_not_hold() {
        let sessions = Sessions::new(&Secret::new("hunter2"));
        let value = sessions.issue(1_000);
        assert!(!Sessions::new(&Secret::new("hunter3")).holds(&value, 1_000));
        let (_, mac) = value.rsplit_once('.').unwrap();
        assert!(!sessions.holds(&format!("v1.99999999999.{mac}"), 1_000));
    }

    proptest! {
        #[test]
        fn nothing_made_up_holds(value in "\\PC{0,80}") {
            prop_assert!(!Sessions::new(&Secret::new("t")).holds(&value, 0));
        }
    }
}
