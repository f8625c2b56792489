use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use rustls::CertificateError;
use url::Url;

use super::*;
use crate::doctor::finding::Level;
use crate::doctor::url::browser::{Answer, End, Way};
use crate::doctor::url::connection::Trouble;
use crate::doctor::url::observed::{Check, Said, Token};
use crate::doctor::url::place::Place;
use crate::doctor::url::report;
use crate::doctor::url::target::authority;
use crate::doctor::url::websocket::Upgrade;
use crate::workbench::Workbench;

const AT: &str = "https://hub.example.com/user/alice/ide/";
const OWN: (&str, &str) = ("permissions-policy", "microphone=(self), camera=(self)");
const OFF: (&str, &str) = ("permissions-policy", "microphone=()");

type Line = (&'static str, &'static str);

fn headers(lines: &[Line]) -> HeaderMap {
    let pairs = lines
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let mut headers = HeaderMap::new();
    pairs.for_each(|(name, value)| {
        headers.append(name, value);
    });
    headers
}

fn answer(url: &str, status: u16, lines: &[Line]) -> Answer {
    let url = Url::parse(url).unwrap();
    Answer { url, status, headers: headers(lines), body: String::new() }
}

fn text(pairs: &[(&str, &str)]) -> BTreeMap<String, Option<String>> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect()
}

fn from(address: &str) -> Workbench {
    let mut workbench = Workbench::default();
    workbench.webviews = Some(address.to_owned());
    workbench
}

/// A workbench behind nginx and a Hub, where all is well.
fn well() -> Observed {
    Observed {
        asked: Url::parse(AT).unwrap(),
        token: Token::Variable,
        way: Way { steps: vec![answer(AT, 200, &[OWN])], end: End::Answer },
        place: Some(Place::Workbench(from("stable-1/static/pre"))),
        flaws: BTreeMap::new(),
        webview: Some(headers(&[OWN, ("content-security-policy", "frame-ancestors 'self'")])),
        check: Some(Check {
            said: Said {
                sent: text(&[OWN]),
                received: text(&[("host", "hub.example.com"), ("x-forwarded-proto", "https")]),
            },
            got: headers(&[OWN]),
        }),
        hub: Some(headers(&[])),
        jupyter: Some(headers(&[OWN])),
        upgrade: Some(Upgrade::Open),
    }
}

/// The same, with these lines added by a proxy to all that passes it.
fn with_added(lines: &[Line]) -> Observed {
    let mut observed = well();
    let Observed { way, webview, check, hub, jupyter, .. } = &mut observed;
    let pages = [&mut way.steps[0].headers, &mut check.as_mut().unwrap().got];
    let others = [webview, hub, jupyter].into_iter().filter_map(Option::as_mut);
    for page in pages.into_iter().chain(others) {
        for (name, value) in headers(lines).iter() {
            page.append(name.clone(), value.clone());
        }
    }
    observed
}

/// The same, with the IDE's own page changed by the container.
fn with_page(lines: &[Line]) -> Observed {
    let mut observed = well();
    observed.way.steps[0].headers = headers(lines);
    observed
}

/// What is not well: how bad, about what, and whose turn it is.
fn troubles(observed: &Observed) -> Vec<(Level, &'static str, Option<Side>)> {
    let findings = judge(observed);
    let bad = findings.iter().filter(|finding| finding.level != Level::Ok);
    bad.map(|it| (it.level, it.about, it.change.as_ref().map(|it| it.side))).collect()
}

fn broken(about: &'static str, side: Side) -> (Level, &'static str, Option<Side>) {
    (Level::Broken, about, Some(side))
}

fn warned(about: &'static str, side: Side) -> (Level, &'static str, Option<Side>) {
    (Level::Warning, about, Some(side))
}

#[test]
fn where_all_is_well_nothing_else_is_said() {
    assert_eq!(troubles(&well()), []);
    let mut alone = well();
    (alone.hub, alone.jupyter) = (None, None);
    assert_eq!(troubles(&alone), []);
}

