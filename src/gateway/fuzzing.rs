//! What the fuzz targets in `tests/fuzz` call. No part of the program's interface.

use super::encoding::{Accepted, Coding, Decoder, Effort, Encoder};
use super::http1::{Names, RequestHead, framing, syntax::HeadEnd, write};
use super::negotiation::{self, CacheControl, Change, Request, Response, validators};
use super::rewrite::{Kind, Rewriter, headers};

/// What a request that comes in these pieces is passed on as, its body decoded; none where it is
/// refused. It is read like a client's.
pub fn passed_on<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let (mut search, mut came, mut end) = (HeadEnd::default(), Vec::new(), None);
    for piece in pieces {
        came.extend_from_slice(piece);
        if end.is_none() {
            end = search.find(&came).ok()?;
        }
    }
    let mut head = RequestHead::default();
    head.read(came.get(..end?)?).ok()?;
    let mut body = framing::of_request(&head).ok()?;
    let mut out = format!("{} {} HTTP/1.1\r\n", head.method(), head.target()).into_bytes();
    write::fields(&mut out, head.fields(), Names::NONE);
    out.extend_from_slice(b"\r\n");
    let mut rest = came.get(end?..)?;
    while !body.is_done() {
        let (used, content) = body.read(rest).ok()?;
        if used == 0 {
            return None;
        }
        out.extend_from_slice(content);
        rest = rest.get(used..)?;
    }
    Some(out)
}

/// What comes out for a body that comes in these pieces; `kind` is any number.
pub fn rewritten_body<'a>(
    kind: u8,
    prefix: &str,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let kind = match kind % 4 {
        0 => Kind::Html,
        1 => Kind::Xml,
        2 => Kind::Css,
        _ => Kind::Manifest,
    };
    let (mut rewriter, mut out) = (Rewriter::new(kind, prefix), Vec::new());
    pieces.into_iter().for_each(|piece| rewriter.write(piece, &mut out));
    rewriter.finish(&mut out);
    out
}

/// What becomes of a value in each of the fields that are rewritten.
pub fn rewritten_fields(prefix: &str, value: &[u8]) -> Vec<Option<Vec<u8>>> {
    let is_own = |host: &str| host.len() < 4;
    vec![
        headers::location(value, prefix, &is_own),
        headers::set_cookie(value, prefix),
        headers::link(value, prefix),
        headers::refresh(value, prefix),
        headers::sourcemap(value, prefix),
    ]
}

/// What becomes of a response.
#[derive(Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Whether its bytes stay as they are.
    pub passes: bool,
    /// The coding that it is in then.
    pub coding: Option<&'static str>,
    /// Whether the client takes that.
    pub is_taken: bool,
    /// Whether the client takes it as it is without one.
    pub takes_identity: bool,
    /// The tag that it gets in place of its own.
    pub etag: Option<Vec<u8>>,
}

/// What becomes of a response with these parts of the request's head and its own; `bits` are the
/// rest of it.
pub fn negotiated(
    accepts: &[u8],
    controls: &[u8],
    encoding: &[u8],
    etag: &[u8],
    bits: u32,
) -> Negotiated {
    let lines = |text| <[u8]>::split(text, |&byte| byte == b'\n');
    let bit = |number: u32| bits >> number & 1 == 1;
    let accepted = Accepted::of(lines(accepts));
    let request = Request { reads: bit(0), accepted, is_cross_site: bit(1), is_authorized: bit(2) };
    let response = Response {
        status: [200, 206, 304, 404][(bits >> 3 & 3) as usize],
        content_type: if bit(5) { b"text/html" } else { b"image/png" },
        coding: Coding::from_content_encoding(encoding),
        length: bit(6).then_some(u64::from(bits >> 16)),
        etag: Some(etag),
        cache_control: CacheControl::of(lines(controls)),
        vary: controls,
        sets_cookie: bit(7),
        is_rewritten: bit(8),
    };
    let decision = negotiation::decide(&request, &response);
    let changes = decision.changes(&response, None);
    let new_tag = |change: Change| match change {
        Change::Set("etag", value) => Some(value),
        _ => None,
    };
    let coding = if decision.passes() { response.coding } else { Some(decision.encode) };
    Negotiated {
        passes: decision.passes(),
        coding: coding.map(Coding::token),
        is_taken: coding.is_some_and(|coding| accepted.takes(coding)),
        takes_identity: accepted.takes(Coding::Identity),
        etag: changes.into_iter().find_map(new_tag),
    }
}

/// The tags that the IDE gets for a line of the client's; none: the line stays.
pub fn tags_for_ide(line: &[u8]) -> Option<Vec<u8>> {
    validators::to_ide(line)
}

/// The tag that the client gets with a 304; none: the IDE's stays.
pub fn tag_of_not_modified(etag: &[u8], asked: &[u8]) -> Option<Vec<u8>> {
    validators::of_not_modified(etag, [asked])
}

const CODINGS: [Coding; 3] = [Coding::Gzip, Coding::Brotli, Coding::Zstd];

/// Pieces of content in a coding, flushed after each one that says so. `coding` and `effort` are
/// any numbers.
pub fn encoded<'a>(
    coding: u8,
    effort: u8,
    length: Option<u64>,
    pieces: impl IntoIterator<Item = (&'a [u8], bool)>,
) -> Option<Vec<u8>> {
    let efforts = [Effort::Stream, Effort::Asset, Effort::Smallest];
    let coding = CODINGS[usize::from(coding) % CODINGS.len()];
    let effort = efforts[usize::from(effort) % efforts.len()];
    let (mut encoder, mut out) = (Encoder::with(coding, effort, length), Vec::new());
    for (piece, flushes) in pieces {
        encoder.write(piece, &mut out).ok()?;
        if flushes {
            encoder.flush(&mut out).ok()?;
        }
    }
    encoder.finish(&mut out).ok()?;
    Some(out)
}

/// What is decoded of pieces of a stream, by steps of `room` bytes and `most` bytes in all; none
/// where it is damaged or incomplete.
pub fn decoded<'a>(
    coding: u8,
    room: usize,
    most: usize,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(CODINGS[usize::from(coding) % CODINGS.len()]);
    let mut out = Vec::new();
    for mut piece in pieces {
        loop {
            let before = out.len();
            let step = decoder.decode(piece, &mut out, room).ok()?;
            assert!(out.len() - before <= room, "more than there is room for");
            piece = &piece[step.taken..];
            if out.len() >= most {
                return Some(out);
            }
            if !step.is_full {
                assert!(piece.is_empty(), "something is left though there was room");
                break;
            }
        }
    }
    decoder.finish().ok().map(|()| out)
}
