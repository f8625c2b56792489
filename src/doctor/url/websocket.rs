//! The handshake of a WebSocket as a browser asks for one (RFC 6455 §4.1).

use http::Request;
use http::header::{
    CONNECTION, HOST, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE, USER_AGENT,
};
use tungstenite::HandshakeError;
use tungstenite::handshake::client::{ClientHandshake, Response, generate_key};
use url::Url;

use super::browser::{self, Browser};
use super::connection::{self, Stream, Trust};
use super::target;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upgrade {
    /// It is open.
    Open,
    /// It was answered by this status, and sent on to there.
    Status(u16, Option<Url>),
    /// It broke.
    Broken(String),
}

/// Asks `url`, an http(s) address, for a WebSocket.
pub fn ask(browser: &mut Browser, url: &Url) -> Upgrade {
    let trust = match browser.meet(url) {
        Ok(trust) => trust,
        Err(trouble) => return Upgrade::Broken(trouble.to_string()),
    };
    let request = match request(browser, url, trust) {
        Ok(request) => request,
        Err(error) => return Upgrade::Broken(error.to_string()),
    };
    let stream = match connection::open(url, trust) {
        Ok(stream) => stream,
        Err(trouble) => return Upgrade::Broken(trouble.to_string()),
    };
    shake_hands(stream, request, url)
}

/// Chromium says nothing of where it comes from but Origin.
fn request(browser: &Browser, url: &Url, trust: Trust) -> Result<Request<()>, http::Error> {
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    let host = target::authority(url);
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("{scheme}://{host}{}{query}", url.path());
    let mut request = Request::get(target)
        .header(HOST, host)
        .header(ORIGIN, url.origin().ascii_serialization())
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, generate_key())
        .header(USER_AGENT, browser::NAME);
    for (name, value) in browser.known_to(url, trust) {
        request = request.header(name, value);
    }
    request.body(())
}

fn shake_hands(stream: Stream, request: Request<()>, url: &Url) -> Upgrade {
    let shaken = match ClientHandshake::start(stream, request, None) {
        Ok(handshake) => handshake.handshake(),
        Err(error) => Err(HandshakeError::Failure(error)),
    };
    match shaken {
        Ok((mut socket, _)) => {
            let _ = socket.close(None);
            Upgrade::Open
        }
        Err(HandshakeError::Failure(tungstenite::Error::Http(answer))) => of_answer(&answer, url),
        Err(HandshakeError::Failure(error)) => Upgrade::Broken(error.to_string()),
        Err(HandshakeError::Interrupted(_)) => {
            Upgrade::Broken(format!("no answer within {} s", connection::PATIENCE.as_secs()))
        }
    }
}

fn of_answer(answer: &Response, url: &Url) -> Upgrade {
    let target = answer.headers().get(http::header::LOCATION).and_then(|it| it.to_str().ok());
    Upgrade::Status(answer.status().as_u16(), target.and_then(|target| url.join(target).ok()))
}
