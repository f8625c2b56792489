//! Entity tags of encoded forms (RFC 9110 §8.8.3).
//!
//! Two forms of one resource may not share a strong tag: `"abc"` is `"abc--zstd"` where the content
//! is encoded with zstd. When the client asks about it again, the IDE gets its own tag back, to the
//! byte, as many servers compare tags as text. A weak tag stays as it is: it means the same for
//! every form.

use std::collections::HashSet;

use crate::gateway::encoding::Coding;

/// What stands before the coding's name.
const MARK: &[u8] = b"--";

const CODINGS: [Coding; 3] = [Coding::Gzip, Coding::Brotli, Coding::Zstd];

/// The tag of an encoded form. None where the IDE's own stays: it is weak, or no tag, or the form
/// is not encoded.
pub fn of_form(etag: &[u8], coding: Coding) -> Option<Vec<u8>> {
    let opaque = opaque_of_strong(etag.trim_ascii()).filter(|_| coding != Coding::Identity)?;
    Some([b"\"", opaque, MARK, coding.token().as_bytes(), b"\""].concat())
}

/// Whether this is the strong tag of an encoded form.
pub fn is_of_form(etag: &[u8]) -> bool {
    opaque_of_strong(etag).and_then(without_mark).is_some()
}

/// What the IDE gets as `If-None-Match` or `If-Match` for a line of the client's. None where the
/// line stays: it has no tag of a form, or is no list of tags.
pub fn to_ide(line: &[u8]) -> Option<Vec<u8>> {
    let tags = list(line)?;
    if !tags.iter().any(|tag| tag.own().is_some()) {
        return None;
    }
    let text =
        |tag: &Tag<'_>| tag.own().map_or(tag.text.to_vec(), |own| [b"\"", own, b"\""].concat());
    let mut all: Vec<_> = tags.iter().map(text).collect();
    // A server that compares text understands a single one.
    let mut seen = HashSet::new();
    all.retain(|text| seen.insert(text.clone()));
    Some(all.join(&b", "[..]))
}

/// The tag that the client gets with a 304: the one of the form that it has, where it asked about
/// that. None where the IDE's own stays. `asked` are the lines of the client's `If-None-Match`.
pub fn of_not_modified<'a>(
    etag: &[u8],
    asked: impl IntoIterator<Item = &'a [u8]>,
) -> Option<Vec<u8>> {
    let opaque = opaque_of_strong(etag.trim_ascii())?;
    let mut tags = asked.into_iter().filter_map(list).flatten();
    let found = tags.find(|tag| tag.own() == Some(opaque) || tag.opaque == opaque)?;
    found.own().map(|_| [b"\"", found.opaque, b"\""].concat())
}

/// One tag of a list.
struct Tag<'a> {
    /// All of it.
    text: &'a [u8],
    /// What stands in the quotes.
    opaque: &'a [u8],
}

impl<'a> Tag<'a> {
    /// The IDE's own, where this is one of a form. Only strong ones are marked: if it is weak,
    /// somebody between us and the client made it so.
    fn own(&self) -> Option<&'a [u8]> {
        without_mark(self.opaque)
    }
}

fn without_mark(opaque: &[u8]) -> Option<&[u8]> {
    let mut forms = CODINGS.iter().filter_map(|coding| {
        let rest = opaque.strip_suffix(coding.token().as_bytes())?;
        rest.strip_suffix(MARK)
    });
    forms.next()
}

fn opaque_of_strong(etag: &[u8]) -> Option<&[u8]> {
    let opaque = etag.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    (!opaque.contains(&b'"')).then_some(opaque)
}

