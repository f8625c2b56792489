//! Looks at a deployed server from outside, as its user's browser would.

use url::Url;

use super::browser::{Answer, Asks, Browser, End, Way};
use super::observed::{Check, Observed, Said, Token, base_of, hub_of, jupyter_of, webview_of};
use super::place::{self, Place};
use super::target::Target;
use super::websocket;

/// No session of a workbench's: what it has to have is the form of one.
const SESSION: &str = "reconnectionToken=00000000-0000-4000-8000-000000000000&reconnection=false&skipWebSocketFrames=false";

/// Looks.
pub fn observe(target: &Target) -> Observed {
    let asked = target.without_token();
    let (mut browser, way, token) = arrive(target, &asked);
    let last = way.steps.last().filter(|_| matches!(way.end, End::Answer));
    let place = last.map(|last| place::of(last, &asked));
    if place.as_ref().is_some_and(Place::is_login) {
        // It is not taken: to show it again would be one more attempt.
        browser.show(None);
    }
    // Who has to log in ends up elsewhere: what is said of the server is then said of the address
    // that was asked for, once it is clear where that is.
    let page = match &place {
        Some(place) if !place.is_login() => last.map_or(&asked, |last| &last.url),
        _ => before_login(&way).unwrap_or(&asked),
    };
    let (page, steps) = (page.clone(), !way.steps.is_empty());
    let base = base_of(&page).filter(|_| steps);
    let ide = base.as_ref().filter(|base| is_ide(base, place.as_ref()));
    let webview = match &place {
        Some(Place::Workbench(workbench)) => webview_of(workbench, &page),
        _ => None,
    };
    let webview = webview.filter(|outer| outer.origin() == page.origin());
    let head = |answer: Answer| answer.headers;
    Observed {
        webview: webview.and_then(|it| browser.get(&it, Asks::Frame(&page)).ok()).map(head),
        check: ide.and_then(|base| check(&mut browser, base, &page)),
        hub: of_jupyter(&mut browser, base.as_ref().and_then(hub_of)),
        jupyter: of_jupyter(&mut browser, ide.and_then(jupyter_of)),
        upgrade: ide.map(|base| websocket::ask(&mut browser, &with_session(base))),
        flaws: browser.flaws,
        asked,
        token,
        way,
        place,
    }
}

/// Goes there as a browser does, a token in the address included. Where that does not open the
/// door, the token is shown as a program would.
fn arrive(target: &Target, asked: &Url) -> (Browser, Way, Token) {
    let token = |token| if target.token.is_some() { token } else { Token::Missing };
    let mut browser = Browser::new(asked.clone(), target.token.clone());
    if !target.is_in_link {
        let way = browser.follow(asked);
        return (browser, way, token(Token::Variable));
    }
    let mut visitor = Browser::new(asked.clone(), None);
    // What the link would give away, a connection that anybody may have got into does not get.
    let is_safe = visitor.meet(asked).is_ok() && visitor.flaws.is_empty();
    let way = visitor.follow(if is_safe { &target.url } else { asked });
    let place = way.steps.last().map(|last| place::of(last, asked));
    if place.is_some_and(|place| place.is_login()) && is_safe {
        let way = browser.follow(asked);
        return (browser, way, Token::LinkAsHeader);
    }
    visitor.show(target.token.clone());
    (visitor, way, Token::Link)
}

/// The last address on the way to a login that was still the server's.
fn before_login(way: &Way) -> Option<&Url> {
    let first = way.steps.first()?;
    let is_servers =
        |step: &&Answer| step.url.host() == first.url.host() && !step.url.path().contains("/hub/");
    way.steps.iter().rfind(is_servers).map(|step| &step.url)
}

/// Whether the IDE is at `base`: it was seen there, or its address says so.
fn is_ide(base: &Url, place: Option<&Place>) -> bool {
    match place {
        Some(Place::Workbench(_) | Place::StartUp | Place::SignIn) => true,
        Some(Place::Hub | Place::Jupyter | Place::HostRefused(_)) | None => false,
        Some(Place::HubLogin | Place::Login | Place::Error(_) | Place::Other) => {
            base.path().ends_with("/ide/")
        }
    }
}

fn check(browser: &mut Browser, base: &Url, page: &Url) -> Option<Check> {
    let answer = browser.get(&base.join("api/voice-check").ok()?, Asks::Script(page)).ok()?;
    let said: Said = serde_json::from_str(&answer.body).ok().filter(|_| answer.status == 200)?;
    Some(Check { said, got: answer.headers })
}

fn of_jupyter(browser: &mut Browser, url: Option<Url>) -> Option<http::HeaderMap> {
    let answer = browser.get(&url?, Asks::Page).ok()?;
    Some(answer.headers).filter(place::is_jupyter)
}

fn with_session(base: &Url) -> Url {
    let mut url = base.clone();
    url.set_query(Some(SESSION));
    url
}
