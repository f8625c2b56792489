//! Style sheets, as tables.

use proptest::prelude::*;

use super::*;

fn rewritten_in(pieces: &[&[u8]]) -> Vec<u8> {
    let mut scanner = Scanner::new(Arc::new(Prefix::new("/p").unwrap()));
    let (mut places, mut whole) = (Vec::new(), Vec::new());
    for piece in pieces {
        scanner.scan(piece, whole.len(), &mut places);
        whole.extend_from_slice(piece);
    }
    scanner.end(&mut places);
    for &at in places.iter().rev() {
        whole.splice(at..at, *b"/p");
    }
    whole
}

fn rewritten(text: &str) -> String {
    String::from_utf8(rewritten_in(&[text.as_bytes()])).unwrap()
}

#[test]
fn urls_get_the_prefix() {
    for (from, to) in [
        ("a{b:url(/x)}", "a{b:url(/p/x)}"),
        ("a{b:URL( /x )}", "a{b:URL( /p/x )}"),
        ("a{b:url(\"/x\")}", "a{b:url(\"/p/x\")}"),
        ("a{b:url( '/x' )}", "a{b:url( '/p/x' )}"),
        ("a{b:url(\n\t/x\n)}", "a{b:url(\n\t/p/x\n)}"),
        ("a{b:url('\n/x')} c{d:url(/y)}", "a{b:url('\n/x')} c{d:url(/y)}"),
        ("url('/x'url('/y')", "url('/p/x'url('/p/y')"),
        ("url(/x),url(/y)", "url(/p/x),url(/p/y)"),
        ("url(/p/x),url(/px),url(/p)", "url(/p/x),url(/p/px),url(/p)"),
        ("src(\"/x\")", "src(\"/p/x\")"),
        ("--x:url(/x)", "--x:url(/p/x)"),
        ("@import \"/x\";", "@import \"/p/x\";"),
        ("@IMPORT'/x'screen;", "@IMPORT'/p/x'screen;"),
        (
            "@import/* \"/c\" */ \"/x\" layer(\"/y\");",
            "@import/* \"/c\" */ \"/p/x\" layer(\"/y\");",
        ),
        ("@import url(/x) supports(a:b);", "@import url(/p/x) supports(a:b);"),
        ("@imp\\6frt \"/x\";", "@imp\\6frt \"/p/x\";"),
        ("image-set(\"/x\" 1x,url(/y) 2x)", "image-set(\"/p/x\" 1x,url(/p/y) 2x)"),
        ("-webkit-image-set(url(/x)1x)", "-webkit-image-set(url(/p/x)1x)"),
        ("image-set(\"/x\" type(\"/y\"),'/z')", "image-set(\"/p/x\" type(\"/y\"),'/p/z')"),
        ("image-set('/x' calc(1x*(1 + 2)),'/z')", "image-set('/p/x' calc(1x*(1 + 2)),'/p/z')"),
        ("url(\\2fx)", "url(/p\\2fx)"),
        ("url(\\2f x)", "url(/p\\2f x)"),
        ("url(\\00002fx)", "url(/p\\00002fx)"),
        ("url(\"\\2f\r\nx\")", "url(\"/p\\2f\r\nx\")"),
        ("url(\\/x)", "url(/p\\/x)"),
        ("url(\"\\\n/x\")", "url(\"\\\n/p/x\")"),
        ("url(\"/\\\r\nx\")", "url(\"/p/\\\r\nx\")"),
        ("url(\"\\\\x\")", "url(\"/p\\\\x\")"),
        ("u\\72l(/x)", "u\\72l(/p/x)"),
        ("\\75 r\\6C(/x)", "\\75 r\\6C(/p/x)"),
        ("/*url(/c)*/url(/x)", "/*url(/c)*/url(/p/x)"),
        ("/**/url(/x)/***/", "/**/url(/p/x)/***/"),
        ("url(/*c*/)", "url(/p/*c*/)"),
        ("<!--url(/x)-->", "<!--url(/p/x)-->"),
        ("1.url(/x)", "1.url(/p/x)"),
        ("1 url(/x)", "1 url(/p/x)"),
        ("1e+url(/x)", "1e+url(/p/x)"),
        ("50%url(/x)", "50%url(/p/x)"),
        ("\"a\"url(/x)", "\"a\"url(/p/x)"),
        ("\"a\nurl(/x)", "\"a\nurl(/p/x)"),
        ("'a\\'b'url(/x)", "'a\\'b'url(/p/x)"),
        ("url(x y)url(/x)", "url(x y)url(/p/x)"),
        ("url(x\\)y\"\\)url(/c))url(/x)", "url(x\\)y\"\\)url(/c))url(/p/x)"),
        ("url()url(/x)", "url()url(/p/x)"),
        ("url(/x", "url(/p/x"),
        ("url(\"/x", "url(\"/p/x"),
        ("url(\\2f", "url(/p\\2f"),
        ("url(/", "url(/p/"),
        ("url(/p\\", "url(/p/p\\"),
        ("@import \"/", "@import \"/p/"),
        ("@namespace url(/x);", "@namespace url(/p/x);"),
        ("\u{e9} url(/\u{e9})", "\u{e9} url(/p/\u{e9})"),
        ("a{b:x(url(/x)", "a{b:x(url(/p/x)"),
        ("a\\\nurl(/x)", "a\\\nurl(/p/x)"),
        ("@\\\nurl(/x)", "@\\\nurl(/p/x)"),
    ] {
        assert_eq!(rewritten(from), to);
    }
}

