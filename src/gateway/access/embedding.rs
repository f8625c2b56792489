//! What pages of other sites may do with what is served here, and what the browser is told about it.
//!
//! A VS Code server trusts whoever asks. Its webview page takes orders from any page of the same
//! host name, whatever the port, and runs what it is given with the IDE's own origin; a file of the
//! user's can be read as a script. So no page of another origin frames or embeds anything of ours:
//! its requests are refused by what the browser says of them (Fetch Metadata), and the answers
//! forbid it once more, for browsers and addresses that come without: browsers send no Fetch
//! Metadata over plain http to anything but the machine itself.
//!
//! What stays allowed: links to us, and the origins that were let in by name.

use super::origin::Origin;

/// What a browser says about a request. No page has a say in these headers; a program that is no
/// browser sends none of them. One that is there more than once is given as an empty text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fetch<'a> {
    /// `Sec-Fetch-Site`: how the page that asks relates to us.
    pub site: Option<&'a str>,
    /// `Sec-Fetch-Mode`: how it asks.
    pub mode: Option<&'a str>,
    /// `Sec-Fetch-Dest`: what for.
    pub dest: Option<&'a str>,
    /// `Origin`: which page asks; missing from links and from what is embedded without CORS.
    pub origin: Option<&'a str>,
    /// `Referer`: the same with a path; a page can leave it out, and cannot name another.
    pub referer: Option<&'a str>,
    /// Whether the method changes nothing (RFC 9110 §9.2.1).
    pub safe: bool,
    /// Whether a WebSocket is asked for.
    pub websocket: bool,
    /// Whether the browser speaks https with whatever is before us.
    pub by_https: bool,
}

/// Whether a request is let in, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A page of ours, the person, or a program that is no browser.
    Own,
    /// A page of an origin that was let in by name.
    Guest,
    /// Another site's page sends the person here. It learns nothing of what comes of that.
    Visit,
    /// Another site's page wants to use us without the person's knowing.
    Refused,
}

impl Verdict {
    /// Whether the request is let in.
    pub fn admits(self) -> bool {
        self != Verdict::Refused
    }
}

/// Judges a request to a server that has let `guests` in; `is_at` says whether an origin's address is
/// the server's.
pub fn embedding(fetch: &Fetch<'_>, is_at: impl Fn(&Origin) -> bool, guests: &[Origin]) -> Verdict {
    if matches!(fetch.site, Some("same-origin" | "none")) {
        return Verdict::Own;
    }
    let origin = fetch.origin.and_then(Origin::parse);
    // Whoever can change what goes over plain http can put any page at that address.
    let may_be_forged = |origin: &Origin| fetch.by_https && origin.is_plain_http();
    let is_ours = |origin: &Origin| !may_be_forged(origin) && is_at(origin);
    let is_guest = |origin: &Origin| guests.iter().any(|guest| origin.is_same(guest));
    match (&origin, fetch.origin, fetch.site) {
        (None, None, None) => Verdict::Own,
        (Some(origin), ..) if is_ours(origin) => Verdict::Own,
        (Some(origin), ..) if is_guest(origin) => Verdict::Guest,
        (None, None, _) if fetch.referer.and_then(origin_of).is_some_and(|it| is_guest(&it)) => {
            Verdict::Guest
        }
        _ => of_stranger(fetch, !guests.is_empty()),
    }
}

/// A stranger may send the person here. Where some may frame us, who does so is not always said:
/// then `frame-ancestors` decides, once the answer has arrived.
fn of_stranger(fetch: &Fetch<'_>, some_may_frame: bool) -> Verdict {
    let navigates = fetch.safe && !fetch.websocket && fetch.mode == Some("navigate");
    match fetch.dest {
        None | Some("document") if navigates => Verdict::Visit,
        Some("iframe" | "frame") if navigates && some_may_frame => Verdict::Visit,
        _ => Verdict::Refused,
    }
}

/// The origin of an address.
fn origin_of(address: &str) -> Option<Origin> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Origin::parse(&format!("{scheme}://{authority}"))
}

