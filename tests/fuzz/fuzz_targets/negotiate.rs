//! The negotiation of content codings, entity tags, and the codings themselves, with any input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use waiide_init::gateway::fuzzing::{
    decoded, encoded, negotiated, tag_of_not_modified, tags_for_ide,
};

/// How much is decoded of anything: a few bytes can stand for gigabytes.
const MOST: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let [what, coding, cut, rest @ ..] = data else { return };
    let cut = usize::from(*cut).max(1);
    match what % 4 {
        0 => check_decision(rest),
        1 => check_tags(rest),
        2 => check_coding(*coding, what / 4, cut, rest),
        _ => check_garbage(*coding, cut, rest),
    }
});

/// Nobody gets a coding that they don't take, unless the IDE chose it.
fn check_decision(rest: &[u8]) {
    let [a, b, c, d, text @ ..] = rest else { return };
    let mut parts = text.split(|&byte| byte == b'\r');
    let mut part = || parts.next().unwrap_or_default();
    let (accepts, controls, encoding, etag) = (part(), part(), part(), part());
    let bits = u32::from_le_bytes([*a, *b, *c, *d]);
    let found = negotiated(accepts, controls, encoding, etag, bits);
    let is_fixed = controls.to_ascii_lowercase().windows(12).any(|part| part == b"no-transform");
    let is_plain = found.coding == Some("identity");
    assert!(found.passes || found.is_taken || is_plain || is_fixed, "{found:?}");
    if let Some(tag) = found.etag {
        assert!(!found.passes, "the content is the IDE's, and the tag is not");
        assert_eq!(tags_for_ide(&tag).as_deref(), Some(etag.trim_ascii()), "it comes back");
        assert_eq!(tag_of_not_modified(etag, &tag), Some(tag));
    }
}

fn check_tags(rest: &[u8]) {
    let split = rest.iter().position(|&byte| byte == b'\r').unwrap_or(rest.len());
    let (asked, etag) = rest.split_at(split);
    let given = tag_of_not_modified(etag, asked);
    if let Some(given) = given {
        assert!(
            asked
                .windows(given.len())
                .any(|part| { part[1..part.len() - 1] == given[1..given.len() - 1] }),
            "a tag that nobody asked about"
        );
    }
    if let Some(own) = tags_for_ide(asked) {
        assert!(own.len() <= asked.len() + 2 * own.iter().filter(|&&byte| byte == b',').count());
    }
}

/// What went in comes out, wherever it is cut and flushed, and up to the last flush even of a
/// stream that breaks off.
fn check_coding(coding: u8, effort: u8, cut: usize, content: &[u8]) {
    let flushes = |piece: &[u8]| piece.first().is_some_and(|byte| byte % 3 == 0);
    let pieces = content.chunks(cut).map(|piece| (piece, flushes(piece)));
    let length = (effort & 4 == 0).then_some(content.len() as u64);
    let stream = encoded(coding, effort, length, pieces).expect("it encodes");
    let whole = decoded(coding, cut, MOST, [&stream[..]]).expect("it decodes");
    assert!(whole == content, "in one piece");
    let pieces = decoded(coding, 4096, MOST, stream.chunks(cut)).expect("it decodes");
    assert!(pieces == content, "in pieces");
    let (_, broken) = stream.split_last().expect("no stream is empty");
    // Nothing at all is what a HEAD is answered with.
    let is_noticed = decoded(coding, 4096, MOST, [broken]).is_none();
    assert!(is_noticed || broken.is_empty(), "incomplete, and not noticed");
}

/// The same garbage is the same however it comes.
fn check_garbage(coding: u8, cut: usize, garbage: &[u8]) {
    let whole = decoded(coding, 4096, MOST, [garbage]);
    let pieces = decoded(coding, 4096, MOST, garbage.chunks(cut));
    assert!(whole == pieces, "pieces are not the whole");
    if let Some(content) = decoded(coding, cut, MOST, [garbage]).filter(|found| found.len() < MOST)
    {
        assert!(whole == Some(content), "steps are not the whole");
    }
}
