//! What is sent when, and what happens with bodies that are too much, or no text at all.

use super::*;

/// What has come out after each piece.
fn outs(kind: Kind, pieces: &[&str]) -> Vec<String> {
    let (mut rewriter, mut out) = (Rewriter::new(kind, "/p"), Vec::new());
    let mut outs = Vec::new();
    for piece in pieces {
        rewriter.write(piece.as_bytes(), &mut out);
        outs.push(String::from_utf8(std::mem::take(&mut out)).unwrap());
    }
    rewriter.finish(&mut out);
    outs.push(String::from_utf8(out).unwrap());
    outs
}

#[test]
fn nothing_is_held_but_what_is_being_read() {
    for (kind, steps) in [
        (Kind::Html, vec![("a", "a"), ("b<", "b"), ("p", ""), (">c", "<p>c"), ("<!-- ", "<!-- ")]),
        (Kind::Html, vec![("<a href='/x", ""), ("'>y", "<a href='/p/x'>y"), ("é", "é")]),
        (Kind::Html, vec![("<script>a", "<script>a"), ("b", "b"), ("</script", "")]),
        (Kind::Html, vec![("<title>a", "<title>a"), ("&am", "&am"), ("p;", "p;")]),
        (
            Kind::Html,
            vec![("<style>a{", "<style>a{"), ("b:url(", "b:url("), ("/", ""), ("x", "/p/x")],
        ),
        (Kind::Html, vec![("<style>url(", "<style>url("), ("/p", ""), ("/x", "/p/x")]),
        (Kind::Html, vec![("<noscript>a", "<noscript>a"), ("<i", ""), (">b", "<i>b")]),
        (Kind::Html, vec![("<svg><style>&am", "<svg><style>"), ("p;a", "&amp;a")]),
        (Kind::Html, vec![("<noscript>a</noscript>b", "<noscript>a</noscript>b"), ("c", "c")]),
        (
            Kind::Html,
            vec![("<svg><style>url(/x", "<svg><style>url(/p/x"), ("</style>a", "</style>a")],
        ),
        (Kind::Css, vec![("a ", "a "), ("url(\"", "url(\""), ("/", ""), ("/", "//"), ("h", "h")]),
        (Kind::Css, vec![("url(\\", "url("), ("2", ""), ("f", ""), ("x", "/p\\2fx"), ("/*", "/*")]),
        (Kind::Css, vec![("\"\\", "\"\\"), ("\n", "\n"), ("/x", "/x")]),
        (
            Kind::Manifest,
            vec![("{\"url\":", "{\"url\":"), ("\"\\", "\""), ("/", ""), ("x", "/p\\/x")],
        ),
    ] {
        let pieces: Vec<_> = steps.iter().map(|step| step.0).collect();
        let outs = outs(kind, &pieces);
        for (step, out) in steps.iter().zip(&outs) {
            assert_eq!(out, step.1, "{pieces:?}");
        }
    }
}

#[test]
fn what_is_held_comes_at_the_end() {
    assert_eq!(outs(Kind::Html, &["<a href=/x"]).concat(), "<a href=/x");
    assert_eq!(outs(Kind::Css, &["url(/"]).concat(), "url(/p/");
    assert_eq!(outs(Kind::Manifest, &["{\"url\":\"/"]).concat(), "{\"url\":\"/");
}

#[test]
fn utf_16_passes() {
    let utf_16 = |text: &str, to: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(to).collect()
    };
    let page = "\u{feff}<a href=\"/x\"><style>url(/x)</style>\u{2f}";
    for bytes in [utf_16(page, u16::to_le_bytes), utf_16(page, u16::to_be_bytes)] {
        for kind in [Kind::Html, Kind::Xml, Kind::Css, Kind::Manifest] {
            for body in [&bytes[..], &bytes[2..], &bytes[..1], &bytes[..2]] {
                assert_eq!(whole(kind, "/p", body), body);
                assert_eq!(in_pieces(kind, "/p", body.chunks(1)), body);
            }
        }
    }
    // UTF-16 without a byte order mark, of characters whose halves are ASCII.
    assert_eq!(whole(Kind::Html, "/p", b"\xff<a href=/x>"), b"\xff<a href=/p/x>");
}