#[test]
fn what_a_proxy_adds_is_the_proxys_turn() {
    use Side::ReverseProxy as Proxy;
    for (lines, expected) in [
        (&[OFF][..], vec![broken("policy", Proxy), warned("policy", Proxy)]),
        (&[OWN], vec![warned("policy", Proxy)]),
        (&[("permissions-policy", "microphone self")], vec![warned("policy", Proxy)]),
        (&[("feature-policy", "microphone 'none'")], vec![]),
        (&[("x-frame-options", "DENY")], vec![warned("webviews", Proxy)]),
        (&[("x-frame-options", "SAMEORIGIN")], vec![]),
        (&[("content-security-policy", "frame-ancestors 'none'")], vec![broken("webviews", Proxy)]),
        (&[("content-security-policy", "frame-src 'none'")], vec![broken("csp", Proxy)]),
        (
            &[("content-security-policy", "default-src 'self'")],
            vec![broken("csp", Proxy), warned("csp", Proxy)],
        ),
        (&[("content-security-policy", "sandbox allow-scripts")], vec![broken("csp", Proxy)]),
    ] {
        assert_eq!(troubles(&with_added(lines)), expected, "{lines:?}");
    }
}

#[test]
fn a_policy_in_the_place_of_ours_is_the_proxys_and_a_dropped_one_does_no_harm() {
    let replaced = |lines: &[Line]| {
        let mut observed = with_page(lines);
        observed.check.as_mut().unwrap().got = headers(lines);
        observed.webview = Some(headers(lines));
        observed
    };
    assert_eq!(troubles(&replaced(&[OFF])), [broken("policy", Side::ReverseProxy)]);
    assert_eq!(troubles(&replaced(&[])), []);
    let old = ("feature-policy", "camera *; microphone 'none'");
    assert_eq!(troubles(&replaced(&[old])), [broken("policy", Side::ReverseProxy)]);
    assert_eq!(
        troubles(&replaced(&[("x-frame-options", "deny")])),
        [broken("webviews", Side::ReverseProxy)]
    );
}

#[test]
fn what_the_container_sends_itself_is_its_own_turn() {
    let mut off = with_page(&[OFF]);
    let check = off.check.as_mut().unwrap();
    (check.said.sent, check.got) = (text(&[OFF]), headers(&[OFF]));
    assert_eq!(troubles(&off), [broken("policy", Side::Container)]);
    let findings = judge(&off);
    let lines = findings.iter().filter_map(|it| it.change.as_ref()).flat_map(|it| &it.lines);
    assert!(lines.clone().any(|line| line.starts_with("WAIIDE_PERMISSIONS_POLICY=")));
}

#[test]
fn webviews_of_another_origin_are_the_containers_turn() {
    let of = |address: &str| {
        let place = Some(Place::Workbench(from(address)));
        troubles(&Observed { place, webview: None, ..well() })
    };
    let container = [broken("webviews", Side::Container)];
    assert_eq!(of("https://{{uuid}}.vscode-cdn.net/stable/1/out"), container);
    assert_eq!(of(&AT.replace("hub", "cdn")), container);
    assert_eq!(of(AT), []);
    // Whole addresses are made by what the container takes for the browser's scheme.
    assert_eq!(of(&AT.replace("https", "http")), [broken("webviews", Side::ReverseProxy)]);
    let place = Some(Place::Workbench(Workbench::default()));
    assert_eq!(troubles(&Observed { place, webview: None, ..well() }), container);
}

#[test]
fn what_is_on_pages_alone_is_not_said_to_be_the_gateways() {
    let findings = judge(&with_page(&[OFF]));
    let policy = findings.iter().find(|finding| finding.level == Level::Broken).unwrap();
    assert!(policy.what.ends_with("so that this is the IDE's, or is added to pages alone"));
}