/// The tags of a list; a tag may hold commas. None where it holds anything else, `*` for example.
fn list(mut line: &[u8]) -> Option<Vec<Tag<'_>>> {
    let mut tags = Vec::new();
    loop {
        let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b',');
        let start = line.iter().position(|byte| !is_between(byte));
        let Some(rest) = start.and_then(|start| line.get(start..)) else {
            return Some(tags);
        };
        let quoted = rest.strip_prefix(b"W/").unwrap_or(rest).strip_prefix(b"\"")?;
        let opaque = quoted.split(|&byte| byte == b'"').next()?;
        let after = quoted.get(opaque.len() + 1..)?;
        let text = rest.get(..rest.len() - after.len())?;
        tags.push(Tag { text, opaque });
        line = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ide(line: &str) -> Option<String> {
        to_ide(line.as_bytes()).map(|line| String::from_utf8(line).unwrap())
    }

    fn not_modified(etag: &str, asked: &str) -> Option<String> {
        let tag = of_not_modified(etag.as_bytes(), [asked.as_bytes()]);
        tag.map(|tag| String::from_utf8(tag).unwrap())
    }

    #[test]
    fn the_ide_gets_its_own_tags() {
        for (asked, expected) in [
            ("\"abc--zstd\"", Some("\"abc\"")),
            ("\"abc--br\"", Some("\"abc\"")),
            ("W/\"abc--gzip\"", Some("\"abc\"")),
            ("\"a,b--zstd\", W/\"c\"", Some("\"a,b\", W/\"c\"")),
            ("\"abc--zstd\", \"abc--gzip\",\"abc\"", Some("\"abc\"")),
            ("\"--zstd\"", Some("\"\"")),
            ("\"abc--zstd--gzip\"", Some("\"abc--zstd\"")),
            ("\"abc\"", None),
            ("W/\"abc\"", None),
            ("\"abc-zstd\"", None),
            ("\"zstd\"", None),
            ("*", None),
            ("", None),
            ("abc--zstd", None),
            ("\"abc--zstd", None),
            ("\"abc--zstd\" x", None),
        ] {
            assert_eq!(ide(asked).as_deref(), expected, "{asked}");
        }
    }

    #[test]
    fn the_client_gets_the_tag_that_it_has() {
        for (etag, asked, expected) in [
            ("\"abc\"", "\"abc--zstd\"", Some("\"abc--zstd\"")),
            ("\"abc\"", "\"x\", \"abc--gzip\", \"abc--zstd\"", Some("\"abc--gzip\"")),
            ("\"abc\"", "\"abc\", \"abc--zstd\"", None),
            ("\"abc\"", "\"other--zstd\"", None),
            ("\"abc\"", "*", None),
            ("W/\"abc\"", "\"abc--zstd\"", None),
            ("abc", "\"abc--zstd\"", None),
            // Its own looks like one of ours.
            ("\"abc--zstd\"", "\"abc--zstd--gzip\"", Some("\"abc--zstd--gzip\"")),
        ] {
            assert_eq!(not_modified(etag, asked).as_deref(), expected, "{etag} {asked}");
        }
    }

    #[test]
    fn weak_and_broken_tags_stay() {
        for etag in ["W/\"abc\"", "abc", "\"abc", "", "\"a\"b\""] {
            assert_eq!(of_form(etag.as_bytes(), Coding::Zstd), None, "{etag}");
        }
        assert_eq!(of_form(b"\"abc\"", Coding::Identity), None);
    }

    proptest! {
        #[test]
        fn a_tag_comes_back_as_it_was(
            opaque in "[!#-~]{0,20}",
            coding in proptest::sample::select(CODINGS.to_vec()),
            others in proptest::collection::vec("\"[!#-~]{0,9}\"", 0..3),
        ) {
            let own = format!("\"{opaque}\"").into_bytes();
            let form = of_form(&own, coding).unwrap();
            prop_assert!(is_of_form(&form));
            let alone = to_ide(&form);
            prop_assert_eq!(alone.as_ref(), Some(&own));
            let line = [&form[..], b",", others.join(", ").as_bytes()].concat();
            prop_assert!(to_ide(&line).unwrap().starts_with(&own));
            let again = of_not_modified(&own, [&form[..]]);
            prop_assert_eq!(again, Some(form));
        }

        #[test]
        fn whatever_is_asked_is_no_trouble(line: Vec<u8>, etag: Vec<u8>) {
            let _ = to_ide(&line);
            let _ = of_not_modified(&etag, [&line[..]]);
            let _ = of_form(&etag, Coding::Gzip);
        }
    }
}