/// The `Content-Security-Policy` under which only pages of ours and of `guests` frame an answer
/// (CSP Level 3 §6.4.2). It looks at all pages around the frame, up to the window's own.
pub fn frame_ancestors(guests: &[Origin]) -> String {
    let guests = guests.iter().map(|guest| format!(" {guest}"));
    format!("frame-ancestors 'self'{}", guests.collect::<String>())
}

/// What of an answer decides what is added to it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What came of [`embedding`].
    pub verdict: Verdict,
    /// `Content-Type`, where there is one.
    pub content_type: Option<&'a str>,
    /// Whether it says itself who may frame it, so that [`names_frame_ancestors`] of one of its
    /// `Content-Security-Policy`s, or [`limits_frames`] of its `X-Frame-Options`.
    pub says_who_frames: bool,
    /// Whether it has a `Cross-Origin-Resource-Policy` of its own.
    pub has_resource_policy: bool,
}

/// The header lines to add to an answer, besides those that it has: a second
/// `Content-Security-Policy` is held to as well as the first. `ancestors` is what
/// [`frame_ancestors`] made.
pub fn additions<'a>(
    facts: &Facts<'_>,
    ancestors: &'a str,
) -> impl Iterator<Item = (&'static str, &'a str)> + use<'a> {
    let frames = is_document(facts.content_type) && !facts.says_who_frames;
    let embeds = facts.verdict != Verdict::Guest && !facts.has_resource_policy;
    let policy = frames.then_some(("content-security-policy", ancestors));
    policy.into_iter().chain(embeds.then_some(("cross-origin-resource-policy", "same-origin")))
}

/// Whether a `Content-Security-Policy` says who may frame an answer. It is believed.
pub fn names_frame_ancestors(policy: &str) -> bool {
    // Commas stand between policies that share a line (CSP Level 3 §3).
    let names = policy.split([';', ',']).filter_map(|it| it.split_ascii_whitespace().next());
    names.into_iter().any(|name| name.eq_ignore_ascii_case("frame-ancestors"))
}

/// Whether an `X-Frame-Options` holds. Browsers would no longer look at it beside
/// `frame-ancestors` (HTML §7.8), which may let more in.
pub fn limits_frames(options: &str) -> bool {
    ["deny", "sameorigin"].iter().any(|known| options.trim().eq_ignore_ascii_case(known))
}

