//! What the fuzz targets in `tests/fuzz` call. No part of the program's interface.

use super::rewrite::{Kind, Rewriter, headers};

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
