//! How a person or a program shows the token.

use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

use super::Entry;
use super::gate::{self, Gate, Verdict};
use crate::gateway::asked::Asked;
use crate::gateway::form;
use crate::gateway::pages;
use crate::gateway::respond::{self, Answer, Refusal};

/// Where the sign-in form is sent, under the base path.
pub const PATH: &str = "/api/sign-in";
/// The longest form that is read, in bytes.
const MAX_FORM: usize = 16 * 1024;
/// How long the answer to a wrong token is held back.
const PENALTY: Duration = Duration::from_millis(500);

type Admitted = Result<(Entry, Request<Incoming>), Refusal>;

/// Lets a request in that carries the token, or something that stands for it.
pub async fn admit(gate: &Gate, asked: &Asked, request: Request<Incoming>) -> Admitted {
    let api = asked.destination.api_path();
    if api == PATH && request.method() == Method::POST {
        return Err(Box::new(form_sent(gate, asked, request).await));
    }
    if gate.is_signed_in(request.headers(), &asked.host) {
        return signed_in(asked, request);
    }
    if let Some(token) = gate::bearer(request.headers()) {
        return match check(gate, asked, token).await {
            Verdict::Right => Ok((Entry::Known, request)),
            verdict => Err(Box::new(refuse(asked, verdict, request.uri()))),
        };
    }
    if let Some(token) = shown_in_query(&request) {
        return Err(Box::new(query_shown(gate, asked, &request, &token).await));
    }
    match api {
        "/api/health" => Ok((Entry::Anonymous, request)),
        _ => Err(Box::new(unknown(asked, request.uri()))),
    }
}

/// Somebody who is signed in needs no token in the address, and no page to sign in on.
fn signed_in(asked: &Asked, request: Request<Incoming>) -> Admitted {
    if shown_in_query(&request).is_some() {
        return Err(Box::new(without_token(request.uri())));
    }
    if asked.destination.api_path() == PATH {
        return Err(Box::new(respond::redirect(StatusCode::SEE_OTHER, &asked.base)));
    }
    Ok((Entry::Known, request))
}

/// Compares a token; a wrong one takes its time.
async fn check(gate: &Gate, asked: &Asked, token: &str) -> Verdict {
    let verdict = gate.verify(token.as_bytes(), asked.peer);
    if verdict == Verdict::Wrong {
        tracing::warn!(peer = ?asked.peer, "a wrong token was shown");
        tokio::time::sleep(PENALTY).await;
    }
    verdict
}

/// The answer to the form of the sign-in page.
async fn form_sent(gate: &Gate, asked: &Asked, request: Request<Incoming>) -> Answer {
    let secure = gate::came_by_https(request.headers());
    let uri = request.uri().clone();
    let Ok(body) = Limited::new(request.into_body(), MAX_FORM).collect().await else {
        return respond::error(StatusCode::BAD_REQUEST, "bad_request", "the form is unreadable");
    };
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    let next = form::value(&body, "next").filter(|next| next.starts_with('/'));
    let next = next.unwrap_or_else(|| asked.base.clone());
    let token = form::value(&body, "token").unwrap_or_default();
    match check(gate, asked, token.trim()).await {
        Verdict::Right => with_cookie(
            respond::redirect(StatusCode::SEE_OTHER, &next),
            gate.cookie(&asked.host, secure),
        ),
        verdict if asked.navigation || asked.accepts_html => {
            sign_in_page(asked, &next, Some(verdict))
        }
        verdict => refuse(asked, verdict, &uri),
    }
}

/// The answer to `?token=`: a right one is turned into a cookie and leaves the address bar.
async fn query_shown(
    gate: &Gate,
    asked: &Asked,
    request: &Request<Incoming>,
    token: &str,
) -> Answer {
    match check(gate, asked, token).await {
        Verdict::Right => {
            let secure = gate::came_by_https(request.headers());
            with_cookie(without_token(request.uri()), gate.cookie(&asked.host, secure))
        }
        verdict => refuse(asked, verdict, request.uri()),
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
fn shown_in_query(request: &Request<Incoming>) -> Option<String> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    form::value(request.uri().query()?, "token").filter(|_| reads)
}

fn without_token(uri: &Uri) -> Answer {
    respond::redirect(StatusCode::FOUND, &target_without_token(uri))
}

/// The path and query of a request, without the token in it.
fn target_without_token(uri: &Uri) -> String {
    let query = form::without(uri.query().unwrap_or_default(), "token");
    if query.is_empty() { uri.path().to_owned() } else { format!("{}?{query}", uri.path()) }
}

fn unknown(asked: &Asked, uri: &Uri) -> Answer {
    if asked.navigation {
        return sign_in_page(asked, &next(asked, uri), None);
    }
    unauthorized(
        "this server needs its token: sign in with a browser, or send Authorization: Bearer",
    )
}

fn refuse(asked: &Asked, verdict: Verdict, uri: &Uri) -> Answer {
    if asked.navigation {
        return sign_in_page(asked, &next(asked, uri), Some(verdict));
    }
    match verdict {
        Verdict::TooMany(wait) => too_many(wait),
        _ => unauthorized("the token is not this server's"),
    }
}

/// Where to go after signing in: where the person wanted to go.
fn next(asked: &Asked, uri: &Uri) -> String {
    match asked.destination.api_path() {
        PATH => asked.base.clone(),
        _ => target_without_token(uri),
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
    let action = format!("{}{}", asked.base.trim_end_matches('/'), PATH);
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
            assert_eq!(target_without_token(&target.parse().unwrap()), rest);
        }
    }
}
