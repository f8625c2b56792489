//! What every answer gets on its way out, whoever made it: who may frame and embed it, and what its
//! page may use.

use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};

use super::access::embedding::{self, Facts, Verdict};
use super::http1::{Fields, Name, write};
use super::respond::Answer;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds the Permissions-Policy where there is none. A second one would replace the first in
/// Chromium rather than add to it, so one that the IDE sent stays alone.
pub fn apply(mut answer: Answer, permissions_policy: Option<&HeaderValue>) -> Answer {
    if let Some(policy) = permissions_policy {
        answer.headers_mut().entry(PERMISSIONS_POLICY).or_insert_with(|| policy.clone());
    }
    answer
}

/// Adds what keeps pages of other sites from framing and embedding an answer. `ancestors` is what
/// [`embedding::frame_ancestors`] made.
pub fn keep_apart(mut answer: Answer, verdict: Verdict, ancestors: &str) -> Answer {
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return answer;
    }
    for (name, value) in embedding::additions(&facts(answer.headers(), verdict), ancestors) {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

fn facts(headers: &HeaderMap, verdict: Verdict) -> Facts<'_> {
    let any = |name: HeaderName, holds: fn(&str) -> bool| {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).any(holds)
    };
    Facts {
        verdict,
        content_type: headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()),
        says_who_frames: any(header::CONTENT_SECURITY_POLICY, embedding::names_frame_ancestors)
            || any(header::X_FRAME_OPTIONS, embedding::limits_frames),
        has_resource_policy: headers.contains_key(RESOURCE_POLICY),
    }
}

/// Writes the lines that a proxied answer gets besides those that it has.
pub fn write(
    out: &mut Vec<u8>,
    fields: Fields<'_>,
    verdict: Verdict,
    ancestors: &str,
    permissions_policy: Option<&HeaderValue>,
) {
    let any = |name, holds: fn(&str) -> bool| {
        fields.all(name).filter_map(|value| std::str::from_utf8(value).ok()).any(holds)
    };
    let content_type = fields.first(Name::ContentType);
    let facts = Facts {
        verdict,
        content_type: content_type.and_then(|value| std::str::from_utf8(value).ok()),
        says_who_frames: any(Name::ContentSecurityPolicy, embedding::names_frame_ancestors)
            || any(Name::XFrameOptions, embedding::limits_frames),
        has_resource_policy: fields.has(Name::CrossOriginResourcePolicy),
    };
    for (name, value) in embedding::additions(&facts, ancestors) {
        write::field(out, name.as_bytes(), value.as_bytes());
    }
    if let Some(policy) = permissions_policy.filter(|_| !fields.has(Name::PermissionsPolicy)) {
        write::field(out, b"permissions-policy", policy.as_bytes());
    }
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
