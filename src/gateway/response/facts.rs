//! What of a request and of the IDE's answer decides what is made of the answer.

use crate::gateway::encoding::{Accepted, Coding};
use crate::gateway::http1::{Fields, Name, RequestHead, ResponseHead};
use crate::gateway::negotiation::{CacheControl, Request, Response};

/// The request's part.
pub fn of_request(head: &RequestHead) -> Request {
    let fields = head.fields();
    Request {
        reads: head.reads(),
        accepted: Accepted::of(fields.all(Name::AcceptEncoding)),
        is_cross_site: fields.only(Name::SecFetchSite) == Some("cross-site"),
        // The IDE never sees one.
        is_authorized: false,
    }
}

/// The answer's part. `vary` is a place for the lines of its `Vary` where there are several.
pub fn of_response<'a>(
    head: &'a ResponseHead,
    is_rewritten: bool,
    vary: &'a mut Vec<u8>,
) -> Response<'a> {
    let fields = head.fields();
    Response {
        status: head.status(),
        content_type: fields.first(Name::ContentType).unwrap_or_default(),
        coding: coding(fields),
        length: stated(fields),
        etag: fields.first(Name::Etag),
        cache_control: CacheControl::of(fields.all(Name::CacheControl)),
        vary: joined(fields, vary),
        sets_cookie: fields.has(Name::SetCookie),
        is_rewritten,
    }
}

/// The coding that the answer is in; none where that is unknown, or several.
fn coding(fields: Fields<'_>) -> Option<Coding> {
    let mut lines = fields.all(Name::ContentEncoding);
    let first = lines.next().unwrap_or_default();
    if lines.next().is_some() { None } else { Coding::from_content_encoding(first) }
}

/// The length in the head, that of the body that there would be included where only the head was
/// asked for.
fn stated(fields: Fields<'_>) -> Option<u64> {
    fields.only(Name::ContentLength).and_then(|length| length.parse().ok())
}

fn joined<'a>(fields: Fields<'a>, place: &'a mut Vec<u8>) -> &'a [u8] {
    let mut lines = fields.all(Name::Vary);
    let first = lines.next().unwrap_or_default();
    let Some(second) = lines.next() else { return first };
    place.extend_from_slice(first);
    for line in std::iter::once(second).chain(lines) {
        place.extend_from_slice(b", ");
        place.extend_from_slice(line);
    }
    place
}
