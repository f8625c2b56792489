//! What every answer gets on its way out, whoever made it.
//!
//! Compression and the rewriting of pages belong here too: this is the last place that sees an
//! answer before the client does.

use http::header::{HeaderName, HeaderValue};

use super::respond::Answer;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Adds the Permissions-Policy where there is none. A second one would replace the first in
/// Chromium rather than add to it, so one that the IDE sent stays alone.
pub fn apply(mut answer: Answer, permissions_policy: Option<&HeaderValue>) -> Answer {
    if let Some(policy) = permissions_policy {
        answer.headers_mut().entry(PERMISSIONS_POLICY).or_insert_with(|| policy.clone());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::respond;
    use http::StatusCode;

    #[test]
    fn there_is_never_a_second_permissions_policy() {
        let ours = HeaderValue::from_static("microphone=(self)");
        let bare = respond::text(StatusCode::OK, "x");
        let set = apply(bare, Some(&ours));
        assert_eq!(set.headers()[PERMISSIONS_POLICY], ours);

        let theirs = HeaderValue::from_static("microphone=()");
        let mut own = respond::text(StatusCode::OK, "x");
        own.headers_mut().insert(PERMISSIONS_POLICY, theirs.clone());
        let kept = apply(own, Some(&ours));
        assert_eq!(kept.headers().get_all(PERMISSIONS_POLICY).iter().collect::<Vec<_>>(), [theirs]);
    }
}