#[test]
fn a_name_that_is_refused_is_the_browsers_or_the_proxys() {
    let refused = |name: &str| {
        let place = Some(Place::HostRefused(name.to_owned()));
        let none = Observed { check: None, webview: None, hub: None, jupyter: None, ..well() };
        troubles(&Observed { place, upgrade: None, ..none })
    };
    assert_eq!(refused("hub.example.com"), [broken("way", Side::Container)]);
    assert_eq!(refused("backend"), [broken("way", Side::ReverseProxy)]);
}

#[test]
fn an_ide_that_starts_is_not_broken() {
    let upgrade = Some(Upgrade::Status(503, None));
    let starting = Observed { place: Some(Place::StartUp), webview: None, upgrade, ..well() };
    assert_eq!(troubles(&starting), [(Level::Warning, "way", Some(Side::Container))]);
}

#[test]
fn a_policy_on_the_webviews_page_alone_is_found() {
    let mut observed = well();
    observed.webview = Some(headers(&[OFF]));
    assert_eq!(troubles(&observed), [broken("webviews", Side::Container)]);
}

#[test]
fn others_pages_are_told_apart() {
    let mut hub = well();
    hub.hub = Some(headers(&[OFF]));
    assert_eq!(troubles(&hub), [warned("hub", Side::Hub)]);
    let mut jupyter = well();
    jupyter.jupyter = Some(headers(&[OFF]));
    assert_eq!(troubles(&jupyter), [warned("jupyter", Side::Container)]);
}

#[test]
fn without_a_token_what_anybody_sees_is_judged() {
    let login = "https://hub.example.com/hub/login?next=x";
    let anonymous = |lines: &[Line], upgrade| {
        let steps = vec![answer(AT, 302, lines), answer(login, 200, lines)];
        Observed {
            token: Token::Missing,
            way: Way { steps, end: End::Answer },
            place: Some(Place::HubLogin),
            webview: None,
            check: None,
            hub: Some(headers(lines)),
            jupyter: Some(headers(lines)),
            upgrade: Some(upgrade),
            ..well()
        }
    };
    let sign_in = warned("sign-in", Side::Container);
    assert_eq!(troubles(&anonymous(&[], Upgrade::Status(403, None))), [sign_in]);
    let off = troubles(&anonymous(&[OFF], Upgrade::Status(403, None)));
    assert_eq!(off, [sign_in, broken("policy", Side::ReverseProxy)]);
    let to_hub = Url::parse("https://hub.example.com/hub/api/oauth2/authorize?x").unwrap();
    let plain = troubles(&anonymous(&[], Upgrade::Status(302, Some(to_hub))));
    assert_eq!(plain, [sign_in, broken("websocket", Side::ReverseProxy)]);
}

#[test]
fn only_https_and_this_machine_are_secure_contexts() {
    for (at, is_secure) in [
        ("https://ide.example.com/", true),
        ("http://localhost:8070/", true),
        ("http://alice.localhost/", true),
        ("http://127.0.0.9/", true),
        ("http://[::1]:8070/", true),
        ("http://ide.example.com/", false),
        ("http://localhost.example.com/", false),
        ("http://192.168.1.2:8070/", false),
    ] {
        let mut observed = well();
        observed.way.steps = vec![answer(at, 200, &[OWN])];
        let check = observed.check.as_mut().unwrap();
        let host = authority(&Url::parse(at).unwrap());
        check.said.received.insert("host".into(), Some(host));
        let expected = if is_secure { vec![] } else { vec![broken("https", Side::ReverseProxy)] };
        assert_eq!(troubles(&observed), expected, "{at}");
    }
}

#[test]
fn a_certificate_that_browsers_warn_of_is_broken() {
    let mut observed = well();
    let flaw = Trouble::Certificate(CertificateError::Expired);
    observed.flaws.insert("https://hub.example.com".into(), flaw);
    assert_eq!(troubles(&observed), [broken("https", Side::ReverseProxy)]);
}

