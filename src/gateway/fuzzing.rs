//! What the fuzz targets in `tests/fuzz` call. No part of the program's interface.

use super::http1::{Names, RequestHead, framing, syntax::HeadEnd, write};
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
