//! One GET over TLS, to a server that wants a certificate of its caller's (JupyterHub's
//! internal_ssl).
//!
//! It takes those of the Hub and its proxy, and we have none of them (`app.py`,
//! `internal_ssl_components_trust`). That it refuses us, after it has shown its own certificate, is
//! an answer as well: it listens, and does its work.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, Error};

use super::http_get;
use crate::tls;

/// What it answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This status.
    Status(u16),
    /// That it wants another certificate.
    Refusal,
}

/// Sends `GET path`. `certificate` is the one that the server has to show, a PEM file. Blocks, each
/// step for no longer than `patience`.
///
/// # Errors
/// Nobody listens, or shows another certificate, or does not speak HTTP.
pub fn ask(
    address: SocketAddr,
    path: &str,
    certificate: &Path,
    patience: Duration,
) -> io::Result<Answer> {
    let socket = TcpStream::connect_timeout(&address, patience)?;
    socket.set_read_timeout(Some(patience))?;
    socket.set_write_timeout(Some(patience))?;
    let tls = ClientConnection::new(Arc::new(config(certificate)?), address.ip().into());
    let mut stream = rustls::StreamOwned::new(tls.map_err(io::Error::other)?, socket);
    match exchange(&mut stream, address, path) {
        Err(error) if is_refusal(&error) => Ok(Answer::Refusal),
        other => other.map(Answer::Status),
    }
}

fn exchange(stream: &mut (impl Read + Write), address: SocketAddr, path: &str) -> io::Result<u16> {
    stream.write_all(http_get::request(address, path).as_bytes())?;
    let mut answer = Vec::with_capacity(1024);
    match stream.take(http_get::MOST).read_to_end(&mut answer) {
        // An end without TLS's own says nothing against what came before it.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    http_get::status_of(&answer)
}

/// An alert can only come from a server that speaks TLS and has seen our certificate missing.
fn is_refusal(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    matches!(inner, Some(Error::AlertReceived(_)))
}

/// Takes one certificate and no other: which authority signed it is not known here.
fn config(certificate: &Path) -> io::Result<ClientConfig> {
    let expected = CertificateDer::from_pem_file(certificate)
        .map_err(|error| io::Error::other(format!("{}: {error}", certificate.display())))?;
    tls::judging(move |shown| match *shown == expected {
        true => Ok(()),
        false => Err(Error::General("it shows another certificate than its own".to_owned())),
    })
    .map_err(io::Error::other)
}
