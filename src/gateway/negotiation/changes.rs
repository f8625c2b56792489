//! Changes of a header, as data.

use super::facts::Response;
use super::validators;
use crate::gateway::encoding::Coding;

/// One change of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The field is there once, with this value.
    Set(&'static str, Vec<u8>),
    /// The field is not there.
    Remove(&'static str),
    /// Another line of the field.
    Append(&'static str, &'static str),
}

/// What is said of the bytes as the IDE sent them, and is wrong of any others: how many there are,
/// that parts may be had of them (RFC 9110 §14.3), and what they add up to (RFC 9530, and what
/// came before it).
const ABOUT_THE_BYTES: [&str; 5] =
    ["accept-ranges", "content-digest", "content-md5", "digest", "repr-digest"];

/// What changes where the content does.
pub fn of_content(
    decode: Coding,
    encode: Coding,
    etag: Option<&[u8]>,
    length: Option<u64>,
) -> Vec<Change> {
    let mut changes: Vec<Change> = ABOUT_THE_BYTES.into_iter().map(Change::Remove).collect();
    changes.push(match length {
        Some(length) => Change::Set("content-length", length.to_string().into_bytes()),
        None => Change::Remove("content-length"),
    });
    changes.extend(match encode {
        Coding::Identity if decode == Coding::Identity => None,
        Coding::Identity => Some(Change::Remove("content-encoding")),
        coding => Some(Change::Set("content-encoding", coding.token().into())),
    });
    let etag = etag.and_then(|etag| validators::of_form(etag, encode));
    changes.extend(etag.map(|etag| Change::Set("etag", etag)));
    changes
}

/// `Vary: Accept-Encoding`, where it is not said yet.
pub fn vary(response: &Response) -> Option<Change> {
    let says_so = |member: &[u8]| member == b"*" || member.eq_ignore_ascii_case(b"accept-encoding");
    match response.varies_by().any(says_so) {
        true => None,
        false => Some(Change::Append("vary", "Accept-Encoding")),
    }
}
