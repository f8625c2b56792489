//! How a person or a program shows the token.

use std::time::Duration;

use http::StatusCode;
use http::header::{self, HeaderValue};

use crate::gateway::access::gate::{self, Gate, Verdict};
use crate::gateway::asked::{Asked, Destination, Entry};
use crate::gateway::form;
use crate::gateway::http1::RequestHead;
use crate::gateway::pages;
use crate::gateway::respond::{self, Answer, Refusal};
use crate::gateway::turn::Turn;

/// Where the sign-in form is sent, under the base path.
pub const PATH: &str = "/api/sign-in";
/// The longest form that is read, in bytes.
const MAX_FORM: usize = 16 * 1024;
/// How long the answer to a wrong token is held back.
const PENALTY: Duration = Duration::from_millis(500);

type Admitted = Result<Entry, Refusal>;

/// Whether a request comes from somebody who is signed in, and asks for nothing that has to do with
/// that.
pub fn is_plainly_signed_in(gate: &Gate, asked: &Asked, head: &RequestHead) -> bool {
    asked.destination.api_path() != PATH
        && gate.is_signed_in(head.fields(), &asked.host)
        && !shows_token(gate, asked, head)
}

/// Lets a request in that carries the token, or something that stands for it.
pub async fn admit(gate: &Gate, asked: &Asked, turn: &mut Turn<'_>) -> Admitted {
    let (api, head) = (asked.destination.api_path(), turn.head);
    if api == PATH && head.method() == "POST" {
        return Err(Box::new(form_sent(gate, asked, turn).await));
    }
    if gate.is_signed_in(head.fields(), &asked.host) {
        return signed_in(gate, asked, head);
    }
    if let Some(token) = gate::bearer(head.fields()) {
        return match check(gate, asked, token).await {
            Verdict::Right => Ok(Entry::Known),
            verdict => Err(Box::new(refuse(asked, verdict, head))),
        };
    }
    if let Some(token) = shown_in_query(head) {
        return Err(Box::new(query_shown(gate, asked, head, &token).await));
    }
    match api {
        "/api/health" => Ok(Entry::Anonymous),
        _ => Err(Box::new(unknown(asked, head))),
    }
}

/// Somebody who is signed in needs no token in the address, and no page to sign in on.
fn signed_in(gate: &Gate, asked: &Asked, head: &RequestHead) -> Admitted {
    if shows_token(gate, asked, head) {
        return Err(Box::new(without_token(head)));
    }
    if asked.destination.api_path() == PATH {
        return Err(Box::new(respond::redirect(StatusCode::SEE_OTHER, asked.base())));
    }
    Ok(Entry::Known)
}

/// Whether there is a token in the address that is to go from there. What listens at a port may have
/// one of its own, as a Jupyter server does; ours is kept from it.
fn shows_token(gate: &Gate, asked: &Asked, head: &RequestHead) -> bool {
    let is_ours = |shown: &String| match asked.destination {
        Destination::Port(_) => gate.is_token(shown.as_bytes()),
        _ => true,
    };
    shown_in_query(head).as_ref().is_some_and(is_ours)
}

/// Compares a token; a wrong one takes its time.
async fn check(gate: &Gate, asked: &Asked, token: &str) -> Verdict {
    let verdict = gate.verify(token.as_bytes(), asked.peer);
    if verdict == Verdict::Wrong {
        match asked.peer {
            Some(peer) => tracing::warn!("{peer} has shown a wrong token"),
            None => tracing::warn!("a wrong token was shown"),
        }
        tokio::time::sleep(PENALTY).await;
    }
    verdict
}

/// The answer to the form of the sign-in page.
async fn form_sent(gate: &Gate, asked: &Asked, turn: &mut Turn<'_>) -> Answer {
    let secure = gate::came_by_https(turn.head.fields());
    let Some(body) = turn.read_body(MAX_FORM).await else {
        return respond::error(StatusCode::BAD_REQUEST, "bad_request", "the form is unreadable");
    };
    let body = String::from_utf8_lossy(&body).into_owned();
    let next = form::value(&body, "next").filter(|next| next.starts_with('/'));
    let next = next.unwrap_or_else(|| asked.base().to_owned());
    let token = form::value(&body, "token").unwrap_or_default();
    match check(gate, asked, token.trim()).await {
        Verdict::Right => with_cookie(
            respond::redirect(StatusCode::SEE_OTHER, &next),
            gate.cookie(&asked.host, secure),
        ),
        verdict if asked.navigation || asked.accepts_html => {
            sign_in_page(asked, &next, Some(verdict))
        }
        verdict => refuse(asked, verdict, turn.head),
    }
}