#[test]
fn the_rest_stays() {
    for same in [
        "",
        "a{content:\"/x\"}",
        "a{b:url(x)}",
        "a{b:url(//h/x)}",
        "a{b:url(\\/\\/h/x)}",
        "a{b:url(data:image/png;base64,/x)}",
        "a{b:url(#f)}",
        "a{b:url()}",
        "a{b:url(/p/x?y)}",
        "a{b:url(\"/\\70/x\")}",
        "/* url(/x) */",
        "/* url(/x) * / url(/y)",
        "\"url(/x)\"",
        "'url(/x)'",
        "\"\\\"url(/x)\"",
        "a[b=\"/x\"]",
        "@charset \"/x\";",
        "@import x \"/x\";",
        "@import-x \"/x\";",
        "@importx \"/x\";",
        "@import \\\n\"/x\";",
        "@media \"/x\";",
        "my-url(/x)",
        "url-prefix(/x)",
        "-url(/x)",
        "--url(/x)",
        "_url(/x)",
        "\u{e9}url(/x)",
        "ur(/x)",
        "url (/x)",
        "url\\(/x)",
        "10url(/x)",
        "1.5url(/x)",
        ".5url(/x)",
        "-5url(/x)",
        "1e3url(/x)",
        "1-url(/x)",
        "5\\75rl(/x)",
        "#url(/x)",
        "@url(/x)",
        "<!-url(/x)",
        "format(\"/x\")",
        "type(\"/x\")",
        "(\"/x\")",
        "src-x(\"/x\")",
        "url(x\\\n/x)",
        "url(x\\\n) \"/x\"",
        "image-set(x) \"/x\"",
        "-webkit-image-setx(\"/x\")",
        "url(\"x\\\n/x\")",
        "\\",
        "url(\\",
        "url('/p\\",
        "@",
        "<!--",
    ] {
        assert_eq!(rewritten(same), same);
    }
}

#[test]
fn parentheses_may_be_nested_beyond_counting() {
    let nested = |depth: usize, text: &str| format!("{}{text}", "(".repeat(depth));
    assert_eq!(rewritten(&nested(70, "image-set('/x')")), nested(70, "image-set('/x')"));
    assert_eq!(rewritten(&nested(70, "url(/x)")), nested(70, "url(/p/x)"));
    let closed = |text: &str| format!("{}{}{text}", "(".repeat(70), ")".repeat(70));
    assert_eq!(rewritten(&closed("image-set('/x')")), closed("image-set('/p/x')"));
}

const WORDS: &[&str] = &[
    "url(",
    "@import ",
    "image-set(",
    "\"/x\"",
    "/x",
    ")",
    "\\",
    "\n",
    "\r\n",
    "\\2f",
    "\\75rl(",
    "/*",
    "*/",
    "'",
    "\"",
    "<!--",
    "a-long-name-that-is",
    "1.",
    "-",
    "#",
    "@",
    " ",
    "/p",
    "\u{e9}",
];

proptest! {
    #[test]
    fn it_does_not_matter_where_a_sheet_is_cut(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..20),
        cuts in proptest::collection::vec(0usize..200, 0..6),
    ) {
        let text = words.concat();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|cut| &text.as_bytes()[cut[0]..cut[1]]).collect();
        let whole = rewritten_in(&[text.as_bytes()]);
        prop_assert_eq!(rewritten_in(&pieces), whole.clone());
        let bytes: Vec<_> = text.as_bytes().chunks(1).collect();
        prop_assert_eq!(rewritten_in(&bytes), whole.clone());
        prop_assert_eq!(rewritten_in(&[&whole]), whole);
    }
}
