//! The answers that the gateway makes itself: JSON, text, pages, redirects.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::control::protocol::ErrorBody;

/// The body of an answer.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Full(Bytes),
    /// Piece by piece, as they come.
    Stream(mpsc::Receiver<Bytes>),
}

impl Body {
    /// Whether it comes piece by piece.
    pub fn is_stream(&self) -> bool {
        matches!(self, Body::Stream(_))
    }
}

/// What a client gets.
pub type Answer = Response<Body>;
/// An answer that ends a request's way early.
pub type Refusal = Box<Answer>;

/// An error in the API's shape.
#[derive(Serialize)]
struct ErrorDocument {
    error: ErrorBody,
}

/// An answer of a media type, never stored by a cache.
pub fn typed(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Body::Full(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// A JSON document.
pub fn json(status: StatusCode, document: &impl Serialize) -> Answer {
    match serde_json::to_vec(document) {
        Ok(body) => typed(status, "application/json; charset=utf-8", body),
        Err(error) => typed(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain; charset=utf-8",
            format!("the answer could not be written as JSON: {error}\n"),
        ),
    }
}

/// An error: `code` is a word for programs, `message` a sentence for people.
pub fn error(status: StatusCode, code: &str, message: impl Into<String>) -> Answer {
    let error = ErrorBody { code: code.into(), message: message.into() };
    json(status, &ErrorDocument { error })
}

/// An error about the method; `allow` lists those that are taken.
pub fn method_not_allowed(allow: &'static str, message: impl Into<String>) -> Answer {
    let mut answer = error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message);
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    answer
}

/// Plain text.
pub fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    typed(status, "text/plain; charset=utf-8", body)
}

/// A redirect to a path on this same server.
///
/// A path that starts with two slashes would be read as another host's name; `/.` in front keeps
/// it a path (WHATWG URL, "path-absolute-URL string"). A control character cannot be sent in a
/// header, but for the tab, which browsers leave out, slashes on either side or not: the answer is
/// then 400.
pub fn redirect(status: StatusCode, path: &str) -> Answer {
    let location = HeaderValue::from_str(&on_this_host(path)).ok();
    let Some(location) = location.filter(|_| !path.contains('\t')) else {
        return error(StatusCode::BAD_REQUEST, "bad_request", "the path holds a control character");
    };
    let mut answer = Response::new(Body::Full(Bytes::new()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::LOCATION, location);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The path as one that no browser takes for another host: browsers read `\` as `/`.
fn on_this_host(path: &str) -> String {
    match path.as_bytes() {
        [b'/', b'/' | b'\\', ..] => format!("/.{path}"),
        [b'/', ..] => path.to_owned(),
        _ => format!("/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_never_leaves_this_host() {
        for (path, location) in [
            ("/user/alice/", "/user/alice/"),
            ("//evil.example/x", "/.//evil.example/x"),
            ("/\\evil.example", "/./\\evil.example"),
            ("https://evil.example", "/https://evil.example"),
        ] {
            let answer = redirect(StatusCode::FOUND, path);
            assert_eq!(answer.headers()[header::LOCATION], location);
        }
    }

    #[test]
    fn what_a_browser_leaves_out_of_a_path_is_refused() {
        for path in ["/\t/evil.example", "/\n/evil.example", "/x\r"] {
            assert_eq!(redirect(StatusCode::FOUND, path).status(), StatusCode::BAD_REQUEST);
        }
    }

    #[test]
    fn an_error_has_the_shape_of_the_contract() {
        let document = ErrorDocument {
            error: ErrorBody { code: "not_found".into(), message: "no such thing".into() },
        };
        assert_eq!(
            serde_json::to_string(&document).unwrap(),
            r#"{"error":{"code":"not_found","message":"no such thing"}}"#
        );
    }
}
