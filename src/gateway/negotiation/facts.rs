//! What a decision is made from.

use super::cache_control::CacheControl;
use crate::gateway::encoding::{Accepted, Coding};

/// What matters of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Request {
    /// Whether it is a GET, or a HEAD, which is answered as one.
    pub reads: bool,
    /// Its `Accept-Encoding`.
    pub accepted: Accepted,
    /// Whether a page of another site made it (`Sec-Fetch-Site: cross-site`).
    pub is_cross_site: bool,
    /// Whether it bears an `Authorization` of its own, which the IDE gets to see.
    pub is_authorized: bool,
}

/// What matters of the IDE's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// Its status code.
    pub status: u16,
    /// Its `Content-Type`, empty where there is none.
    pub content_type: &'a [u8],
    /// Its `Content-Encoding`; none where this is unknown to us, or several.
    pub coding: Option<Coding>,
    /// Its `Content-Length`, in bytes.
    pub length: Option<u64>,
    /// Its `ETag`.
    pub etag: Option<&'a [u8]>,
    /// Its `Cache-Control`.
    pub cache_control: CacheControl,
    /// Its `Vary`, several lines joined by commas; empty where there is none.
    pub vary: &'a [u8],
    /// Whether it has a `Set-Cookie`.
    pub sets_cookie: bool,
    /// Whether it is of a kind that is rewritten for the base path.
    pub is_rewritten: bool,
}

impl Default for Response<'_> {
    fn default() -> Self {
        Response {
            status: 200,
            content_type: b"",
            coding: Some(Coding::Identity),
            length: None,
            etag: None,
            cache_control: CacheControl::default(),
            vary: b"",
            sets_cookie: false,
            is_rewritten: false,
        }
    }
}

impl Response<'_> {
    /// Whether it has content that may be changed: not where there is none by definition, nor
    /// where it is a part of a representation (RFC 9110 §6.4.1, §15.3.7), nor where the connection
    /// is no longer HTTP.
    pub fn has_whole_content(&self) -> bool {
        !matches!(self.status, 0..200 | 204 | 205 | 206 | 304)
    }

    /// The members of its `Vary`.
    pub fn varies_by(&self) -> impl Iterator<Item = &[u8]> {
        let members = self.vary.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        members.filter(|member| !member.is_empty())
    }
}
