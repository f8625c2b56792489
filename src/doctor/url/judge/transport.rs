//! How it comes: TLS, whose name, by WebSocket.

use url::Url;

use crate::doctor::finding::printable;
use crate::doctor::finding::{Finding, Reasoned, Side};
use crate::doctor::url::advice;
use crate::doctor::url::browser::End;
use crate::doctor::url::observed::{Observed, Token};
use crate::doctor::url::place::Place;
use crate::doctor::url::target::{self, authority, shown};
use crate::doctor::url::websocket::Upgrade;

const NO_MICROPHONE: &str = "browsers keep the microphone and webviews for secure contexts: there \
    is no navigator.mediaDevices, and no header changes that";

/// TLS, and what is said of the request on its way.
pub fn look(observed: &Observed) -> Vec<Finding> {
    let mut findings: Vec<_> = observed.flaws.iter().map(|(at, flaw)| of_flaw(at, flaw)).collect();
    if matches!(observed.way.end, End::Answer) {
        findings.push(secure_context(observed.at()));
    }
    findings.extend(downgraded(observed));
    findings.extend(host(observed));
    findings.extend(scheme(observed));
    findings
}

fn of_flaw(origin: &str, flaw: &crate::doctor::url::connection::Trouble) -> Finding {
    let what = format!("{origin}: a browser warns of the certificate: {flaw}");
    Finding::broken("https", what)
        .because(
            "webviews need a service worker, which browsers refuse where a certificate was waved \
             through",
        )
        .change(
            Side::ReverseProxy,
            "a certificate for this name from an authority that browsers know, with the \
             intermediate ones; what follows was looked at without it, and without a token",
        )
        .paste(advice::CERTIFICATE)
}

/// Secure Contexts §3.1: https, or this very machine.
fn secure_context(url: &Url) -> Finding {
    let at = url.origin().ascii_serialization();
    if url.scheme() == "https" {
        return Finding::ok("https", format!("{at} is a secure context"));
    }
    match target::is_secure(url) {
        true => Finding::ok("https", format!("{at} is a secure context: this machine itself")),
        false => Finding::broken("https", format!("{at} is no secure context"))
            .because(NO_MICROPHONE)
            .change(Side::ReverseProxy, "serve it by https://, in nginx:")
            .paste(&advice::tls(url.host_str().unwrap_or("hub.example.com"))),
    }
}

/// An https address that leads to an http one.
fn downgraded(observed: &Observed) -> Option<Finding> {
    let steps = &observed.way.steps;
    let pair = steps
        .iter()
        .zip(steps.iter().skip(1))
        .find(|(from, to)| from.url.scheme() == "https" && to.url.scheme() == "http");
    pair.map(|(from, to)| {
        let what = format!("{} leads to {}", shown(&from.url), shown(&to.url));
        Finding::broken("https", what)
            .because("whoever makes the redirect does not know that the browser comes by https")
            .change(Side::ReverseProxy, "say so, in nginx:")
            .paste(advice::SCHEME)
    })
}

/// The host as it reached the container.
fn host(observed: &Observed) -> Option<Finding> {
    let check = observed.check.as_ref()?;
    let (wanted, received) = (authority(observed.at()), printable(check.said.received("host")?));
    if received.trim().eq_ignore_ascii_case(&wanted) {
        return Some(Finding::ok("host", format!("the container learns that it is {wanted}")));
    }
    let what =
        format!("the container is told that it is {received}, and the browser says {wanted}");
    Some(
        Finding::broken("host", what)
            .because(
                "servers compare it with Origin: a browser's WebSockets are refused (403), and \
                 redirects lead elsewhere",
            )
            .change(Side::ReverseProxy, "pass the browser's host on, with its port, in nginx:")
            .paste(advice::HOST),
    )
}

/// The scheme as it reached the container.
fn scheme(observed: &Observed) -> Option<Finding> {
    let check = observed.check.as_ref()?;
    let received = check.said.received("x-forwarded-proto").unwrap_or("http");
    let first = received.split(',').next().unwrap_or_default().trim().to_ascii_lowercase();
    (observed.at().scheme() == "https" && first != "https").then(|| {
        Finding::warning("https", "the container does not learn that the browser comes by https")
            .because("its cookies lack Secure, and redirects of others may lead to http://")
            .change(Side::ReverseProxy, "say so, in nginx:")
            .paste(advice::SCHEME)
    })
}

/// The WebSocket without which the workbench stays empty.
pub fn of_socket(observed: &Observed) -> Option<Finding> {
    // An IDE that starts refuses them all.
    let upgrade = observed.upgrade.as_ref().filter(|_| observed.place != Some(Place::StartUp))?;
    let is_in = matches!(observed.place, Some(Place::Workbench(_)));
    Some(match upgrade {
        Upgrade::Open => Finding::ok("websocket", "it opens"),
        Upgrade::Broken(words) => broken(format!("it does not open: {words}"))
            .change(Side::ReverseProxy, "pass Upgrade and Connection on, in nginx:")
            .paste(advice::UPGRADE),
        Upgrade::Status(status, target) => match status {
            200 | 400 | 404 | 405 | 426 if is_in => not_passed_on(*status),
            301 | 302 | 303 | 307 | 308 => redirected(observed, *status, target.as_ref()),
            401 | 403 if !is_in => return None,
            403 => refused(observed),
            502..=504 => broken(format!("it is answered {status}"))
                .change(Side::ReverseProxy, "see whether what stands behind is reached at all"),
            other if is_in => broken(format!("it is answered {other} rather than 101"))
                .change(Side::ReverseProxy, "pass Upgrade and Connection on, in nginx:")
                .paste(advice::UPGRADE),
            _ => return None,
        },
    })
}

fn broken(what: String) -> Reasoned {
    Finding::broken("websocket", what)
        .because("the workbench stays empty: it speaks to its server by WebSocket alone")
}

fn not_passed_on(status: u16) -> Finding {
    broken(format!("it is answered {status} like any other request: Upgrade does not arrive"))
        .change(Side::ReverseProxy, "pass Upgrade and Connection on, in nginx:")
        .paste(advice::UPGRADE)
}

/// A WebSocket of nobody's is refused (403); one that is sent to log in was taken for a page.
fn redirected(observed: &Observed, status: u16, target: Option<&Url>) -> Finding {
    let to_hub = target.is_some_and(|target| target.path().ends_with("/hub/api/oauth2/authorize"));
    match to_hub || matches!(observed.place, Some(Place::Workbench(_))) {
        true => not_passed_on(status),
        false => Finding::warning(
            "websocket",
            format!("it is answered {status}: whether it opens is not known without a login"),
        )
        .because("the workbench speaks to its server by WebSocket alone")
        .change(Side::Container, "ask again with a token, by ?token= or in WAIIDE_TOKEN"),
    }
}

fn refused(observed: &Observed) -> Finding {
    let why = match observed.token {
        Token::Missing | Token::Link => "what refuses it compares Origin with Host",
        Token::LinkAsHeader | Token::Variable => {
            "the page was served with the same token, so that it is about Origin and Host"
        }
    };
    broken(format!("it is refused (403): {why}"))
        .change(Side::ReverseProxy, "pass the browser's host on, with its port, in nginx:")
        .paste(advice::HOST)
}