#[test]
fn a_websocket_says_what_is_missing() {
    for (upgrade, part) in [
        (Upgrade::Status(200, None), "proxy_set_header Upgrade"),
        (Upgrade::Status(400, None), "proxy_set_header Upgrade"),
        (Upgrade::Status(426, None), "proxy_set_header Upgrade"),
        (Upgrade::Status(403, None), "proxy_set_header Host"),
        (Upgrade::Broken("end of file".into()), "proxy_set_header Upgrade"),
    ] {
        let observed = Observed { upgrade: Some(upgrade.clone()), ..well() };
        assert_eq!(troubles(&observed), [broken("websocket", Side::ReverseProxy)], "{upgrade:?}");
        let findings = judge(&observed);
        let lines: Vec<_> = findings.iter().filter_map(|it| it.change.as_ref()).collect();
        assert!(lines[0].lines.iter().any(|line| line.starts_with(part)), "{upgrade:?}");
    }
}

#[test]
fn another_host_and_another_scheme_at_the_container_are_the_proxys_turn() {
    let received = |pairs: &[(&str, &str)]| {
        let mut observed = well();
        observed.check.as_mut().unwrap().said.received = text(pairs);
        troubles(&observed)
    };
    let name = ("host", "hub.example.com");
    let proxy = Side::ReverseProxy;
    assert_eq!(received(&[name, ("x-forwarded-proto", "http")]), [warned("https", proxy)]);
    assert_eq!(received(&[name]), [warned("https", proxy)]);
    assert_eq!(
        received(&[("host", "127.0.0.1:8070"), ("x-forwarded-proto", "https")]),
        [broken("host", proxy)]
    );
}

#[test]
fn redirects_that_lead_nowhere_or_back_to_http_are_the_proxys_turn() {
    let mut circle = well();
    circle.way.end = End::Circle;
    circle.way.steps = vec![answer("https://h.example/user/alice/ide/", 301, &[])];
    (circle.place, circle.check, circle.upgrade, circle.webview) = (None, None, None, None);
    assert_eq!(troubles(&circle), [broken("way", Side::ReverseProxy)]);
    let mut down = well();
    let (from, to) = ("https://hub.example.com/user/alice", "http://hub.example.com/user/alice/");
    down.way.steps.insert(0, answer(to, 301, &[]));
    down.way.steps.insert(0, answer(from, 302, &[]));
    assert_eq!(troubles(&down), [broken("https", Side::ReverseProxy)]);
}

#[test]
fn an_address_that_does_not_answer_is_the_one_finding() {
    let silence = Trouble::Connect("nobody answers".into());
    let end = End::Silence(Url::parse(AT).unwrap(), silence);
    let observed = Observed { way: Way { steps: vec![], end }, place: None, check: None, ..well() };
    assert_eq!(troubles(&observed), [broken("way", Side::ReverseProxy)]);
}

#[test]
fn errors_are_sorted_by_who_has_made_them() {
    let jupyter = ("x-jupyterhub-version", "6.1.1");
    for (url, status, lines, side) in [
        ("https://h/hub/user/alice/ide/", 424, &[jupyter][..], Side::Hub),
        ("https://h/user/alice/ide/", 403, &[jupyter], Side::Hub),
        ("https://h/user/alice/ide/", 502, &[("server", "nginx")], Side::ReverseProxy),
        ("https://h/", 500, &[], Side::Container),
    ] {
        let way = Way { steps: vec![answer(url, status, lines)], end: End::Answer };
        let place = Some(Place::Error(status));
        let observed = Observed {
            way,
            place,
            check: None,
            webview: None,
            hub: None,
            jupyter: None,
            upgrade: None,
            ..well()
        };
        assert_eq!(troubles(&observed), [broken("way", side)], "{url} {status}");
    }
}

#[test]
fn nothing_that_is_told_holds_a_query() {
    let mut observed = well();
    observed.asked = Url::parse("https://hub.example.com/?token=s3cret").unwrap();
    let step = answer("https://hub.example.com/x?code=s3cret", 302, &[]);
    observed.way.steps.insert(0, step);
    let findings = judge(&observed);
    let told =
        report::to_text(&observed, &findings) + &report::to_json(&observed, &findings).to_string();
    assert!(told.contains("/x?…") && !told.contains("s3cret"), "{told}");
}
