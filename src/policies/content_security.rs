//! `Content-Security-Policy` (CSP Level 3): from where a page may load what. A field holds policies
//! between commas, a policy directives between semicolons; all policies hold at once, and of a
//! directive that is there twice the first counts (§2.2.1).

/// What a page needs to hear a stream and to play back what was recorded from one.
const MEDIA: [&str; 2] = ["mediastream:", "blob:"];

/// A directive: its name in lower case, and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive<'a> {
    /// Its name.
    pub name: String,
    /// What stands behind it.
    pub values: Vec<&'a str>,
}

/// The directives of one policy; of those with the same name the first.
pub fn directives(policy: &str) -> Vec<Directive<'_>> {
    let mut found: Vec<Directive<'_>> = Vec::new();
    for (_, text) in pieces(policy, ';') {
        let mut words = text.split_ascii_whitespace();
        let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
        if found.iter().all(|other| other.name != name) {
            found.push(Directive { name, values: words.collect() });
        }
    }
    found
}

/// The policies in a field's value.
pub fn policies(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').filter(|policy| !policy.trim().is_empty())
}

/// The values of the first directive of `names` that is there: `media-src`, say, and
/// `default-src`, which stands in for it (§6.8.1).
pub fn governing<'a, 'd>(directives: &'d [Directive<'a>], names: &[&str]) -> Option<&'d [&'a str]> {
    names.iter().find_map(|name| {
        directives.iter().find(|directive| directive.name == *name).map(|it| it.values.as_slice())
    })
}

/// A field's value with [`MEDIA`] allowed where media may come from in every one of its policies;
/// none: they all allow it as it is. Nothing else changes, byte for byte.
pub fn with_media(value: &str) -> Option<String> {
    let changed: Vec<_> = value.split(',').map(policy_with_media).collect();
    changed.iter().any(Option::is_some).then(|| {
        let policies = changed.into_iter().zip(value.split(','));
        let texts = policies.map(|(changed, as_it_was)| changed.unwrap_or(as_it_was.to_owned()));
        texts.collect::<Vec<_>>().join(",")
    })
}

fn policy_with_media(policy: &str) -> Option<String> {
    let directives = directives(policy);
    let sources = governing(&directives, &["media-src", "default-src"])?;
    let missing: Vec<_> = MEDIA.into_iter().filter(|media| !holds(sources, media)).collect();
    if missing.is_empty() {
        return None;
    }
    let own = pieces(policy, ';').find(|(_, text)| is_named(text, "media-src"));
    Some(match own {
        Some((start, text)) => {
            let (before, behind) = (policy.get(..start)?, policy.get(start + text.len()..)?);
            format!("{before}{}{behind}", extended(text, sources, &missing))
        }
        None => {
            let from = sources.iter().filter(|source| is_of_media(source)).copied();
            let all: Vec<&str> = ["media-src"].into_iter().chain(from).chain(missing).collect();
            format!("{}; {}", policy.trim_end().trim_end_matches(';'), all.join(" "))
        }
    })
}

/// `'none'` counts only where it stands alone (§6.7.2.5), so there the others take its place.
fn extended(directive: &str, sources: &[&str], missing: &[&str]) -> String {
    let more = missing.join(" ");
    match sources {
        [none] if none.eq_ignore_ascii_case("'none'") => {
            let name = directive.trim_end();
            let kept = name.len().saturating_sub(none.len());
            format!("{}{more}", directive.get(..kept).unwrap_or_default())
        }
        _ => format!("{} {more}", directive.trim_end()),
    }
}

/// Whether a source of `default-src` says where media may come from. The other quoted ones, among
/// them nonces and hashes, are about scripts and styles.
fn is_of_media(source: &str) -> bool {
    !source.starts_with('\'') || source.eq_ignore_ascii_case("'self'")
}

fn holds(sources: &[&str], wanted: &str) -> bool {
    sources.iter().any(|source| source.eq_ignore_ascii_case(wanted))
}

fn is_named(directive: &str, name: &str) -> bool {
    directive.split_ascii_whitespace().next().is_some_and(|it| it.eq_ignore_ascii_case(name))
}

/// The pieces of a text between separators, with where each stands.
fn pieces(text: &str, separator: char) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split(separator).map(move |piece| {
        let at = start;
        start += piece.len() + separator.len_utf8();
        (at, piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn media_is_allowed_and_nothing_else_changes() {
        for (policy, expected) in [
            (
                "media-src 'self'; script-src 'nonce-a'",
                "media-src 'self' mediastream: blob:; script-src 'nonce-a'",
            ),
            (
                "script-src 'nonce-a'; Media-Src 'self' ;",
                "script-src 'nonce-a'; Media-Src 'self' mediastream: blob:;",
            ),
            ("media-src blob: *", "media-src blob: * mediastream:"),
            ("media-src 'none'; x", "media-src mediastream: blob:; x"),
            ("media-src", "media-src mediastream: blob:"),
            ("default-src 'none'", "default-src 'none'; media-src mediastream: blob:"),
            (
                "default-src 'self' https: 'nonce-a' 'sha256-b' 'unsafe-inline' ; ",
                "default-src 'self' https: 'nonce-a' 'sha256-b' 'unsafe-inline' ; media-src 'self' https: mediastream: blob:",
            ),
            (
                "default-src 'self', media-src x, frame-ancestors 'self'",
                "default-src 'self'; media-src 'self' mediastream: blob:, media-src x mediastream: blob:, frame-ancestors 'self'",
            ),
            ("media-src a; media-src b", "media-src a mediastream: blob:; media-src b"),
        ] {
            assert_eq!(with_media(policy).as_deref(), Some(expected), "{policy}");
        }
    }

    #[test]
    fn what_allows_media_or_says_nothing_of_it_stays() {
        for policy in [
            "",
            "frame-ancestors 'self'",
            "script-src 'self'",
            "media-src MEDIASTREAM: 'self' blob:",
            "default-src blob: mediastream:",
            "default-src 'none'; media-src mediastream: blob:",
        ] {
            assert_eq!(with_media(policy), None, "{policy}");
        }
    }

    #[test]
    fn the_first_of_two_counts_and_another_stands_in() {
        let directives = directives("Default-Src a; default-src b;; frame-src");
        let governing = |names: &[&str]| governing(&directives, names).map(<[&str]>::to_vec);
        assert_eq!(governing(&["media-src", "default-src"]), Some(vec!["a"]));
        assert_eq!(governing(&["frame-src", "default-src"]), Some(vec![]));
        assert_eq!(governing(&["media-src"]), None);
    }

    proptest! {
        #[test]
        fn what_was_extended_needs_it_no_more_and_the_rest_is_the_same(
            text in "(default-src|media-src|script-src|;|,| |'none'|'self'|blob:|x|\t){0,12}"
        ) {
            let Some(extended) = with_media(&text) else { return Ok(()) };
            prop_assert_eq!(with_media(&extended), None);
            let others = |text: &str| -> Vec<Vec<(String, Vec<String>)>> {
                let of = |policy| directives(policy).into_iter().filter(|it| it.name != "media-src")
                    .map(|it| (it.name, it.values.iter().map(|v| (*v).to_owned()).collect())).collect();
                policies(text).map(of).collect()
            };
            prop_assert_eq!(others(&text), others(&extended));
        }
    }
}
