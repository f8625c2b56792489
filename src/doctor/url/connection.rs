//! A connection as a browser makes it: TCP, and TLS that believes the machine's authorities.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, ClientConnection, Error, RootCertStore, StreamOwned};
use url::Url;

/// How long each step may take.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Whether certificates are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// As a browser does.
    Checked,
    /// Whatever is shown is taken. Nothing secret goes over such a connection.
    Blind,
}

/// Why there is no connection.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Trouble {
    /// The name leads nowhere.
    #[error("the name {0} is not known ({1})")]
    Name(String, String),
    /// Nobody answers.
    #[error("{0}")]
    Connect(String),
    /// The certificate is not what a browser takes.
    #[error("{}", words(.0))]
    Certificate(CertificateError),
    /// What answers speaks no TLS, or none that is known here.
    #[error("no TLS: {0}")]
    Tls(String),
}

/// A connection.
pub enum Stream {
    /// Without TLS.
    Plain(TcpStream),
    /// With it.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.write(bytes),
            Stream::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }
}

/// Connects to where `url` leads; with https the handshake is done by then.
///
/// # Errors
/// There is no connection.
pub fn open(url: &Url, trust: Trust) -> Result<Stream, Trouble> {
    let host = url.host_str().unwrap_or_default();
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let mut socket = connect(name, url.port_or_known_default().unwrap_or(80))?;
    if url.scheme() != "https" {
        return Ok(Stream::Plain(socket));
    }
    let server = ServerName::try_from(name.to_owned());
    let server = server.map_err(|error| Trouble::Tls(error.to_string()))?;
    let tls = config(trust).and_then(|config| ClientConnection::new(Arc::new(config), server));
    let mut tls = tls.map_err(|error| Trouble::Tls(error.to_string()))?;
    while tls.is_handshaking() {
        tls.complete_io(&mut socket).map_err(of_handshake)?;
    }
    Ok(Stream::Tls(Box::new(StreamOwned::new(tls, socket))))
}

fn connect(name: &str, port: u16) -> Result<TcpStream, Trouble> {
    let unknown = |error: io::Error| Trouble::Name(name.to_owned(), error.to_string());
    let addresses = (name, port).to_socket_addrs().map_err(unknown)?;
    let mut last = "the name has no address".to_owned();
    for address in addresses {
        let socket = TcpStream::connect_timeout(&address, PATIENCE).and_then(|socket| {
            socket.set_read_timeout(Some(PATIENCE))?;
            socket.set_write_timeout(Some(PATIENCE))?;
            Ok(socket)
        });
        match socket {
            Ok(socket) => return Ok(socket),
            Err(error) => last = format!("nobody answers at {address}: {error}"),
        }
    }
    Err(Trouble::Connect(last))
}

fn of_handshake(error: io::Error) -> Trouble {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(flaw)) => Trouble::Certificate(flaw.clone()),
        Some(other) => Trouble::Tls(other.to_string()),
        None => Trouble::Tls(error.to_string()),
    }
}

fn config(trust: Trust) -> Result<ClientConfig, Error> {
    if trust == Trust::Blind {
        return crate::tls::judging(|_| Ok(()));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(authorities()).with_no_client_auth())
}

fn authorities() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store
}

const UNKNOWN: &str = "no authority that this machine knows has signed it: it vouches for itself, \
    or an intermediate certificate is not sent along";

/// What is wrong with a certificate, in words.
fn words(flaw: &CertificateError) -> String {
    use CertificateError as Flaw;
    match flaw {
        Flaw::Expired | Flaw::ExpiredContext { .. } => "it has expired".to_owned(),
        Flaw::NotValidYet | Flaw::NotValidYetContext { .. } => {
            "it is not valid yet, says this machine's clock".to_owned()
        }
        Flaw::NotValidForName => "it is for another name".to_owned(),
        Flaw::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            format!("it is for another name: {}", presented.join(", "))
        }
        Flaw::NotValidForNameContext { .. } => "it is for another name".to_owned(),
        Flaw::UnknownIssuer | Flaw::BadSignature => UNKNOWN.to_owned(),
        // An authority of the same name has another kind of key.
        Flaw::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => UNKNOWN.to_owned(),
        Flaw::Revoked => "it has been revoked".to_owned(),
        Flaw::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "it is an authority's own (CA:TRUE), used as a server's".to_owned()
        }
        other => format!("it is not valid: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaw_is_told_in_words() {
        for (flaw, part) in [
            (CertificateError::Expired, "expired"),
            (CertificateError::NotValidForName, "another name"),
            (CertificateError::UnknownIssuer, "vouches for itself"),
            (CertificateError::BadEncoding, "not valid"),
        ] {
            assert!(Trouble::Certificate(flaw).to_string().contains(part), "{part}");
        }
    }
}