#[test]
fn bytes_that_are_no_utf_8_stay() {
    let every: Vec<u8> = (0x80..=0xff).collect();
    for kind in [Kind::Html, Kind::Xml] {
        let mut page = b"<a href='/".to_vec();
        page.extend(&every);
        page.extend(b"' t=");
        page.extend(&every);
        page.extend(b">");
        page.extend(&every);
        page.extend(b"<style>url(/");
        page.extend(&every);
        page.extend(b")</style><noscript>");
        page.extend(&every);
        page.extend(b"<a href=/x></noscript>");
        let out = in_pieces(kind, "/p", page.chunks(7));
        assert_eq!(out.len(), page.len() + 6);
        assert_eq!(unprefixed(&out), page);
    }
}

fn unprefixed(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = body;
    while let Some((&byte, behind)) = rest.split_first() {
        match rest.strip_prefix(b"/p") {
            Some(behind) => rest = behind,
            None => {
                out.push(byte);
                rest = behind;
            }
        }
    }
    out
}

#[test]
fn a_tag_that_is_too_long_passes_and_the_page_goes_on() {
    let data = "x".repeat(3 << 19);
    for (before, behind) in [
        ("<img src='data:", "' alt='/x'>"),
        ("<img src=data:", " alt=/x>"),
        ("<img src='/", "' alt='>/x'>"),
        ("<!-- '", " /x' -->"),
        ("</a ", ">"),
        ("<p ", "='>'>"),
    ] {
        let page = |url: &str| format!("<a href={url}>{before}{data}{behind}<a href={url}>");
        for piece in [1 << 16, usize::MAX] {
            let from = page("/y");
            let out = in_pieces(Kind::Html, "/p", from.as_bytes().chunks(piece));
            assert!(out == page("/p/y").into_bytes(), "{before} in pieces of {piece}");
        }
    }
}

#[test]
fn what_follows_a_script_tag_that_is_too_long_is_its_text() {
    let page = format!("<script x='{}'>'<a href=/x>'</script>", "x".repeat(3 << 19));
    for piece in [1 << 16, usize::MAX] {
        let out = in_pieces(Kind::Html, "/p", page.as_bytes().chunks(piece));
        assert!(out == page.as_bytes(), "in pieces of {piece}");
    }
}

#[test]
fn elements_that_are_never_closed_do_not_stop_it() {
    let page = |url: &str| format!("<td><a href={url}>").repeat(30_000);
    let out = in_pieces(Kind::Html, "/p", page("/x").as_bytes().chunks(1 << 16));
    assert!(out == page("/p/x").into_bytes());
}

#[test]
fn a_great_many_attributes_are_no_tag() {
    let page = format!("<a href=/x><p {}><a href=/y>", "a ".repeat(400_000));
    let out = in_pieces(Kind::Html, "/p", page.as_bytes().chunks(1 << 14));
    assert_eq!(unprefixed(&out), page.as_bytes());
    assert!(out.starts_with(b"<a href=/p/x><p a "));
}

#[test]
fn a_long_comment_is_not_held() {
    let (mut rewriter, mut out) = (Rewriter::new(Kind::Html, "/p"), Vec::new());
    rewriter.write(b"<!--", &mut out);
    for _ in 0..100 {
        rewriter.write(&[b'x'; 1000], &mut out);
    }
    assert_eq!(out.len(), 100_004);
}

/// A gateway may go on with a response on another thread.
#[test]
fn a_rewriter_can_be_sent() {
    fn sent<T: Send>(_: &T) {}
    sent(&Rewriter::new(Kind::Html, "/p"));
}
