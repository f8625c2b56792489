//! Whole bodies, as tables and as properties.

mod pages;
mod properties;
mod streams;

use super::*;

/// What comes out if the body comes in these pieces.
fn in_pieces<'a>(kind: Kind, prefix: &str, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let (mut rewriter, mut out) = (Rewriter::new(kind, prefix), Vec::new());
    pieces.into_iter().for_each(|piece| rewriter.write(piece, &mut out));
    rewriter.finish(&mut out);
    out
}

fn whole(kind: Kind, prefix: &str, body: &[u8]) -> Vec<u8> {
    in_pieces(kind, prefix, [body])
}

/// `from` becomes `to`, in one piece and byte by byte, and `to` stays.
fn check(kind: Kind, prefix: &str, from: &str, to: &str) {
    let shown = |out: Vec<u8>| String::from_utf8(out).unwrap();
    assert_eq!(shown(whole(kind, prefix, from.as_bytes())), to, "from {from}");
    assert_eq!(shown(in_pieces(kind, prefix, from.as_bytes().chunks(1))), to, "in bytes: {from}");
    assert_eq!(shown(whole(kind, prefix, to.as_bytes())), to, "twice: {from}");
}
