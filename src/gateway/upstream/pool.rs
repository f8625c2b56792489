//! Connections to the IDE, kept open between requests.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::request_body::RequestBody;

/// How long a connection may lie idle. Node's HTTP server hangs up after 5 s; a request that is
/// sent just then would be lost.
const IDLE_AT_MOST: Duration = Duration::from_secs(4);
/// How many idle connections are kept.
const KEPT: usize = 128;
/// How long connecting may take. On one machine it is a matter of microseconds, or of a listener
/// whose queue is full.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection over which a request can be sent.
pub type Connection = SendRequest<RequestBody>;

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// There is no connection. The request was not sent, and can be once there is one.
    #[error("cannot connect: {0}")]
    Unreachable(io::Error, Box<Request<RequestBody>>),
    /// The connection broke after some of the request may have been read.
    #[error(transparent)]
    Broken(#[from] hyper::Error),
}

/// The IDE.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    idle: Mutex<Vec<Idle>>,
    answered: AtomicBool,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Instant,
}

impl Upstream {
    /// The IDE at an address; nothing is opened yet.
    pub fn new(address: SocketAddr) -> Upstream {
        Upstream { address, idle: Mutex::default(), answered: AtomicBool::new(false) }
    }

    /// Whether the IDE has answered any request so far.
    pub fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Sends a request and returns the answer's head, with the connection that its body comes over.
    ///
    /// A request that may be sent twice (RFC 9110 §9.2.2) and has no body goes over an idle
    /// connection, and once more over a new one if the IDE has hung up in the meantime. Any other
    /// gets a connection of its own, since it could not be sent again.
    pub async fn send(
        &self,
        mut request: Request<RequestBody>,
    ) -> Result<(Response<Incoming>, Connection), SendError> {
        while let Some(mut connection) = self.take_idle(&request) {
            let copy = copy(&request);
            match connection.try_send_request(request).await {
                Ok(response) => return Ok((self.noted(response), connection)),
                Err(mut error) => request = error.take_message().unwrap_or(copy),
            }
        }
        let mut connection = match self.connect().await {
            Ok(connection) => connection,
            Err(error) => return Err(SendError::Unreachable(error, Box::new(request))),
        };
        let response = connection.send_request(request).await?;
        Ok((self.noted(response), connection))
    }

    fn noted(&self, response: Response<Incoming>) -> Response<Incoming> {
        self.answered.store(true, Ordering::Relaxed);
        response
    }

    async fn connect(&self) -> io::Result<Connection> {
        let connecting = TcpStream::connect(self.address);
        let stream = timeout(CONNECT, connecting).await.map_err(io::Error::from)??;
        stream.set_nodelay(true)?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (connection, driver) = handshake.map_err(io::Error::other)?;
        tokio::spawn(async move {
            if let Err(error) = driver.with_upgrades().await {
                tracing::debug!(%error, "a connection to the IDE ended");
            }
        });
        Ok(connection)
    }

    /// An idle connection for a request that may use one: the one used last, since the others are
    /// likelier to be hung up on.
    fn take_idle(&self, request: &Request<RequestBody>) -> Option<Connection> {
        let upgrades = request.headers().contains_key(http::header::UPGRADE);
        if upgrades || !request.method().is_idempotent() || !request.body().is_end_stream() {
            return None;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(Idle::is_usable);
        idle.pop().map(|idle| idle.connection)
    }

    /// Takes a connection back whose answer has been read to its end.
    pub fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= KEPT {
            idle.retain(Idle::is_usable);
        }
        if idle.len() < KEPT && !connection.is_closed() {
            idle.push(Idle { connection, since: Instant::now() });
        }
    }
}

impl Idle {
    fn is_usable(&self) -> bool {
        !self.connection.is_closed() && self.since.elapsed() < IDLE_AT_MOST
    }
}

/// The same request again; it has no body.
fn copy(request: &Request<RequestBody>) -> Request<RequestBody> {
    let mut copy = Request::new(RequestBody::none());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}