/// The answer to `?token=`: a right one is turned into a cookie and leaves the address bar.
async fn query_shown(gate: &Gate, asked: &Asked, head: &RequestHead, token: &str) -> Answer {
    match check(gate, asked, token).await {
        Verdict::Right => {
            let secure = gate::came_by_https(head.fields());
            with_cookie(without_token(head), gate.cookie(&asked.host, secure))
        }
        verdict => refuse(asked, verdict, head),
    }
}

fn with_cookie(mut answer: Answer, cookie: Option<HeaderValue>) -> Answer {
    if let Some(cookie) = cookie {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    // The address that led here may hold the token, and is nobody else's business.
    let silent = HeaderValue::from_static("no-referrer");
    answer.headers_mut().insert(header::REFERRER_POLICY, silent);
    answer
}

/// The token of `?token=`, which only a request that reads may show: a form has its own place.
fn shown_in_query(head: &RequestHead) -> Option<String> {
    form::value(head.query()?, "token").filter(|_| head.reads())
}

fn without_token(head: &RequestHead) -> Answer {
    respond::redirect(StatusCode::FOUND, &target_without_token(head))
}

/// The path and query of a request, without the token in it.
fn target_without_token(head: &RequestHead) -> String {
    let query = form::without(head.query().unwrap_or_default(), "token");
    if query.is_empty() { head.path().to_owned() } else { format!("{}?{query}", head.path()) }
}

fn unknown(asked: &Asked, head: &RequestHead) -> Answer {
    if asked.navigation {
        return sign_in_page(asked, &next(asked, head), None);
    }
    unauthorized(
        "this server needs its token: sign in with a browser, or send Authorization: Bearer",
    )
}

fn refuse(asked: &Asked, verdict: Verdict, head: &RequestHead) -> Answer {
    if asked.navigation {
        return sign_in_page(asked, &next(asked, head), Some(verdict));
    }
    match verdict {
        Verdict::TooMany(wait) => too_many(wait),
        _ => unauthorized("the token is not this server's"),
    }
}

/// Where to go after signing in: where the person wanted to go.
fn next(asked: &Asked, head: &RequestHead) -> String {
    match asked.destination.api_path() {
        PATH => asked.base().to_owned(),
        _ => target_without_token(head),
    }
}

fn sign_in_page(asked: &Asked, next: &str, verdict: Option<Verdict>) -> Answer {
    let trouble = match verdict {
        None | Some(Verdict::Right) => String::new(),
        Some(Verdict::Wrong) => "That is not this server’s token.".to_owned(),
        Some(Verdict::TooMany(wait)) => {
            format!("Too many wrong tokens. Try again in {} s.", wait.as_secs() + 1)
        }
    };
    let action = format!("{}{}", asked.base().trim_end_matches('/'), PATH);
    let mut answer = pages::sign_in(&action, next, &trouble);
    match verdict {
        Some(Verdict::TooMany(wait)) => slow_down(&mut answer, wait),
        _ => challenge(&mut answer),
    }
    answer
}

fn unauthorized(message: &str) -> Answer {
    let mut answer = respond::error(StatusCode::UNAUTHORIZED, "unauthorized", message);
    challenge(&mut answer);
    answer
}

fn too_many(wait: Duration) -> Answer {
    let message = "too many wrong tokens; try again later";
    let mut answer = respond::error(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message);
    slow_down(&mut answer, wait);
    answer
}

/// RFC 9110 §15.5.2 wants a challenge with every 401. Browsers show no dialogue for this scheme.
fn challenge(answer: &mut Answer) {
    let bearer = HeaderValue::from_static("Bearer realm=\"waiide\"");
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
}

fn slow_down(answer: &mut Answer, wait: Duration) {
    *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_leaves_the_address_and_the_rest_stays() {
        for (target, rest) in [
            ("/?token=a", "/"),
            ("/x?token=a&folder=/w%2F1", "/x?folder=/w%2F1"),
            ("/x?a=1&token=b&token=c&d", "/x?a=1&d"),
            ("/x", "/x"),
        ] {
            let mut head = RequestHead::default();
            head.read(format!("GET {target} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
            assert_eq!(target_without_token(&head), rest);
        }
    }
}
