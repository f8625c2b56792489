//! One client's connection.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Request, StatusCode, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::app::App;
use super::framing::{Ambiguous, Watched};
use super::listener::Accepted;
use super::respond::{self, Answer};
use super::way;

/// How long a client may take to send a request's head, the wait for its first byte on a
/// connection that is kept open included. Bodies and WebSockets may take as long as they like.
const HEAD: Duration = Duration::from_secs(30);

/// Serves a client until it goes, or until the gateway is to end: then what is being answered is
/// still answered.
pub async fn serve(app: Arc<App>, accepted: Accepted) {
    match accepted {
        Accepted::Tcp(stream, peer) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY");
            }
            serve_stream(app, stream, Some(peer)).await;
        }
        Accepted::Unix(stream) => serve_stream(app, stream, None).await,
    }
}

async fn serve_stream<IO>(app: Arc<App>, stream: IO, peer: Option<IpAddr>)
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut ending = app.ending.clone();
    let (stream, ambiguous) = Watched::new(stream);
    let service = service_fn(move |request| {
        let (app, ambiguous) = (app.clone(), ambiguous.clone());
        async move { Ok::<_, Infallible>(answer(&app, peer, &ambiguous, request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut connection = pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = ending.come() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, ?peer, "a connection ended");
    }
}

/// Answers one request, and closes the connection after one that used a transfer coding: it is the
/// means by which a request can hide another from us (RFC 9112 §6.1).
async fn answer(
    app: &Arc<App>,
    peer: Option<IpAddr>,
    ambiguous: &Ambiguous,
    request: Request<Incoming>,
) -> Answer {
    if ambiguous.seen() {
        return closing(too_ambiguous());
    }
    let last = request.headers().contains_key(header::TRANSFER_ENCODING);
    let answer = way::answer(app, peer, request).await;
    if last && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        closing(answer)
    } else {
        answer
    }
}

fn too_ambiguous() -> Answer {
    let message = "the request gives its length more than once";
    respond::error(StatusCode::BAD_REQUEST, "bad_request", message)
}

fn closing(mut answer: Answer) -> Answer {
    *answer.version_mut() = Version::HTTP_11;
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
