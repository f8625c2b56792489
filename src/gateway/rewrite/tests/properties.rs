//! What holds for any body.

use proptest::prelude::*;

use super::*;

/// Parts of pages, style sheets and manifests. None holds the prefix.
const WORDS: &[&str] = &[
    "<a href=",
    "<img srcset=\"",
    "<p style='",
    "<style>",
    "</style>",
    "<noscript>",
    "</noscript>",
    "<script>",
    "<script type=importmap>",
    "</script>",
    "<svg>",
    "</svg>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<iframe srcdoc='",
    "<meta http-equiv=refresh content='0;url=",
    "<title>",
    "</title>",
    "<meta id=vscode-workbench-web-configuration data-settings='{\"serverBasePath\":\"",
    "<base href='",
    "url(",
    "@import ",
    "image-set(",
    "{\"url\":\"",
    "{\"icons\":[{\"src\":\"",
    ":",
    ",",
    "{",
    "}",
    "]",
    "/",
    "/x",
    "//h/x",
    "\\",
    "/\\",
    "&#47;",
    "&sol;",
    "&",
    "&amp;",
    "&quot;",
    "\\2f",
    "\\u002f",
    "\\/",
    "x",
    " ",
    "\n",
    "\r\n",
    "\t",
    "'",
    "\"",
    ">",
    "<",
    "=",
    "/>",
    ")",
    ";",
    "#",
    "?",
    "\u{e9}",
    "\0",
    "<math>",
    "<textarea>",
    "<table>",
    "/user",
    "/user/alic",
    "1x, ",
];

/// They in any order.
fn words() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(WORDS), 0..30)
        .prop_map(|words| words.concat())
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Html), Just(Kind::Xml), Just(Kind::Css), Just(Kind::Manifest)]
}

const PREFIX: &str = "/user/alice";

fn without_prefix(body: &[u8]) -> String {
    String::from_utf8_lossy(body).replace(PREFIX, "")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn it_does_not_matter_where_a_body_is_cut(
        kind in kinds(),
        body in words(),
        cuts in proptest::collection::vec(0usize..1000, 0..6),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &body.as_bytes()[cut[0]..cut[1]]);
        let out = whole(kind, PREFIX, body.as_bytes());
        prop_assert_eq!(in_pieces(kind, PREFIX, pieces), out.clone());
        prop_assert_eq!(in_pieces(kind, PREFIX, body.as_bytes().chunks(1)), out);
    }

    #[test]
    fn twice_is_once_and_the_prefix_is_all_that_is_added(kind in kinds(), body in words()) {
        let out = whole(kind, PREFIX, body.as_bytes());
        prop_assert_eq!(whole(kind, PREFIX, &out), out.clone());
        prop_assert_eq!(without_prefix(&out), without_prefix(body.as_bytes()));
    }

    #[test]
    fn a_body_without_slashes_stays(kind in kinds(), body in words()) {
        let body = body.replace(['/', '\\', '&'], "-");
        prop_assert_eq!(whole(kind, PREFIX, body.as_bytes()), body.as_bytes());
    }

    #[test]
    fn any_bytes_pass(kind in kinds(), body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let out = in_pieces(kind, PREFIX, body.chunks(3));
        prop_assert_eq!(without_prefix(&out), without_prefix(&body));
    }

    #[test]
    fn a_prefix_of_any_signs_changes_nothing_twice(
        kind in kinds(),
        body in words(),
        prefix in "/[a-z'()&;,%@!$*+=:~._-]{1,6}(/[a-z'()&;]{1,4})?",
    ) {
        let out = whole(kind, &prefix, body.as_bytes());
        prop_assert_eq!(whole(kind, &prefix, &out), out);
    }
}
