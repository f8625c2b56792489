//! What every answer gets on its way out, whoever made it: who may frame and embed it, and what its
//! page may use.

use std::borrow::Cow;

use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};

use super::access::embedding::{self, Facts, Verdict};
use super::http1::{Fields, Name, write};
use super::respond::Answer;
use crate::policies::permissions::{Policy, Unreadable};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The Permissions-Policy that answers get.
#[derive(Debug)]
pub struct Permissions {
    value: String,
    policy: Policy,
}

impl Permissions {
    /// Reads it.
    ///
    /// # Errors
    /// Browsers would take no notice of it.
    pub fn parse(text: &str) -> Result<Permissions, Unreadable> {
        Ok(Permissions { value: text.to_owned(), policy: Policy::parse(text)? })
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// What an answer gets that has these fields. What it says itself of a feature stays where it
    /// is the stricter. There is one line then: of several the browser takes each feature's last
    /// value, so that a second one would replace the first.
    fn beside(&self, fields: Fields<'_>) -> Cow<'_, str> {
        if !fields.has(Name::PermissionsPolicy) && !fields.has(Name::FeaturePolicy) {
            return Cow::Borrowed(&self.value);
        }
        let own = Policy::parse(&joined(fields, Name::PermissionsPolicy)).unwrap_or_default();
        // Chromium reads it where the other does not name the feature, and now it does.
        let old = Policy::of_feature_policy(&joined(fields, Name::FeaturePolicy));
        let old = old.limited_to(&self.policy).without(&own);
        let merged = own.and(&old).and(&self.policy).to_value();
        merged.map_or(Cow::Borrowed(self.value.as_str()), Cow::Owned)
    }
}

fn joined(fields: Fields<'_>, name: Name) -> String {
    let lines = fields.all(name).filter_map(|value| std::str::from_utf8(value).ok());
    lines.collect::<Vec<_>>().join(", ")
}

/// Adds the Permissions-Policy to an answer of our own, which has none.
pub fn apply(mut answer: Answer, permissions: Option<&Permissions>) -> Answer {
    if let Some(value) = permissions.and_then(|it| HeaderValue::from_str(&it.value).ok()) {
        answer.headers_mut().insert(PERMISSIONS_POLICY, value);
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

/// Writes the lines that a proxied answer gets besides those that it has. With `permissions`, its
/// own Permissions-Policy is not to be written.
pub fn write(
    out: &mut Vec<u8>,
    fields: Fields<'_>,
    verdict: Verdict,
    ancestors: &str,
    permissions: Option<&Permissions>,
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
    if let Some(permissions) = permissions {
        write::field(out, b"permissions-policy", permissions.beside(fields).as_bytes());
    }
}