/// Whether a browser makes a page of it, in which something can run. Of what has no type, or none
/// that makes sense, it may make one as well (MIME Sniffing §7).
fn is_document(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
    let essence = essence.trim().as_bytes();
    let endings = ["html", "xml", "/xsl"];
    let ends_with = |ending: &&str| {
        let start = essence.len().saturating_sub(ending.len());
        essence.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(ending.as_bytes()))
    };
    !essence.contains(&b'/') || endings.iter().any(ends_with)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::host::Host;
    use proptest::prelude::*;

    const STRANGER: &str = "http://evil.example";
    const GUEST: &str = "https://portal.example.com";

    fn judge(fetch: Fetch<'_>, guests: &[&str]) -> Verdict {
        let guests: Vec<_> = guests.iter().map(|text| Origin::parse(text).unwrap()).collect();
        let host = Host::parse("127.0.0.1:8070").unwrap();
        embedding(&fetch, |origin| origin.is_at(&host), &guests)
    }

    /// A request that reads, as a stranger's page makes it.
    fn reads(site: &'static str, mode: &'static str, dest: &'static str) -> Fetch<'static> {
        let (site, mode, dest) = (Some(site), Some(mode), Some(dest));
        Fetch { site, mode, dest, safe: true, ..Fetch::default() }
    }

    #[test]
    fn strangers_embed_nothing_and_frame_nothing() {
        for site in ["cross-site", "same-site", ""] {
            for (mode, dest) in [
                ("no-cors", "script"),
                ("no-cors", "style"),
                ("no-cors", "image"),
                ("no-cors", "video"),
                ("no-cors", "empty"),
                ("cors", "font"),
                ("cors", "script"),
                ("cors", "empty"),
                ("navigate", "iframe"),
                ("navigate", "frame"),
                ("navigate", "object"),
                ("navigate", "embed"),
                ("navigate", "fencedframe"),
                ("navigate", ""),
                ("websocket", "empty"),
                ("something-new", "document"),
            ] {
                let fetch = reads(site, mode, dest);
                assert_eq!(judge(fetch, &[]), Verdict::Refused, "{site} {mode} {dest}");
                let with_origin = Fetch { origin: Some(STRANGER), ..fetch };
                assert_eq!(judge(with_origin, &[]), Verdict::Refused, "{site} {mode} {dest}");
            }
        }
    }

    #[test]
    fn a_stranger_may_send_the_person_here_but_nothing_with_them() {
        let link = reads("cross-site", "navigate", "document");
        assert_eq!(judge(link, &[]), Verdict::Visit);
        assert_eq!(judge(Fetch { referer: Some(STRANGER), ..link }, &[]), Verdict::Visit);
        assert_eq!(judge(Fetch { dest: None, ..link }, &[]), Verdict::Visit);
        assert_eq!(judge(Fetch { safe: false, ..link }, &[]), Verdict::Refused);
        assert_eq!(judge(Fetch { websocket: true, ..link }, &[]), Verdict::Refused);
    }

    #[test]
    fn our_own_pages_do_as_they_like() {
        for site in ["same-origin", "none"] {
            for (mode, dest) in [("no-cors", "script"), ("navigate", "iframe"), ("cors", "empty")] {
                let fetch = Fetch { origin: Some("null"), safe: false, ..reads(site, mode, dest) };
                assert_eq!(judge(fetch, &[]), Verdict::Own, "{site} {mode} {dest}");
            }
        }
    }

    #[test]
    fn without_fetch_metadata_the_origin_decides_and_without_either_it_is_no_page() {
        for (origin, verdict) in [
            (None, Verdict::Own),
            (Some("http://127.0.0.1:8070"), Verdict::Own),
            (Some("https://127.0.0.1:8070"), Verdict::Own),
            (Some("http://127.0.0.1"), Verdict::Refused),
            (Some("http://127.0.0.1:8071"), Verdict::Refused),
            (Some("http://127.0.0.1:8070.evil.example"), Verdict::Refused),
            (Some("http://localhost:8070"), Verdict::Refused),
            (Some("null"), Verdict::Refused),
            (Some(""), Verdict::Refused),
            (Some(GUEST), Verdict::Guest),
            (Some("http://portal.example.com"), Verdict::Refused),
            (Some("https://portal.example.com.evil.example"), Verdict::Refused),
        ] {
            for (safe, websocket) in [(true, true), (true, false), (false, false)] {
                let fetch = Fetch { origin, safe, websocket, ..Fetch::default() };
                assert_eq!(judge(fetch, &[GUEST]), verdict, "{origin:?}");
            }
        }
    }

    #[test]
    fn where_we_are_reached_by_https_a_page_over_plain_http_is_not_ours() {
        let plain = Fetch { origin: Some("http://127.0.0.1:8070"), ..Fetch::default() };
        for (site, by_https, verdict) in [
            (None, false, Verdict::Own),
            (None, true, Verdict::Refused),
            (Some("cross-site"), true, Verdict::Refused),
            (Some("same-origin"), true, Verdict::Own),
        ] {
            let fetch = Fetch { site, by_https, websocket: true, ..plain };
            assert_eq!(judge(fetch, &[]), verdict, "{site:?} {by_https}");
            let secure = Fetch { origin: Some("https://127.0.0.1:8070"), ..fetch };
            assert_eq!(judge(secure, &[]), Verdict::Own);
            assert!(judge(fetch, &["http://127.0.0.1:8070"]).admits());
        }
    }

    #[test]
    fn a_guest_is_known_by_its_origin_or_else_by_the_address_of_its_page() {
        let script = reads("cross-site", "no-cors", "script");
        let with = |origin, referer| judge(Fetch { origin, referer, ..script }, &[GUEST]);
        assert_eq!(with(Some(GUEST), None), Verdict::Guest);
        assert_eq!(with(None, Some("https://portal.example.com/a?b=https://x/")), Verdict::Guest);
        assert_eq!(with(None, None), Verdict::Refused);
        assert_eq!(
            with(None, Some("https://evil.example/https://portal.example.com")),
            Verdict::Refused
        );
        assert_eq!(with(None, Some("https://portal.example.com@evil.example/")), Verdict::Refused);
        assert_eq!(with(Some(STRANGER), Some(GUEST)), Verdict::Refused);
        assert_eq!(with(Some("null"), Some(GUEST)), Verdict::Refused);
    }

    #[test]
    fn where_somebody_may_frame_us_the_answer_says_who() {
        let frame = reads("cross-site", "navigate", "iframe");
        assert_eq!(judge(frame, &[GUEST]), Verdict::Visit);
        assert_eq!(judge(reads("cross-site", "navigate", "object"), &[GUEST]), Verdict::Refused);
        let guests = [GUEST, "http://localhost:3000"].map(|text| Origin::parse(text).unwrap());
        let policy = "frame-ancestors 'self' https://portal.example.com http://localhost:3000";
        assert_eq!(frame_ancestors(&guests), policy);
        assert_eq!(frame_ancestors(&[]), "frame-ancestors 'self'");
    }

    #[test]
    fn an_answer_gets_what_it_lacks() {
        let html = Facts {
            verdict: Verdict::Own,
            content_type: Some("text/html; charset=utf-8"),
            says_who_frames: false,
            has_resource_policy: false,
        };
        let names = |facts: Facts<'_>| {
            additions(&facts, "frame-ancestors 'self'").map(|(name, _)| name).collect::<Vec<_>>()
        };
        let (csp, corp) = ("content-security-policy", "cross-origin-resource-policy");
        assert_eq!(names(html), [csp, corp]);
        assert_eq!(names(Facts { says_who_frames: true, ..html }), [corp]);
        assert_eq!(names(Facts { has_resource_policy: true, ..html }), [csp]);
        assert_eq!(names(Facts { verdict: Verdict::Guest, ..html }), [csp]);
        for (content_type, framed) in [
            (None, true),
            (Some(""), true),
            (Some("Text/HTML"), true),
            (Some("application/xhtml+xml"), true),
            (Some("text/xsl"), true),
            (Some("image/svg+xml ; charset=utf-8"), true),
            (Some("text/javascript"), false),
            (Some("application/json"), false),
        ] {
            let names = names(Facts { content_type, ..html });
            assert_eq!(names.contains(&csp), framed, "{content_type:?}");
        }
    }

    #[test]
    fn who_may_frame_is_found_in_a_policy_and_in_the_older_header() {
        for (policy, named) in [
            ("default-src 'self'; Frame-Ancestors https://a", true),
            ("frame-ancestors", true),
            ("default-src 'self', frame-ancestors 'none'", true),
            ("frame-src 'self'; script-src frame-ancestors", false),
            ("", false),
        ] {
            assert_eq!(names_frame_ancestors(policy), named, "{policy}");
        }
        assert!(limits_frames("SAMEORIGIN") && limits_frames(" deny"));
        assert!(!limits_frames("ALLOW-FROM https://a") && !limits_frames(""));
    }

    proptest! {
        #[test]
        fn nobody_else_is_a_guest(other in "https?://[a-z.]{1,12}(:[0-9]{1,5})?(/[!-~]{0,8})?") {
            prop_assume!(!other.starts_with(GUEST));
            let script = reads("cross-site", "no-cors", "script");
            let fetch = Fetch { referer: Some(&other), ..script };
            prop_assert_eq!(judge(fetch, &[GUEST]), Verdict::Refused);
        }

        #[test]
        fn no_words_make_it_panic(site: String, mode: String, dest: String, origin: String, referer: String) {
            let fetch = Fetch {
                site: Some(&site), mode: Some(&mode), dest: Some(&dest),
                origin: Some(&origin), referer: Some(&referer), safe: true, ..Fetch::default()
            };
            judge(fetch, &[GUEST]);
            names_frame_ancestors(&site);
        }
    }
}
