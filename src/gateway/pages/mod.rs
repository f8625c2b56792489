//! The pages that people see in the IDE's place.
//!
//! Each is one file with nothing from elsewhere, so that it works where nothing else does yet. What
//! is put into a page is escaped, and its Content-Security-Policy admits its own style and script
//! by their hashes and nothing else.

mod template;
mod words;

use http::StatusCode;
use http::header::{self, HeaderValue};

use self::template::{Page, fill};
use super::access::authentication::Authentication;
use super::respond::{self, Answer};
use crate::control::protocol::ServiceStatus;

const STYLE: &str = include_str!("style.css");
const START_UP: &str = include_str!("start-up.html");
const START_UP_SCRIPT: &str = include_str!("start-up.js");
const STATUS: &str = include_str!("status.html");
const STATUS_SCRIPT: &str = include_str!("status.js");
const SIGN_IN: &str = include_str!("sign-in.html");
const HOST_REFUSED: &str = include_str!("host-refused.html");
const NOT_HERE: &str = include_str!("not-here.html");
const VOICE_CHECK: &str = include_str!("voice/check.html");
const VOICE_CHECK_SCRIPT: &str =
    concat!(include_str!("voice/microphone.js"), include_str!("voice/check.js"));
const VOICE_OUTER: &str = include_str!("voice/outer.html");
const VOICE_INNER_SCRIPT: &str =
    concat!(include_str!("voice/microphone.js"), include_str!("voice/inner.js"));

/// What a person sees until the IDE is ready. It turns into the IDE by itself. `base` is how the
/// page refers to the base path; `ide` is what is known of the IDE, for whoever has no scripts.
pub fn start_up(base: &str, ide: Option<&ServiceStatus>) -> Answer {
    let state = words::of_ide(ide);
    let body = fill(START_UP, &[("base", base), ("state", &state)]);
    let page = Page {
        // Without scripts, the page asks again now and then.
        head: r#"<noscript><meta http-equiv="refresh" content="2"></noscript>"#,
        script: START_UP_SCRIPT,
        ..Page::new("Starting…", &body)
    };
    finish(StatusCode::OK, &page)
}

/// The services, live, with what can be done about them, and who is let in.
pub fn status(authentication: Authentication) -> Answer {
    let (kind, door, advice) = words::of_door(authentication);
    let body = fill(STATUS, &[("kind", kind), ("door", door), ("advice", advice)]);
    let page = Page { kind: "wide", script: STATUS_SCRIPT, ..Page::new("Status", &body) };
    finish(StatusCode::OK, &page)
}

/// Asks for the token. `action` is where the form goes, `next` where the person goes then,
/// `trouble` what was wrong with the last attempt.
pub fn sign_in(action: &str, next: &str, trouble: &str) -> Answer {
    let body = fill(SIGN_IN, &[("action", action), ("next", next), ("trouble", trouble)]);
    finish(StatusCode::UNAUTHORIZED, &Page::new("Sign in", &body))
}

/// Says that a host name is not answered, and how to have it answered.
pub fn host_refused(name: &str) -> Answer {
    let body = fill(HOST_REFUSED, &[("host", name)]);
    finish(StatusCode::FORBIDDEN, &Page::new("Host name not allowed", &body))
}

/// Says that nothing is served outside the base path.
pub fn not_here(base: &str) -> Answer {
    let body = fill(NOT_HERE, &[("base", base)]);
    finish(StatusCode::NOT_FOUND, &Page::new("Not here", &body))
}

/// Asks the browser for the microphone, and says which link of the chain to an extension is broken.
pub fn voice_check() -> Answer {
    let page = Page {
        script: VOICE_CHECK_SCRIPT,
        has_frames: true,
        ..Page::new("Voice check", VOICE_CHECK)
    };
    finish(StatusCode::OK, &page)
}

/// The frames in it, which stand in one another as those of a webview of VS Code's do.
pub fn voice_frame(is_inner: bool) -> Answer {
    let page = match is_inner {
        true => Page { script: VOICE_INNER_SCRIPT, ..Page::new("Inner frame", "") },
        false => Page { has_frames: true, ..Page::new("Outer frame", VOICE_OUTER) },
    };
    finish(StatusCode::OK, &page)
}

fn finish(status: StatusCode, page: &Page) -> Answer {
    let mut answer = respond::typed(status, "text/html; charset=utf-8", page.html(STYLE));
    let headers = answer.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&page.content_security_policy(STYLE)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let same_origin = HeaderValue::from_static("same-origin");
    headers.insert(header::REFERRER_POLICY, same_origin);
    // The same address is the IDE's once it is ready, and JSON for a program.
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Cookie"));
    answer
}
