//! One request to the IDE, and its answer.

use std::sync::Arc;

use http::header::{self, HeaderMap};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

use super::hop_by_hop::{self, Wishes};
use super::pool::{Connection, SendError};
use super::request_body::{RequestBody, await_continue};
use super::response_body::ResponseBody;
use super::{cookies, forwarded, tunnel};
use crate::gateway::app::App;
use crate::gateway::asked::Asked;
use crate::gateway::base_path::Place;
use crate::gateway::facts;
use crate::gateway::respond::{self, Answer, Refusal};

/// A request that is ready to be sent.
pub struct Exchange {
    request: Request<RequestBody>,
    /// Whether the client asked for the head alone.
    head_only: bool,
    /// The client's connection, once it is a WebSocket.
    client: Option<OnUpgrade>,
}

/// Why there is no answer.
pub enum Failure {
    /// Nobody listens; the exchange is as it was.
    Unreachable(Box<Exchange>),
    /// The connection broke before there was an answer.
    Broken,
}

impl Exchange {
    /// Makes the IDE's request from the client's.
    pub fn prepare(
        app: &App,
        asked: &Asked,
        mut request: Request<Incoming>,
    ) -> Result<Exchange, Refusal> {
        let websocket = facts::is_websocket(request.headers());
        let client = websocket.then(|| hyper::upgrade::on(&mut request));
        let head_only = request.method() == Method::HEAD;
        let (mut head, body) = request.into_parts();
        head.uri = target(app, &head.uri)?;
        head.version = Version::HTTP_11;
        // A VS Code server answers 405 to HEAD.
        if head_only {
            head.method = Method::GET;
        }
        let waits = facts::has_token(&head.headers, &header::EXPECT, "100-continue");
        rewrite_head(app, asked, &mut head.headers);
        let mut request = Request::from_parts(head, RequestBody::new(body));
        if waits {
            await_continue(&mut request);
        }
        Ok(Exchange { request, head_only, client })
    }

    /// Sends the request and returns the answer, whose body is still to come.
    pub async fn run(self, app: &Arc<App>) -> Result<Answer, Failure> {
        let Exchange { request, head_only, client } = self;
        match app.upstream.send(request).await {
            Ok((response, _)) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                Ok(switched(app, client, response))
            }
            Ok((response, connection)) => Ok(relayed(app, head_only, response, connection)),
            Err(SendError::Unreachable(error, request)) => {
                tracing::debug!(%error, "the IDE cannot be reached");
                app.metrics.upstream_failed();
                Err(Failure::Unreachable(Box::new(Exchange {
                    request: *request,
                    head_only,
                    client,
                })))
            }
            Err(SendError::Broken(error)) => {
                tracing::debug!(%error, "the IDE did not answer");
                app.metrics.upstream_failed();
                Err(Failure::Broken)
            }
        }
    }
}

/// The request target: the path under the base path and the query, byte for byte.
fn target(app: &App, uri: &Uri) -> Result<Uri, Refusal> {
    let whole = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let Place::Inside(inside) = app.base_path.locate(whole) else {
        let message = "the path is not under the base path";
        return Err(Box::new(respond::error(StatusCode::NOT_FOUND, "not_found", message)));
    };
    let target = PathAndQuery::from_maybe_shared(bytes::Bytes::copy_from_slice(inside.as_bytes()));
    target.map(Uri::from).map_err(|_| {
        let message = "the request target cannot be read";
        Box::new(respond::error(StatusCode::BAD_REQUEST, "bad_request", message))
    })
}

fn rewrite_head(app: &App, asked: &Asked, headers: &mut HeaderMap) {
    let wishes = Wishes::of(headers);
    hop_by_hop::remove(headers);
    cookies::remove_credentials(headers);
    if !app.behind_jupyter {
        forwarded::replace(headers, asked.peer, &asked.host, app.base_path.prefix());
        if let Ok(host) = asked.host.to_string().parse() {
            headers.insert(header::HOST, host);
        }
    }
    wishes.write(headers);
}

/// An answer that goes to the client as it comes.
fn relayed(
    app: &App,
    head_only: bool,
    response: Response<Incoming>,
    connection: Connection,
) -> Answer {
    let (mut head, body) = response.into_parts();
    hop_by_hop::remove(&mut head.headers);
    head.version = Version::HTTP_11;
    // A body that nobody wants is not read: dropping it closes the connection.
    let body = if head_only {
        respond::empty()
    } else {
        ResponseBody::new(body, connection, app.upstream.clone()).boxed_unsync()
    };
    Response::from_parts(head, body)
}

/// An answer after which both connections carry a WebSocket.
fn switched(app: &Arc<App>, client: Option<OnUpgrade>, mut response: Response<Incoming>) -> Answer {
    let backend = hyper::upgrade::on(&mut response);
    let websocket = facts::has_token(response.headers(), &header::UPGRADE, "websocket");
    let (Some(client), true) = (client, websocket) else {
        app.metrics.upstream_failed();
        let message = "the IDE changed to a protocol that was not asked for";
        return respond::error(StatusCode::BAD_GATEWAY, "bad_gateway", message);
    };
    let open = app.metrics.websocket_opened();
    let ending = app.ending.clone();
    tokio::spawn(async move {
        if let Err(error) = tunnel::carry(client, backend, ending).await {
            tracing::debug!(%error, "a WebSocket ended");
        }
        drop(open);
    });
    let (mut head, _) = response.into_parts();
    hop_by_hop::remove(&mut head.headers);
    Wishes::websocket().write(&mut head.headers);
    Response::from_parts(head, respond::empty())
}
