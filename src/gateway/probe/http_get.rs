//! One GET, of which only the status matters.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much of an answer is read before hanging up.
pub const MOST: u64 = 64 * 1024;
/// `HTTP/1.1 200`: what has to be there to know the status.
const STATUS_LINE: usize = 12;

/// Sends `GET path` and returns the status of the answer.
///
/// The answer is read to its end, so that the server sees an orderly close rather than a reset.
/// It may take for ever; the caller sets the limit.
pub async fn status(address: SocketAddr, path: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request(address, path).as_bytes()).await?;
    let mut answer = Vec::with_capacity(1024);
    while (answer.len() as u64) < MOST && stream.read_buf(&mut answer).await? > 0 {}
    status_of(&answer)
}

/// The request's head.
pub fn request(address: SocketAddr, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: waiide-init\r\nAccept: */*\r\n\
         Connection: close\r\n\r\n"
    )
}

/// The status of an answer.
///
/// # Errors
/// It is no HTTP.
pub fn status_of(answer: &[u8]) -> io::Result<u16> {
    parse_status(answer)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "what answers is not HTTP"))
}

fn parse_status(answer: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(answer.get(..STATUS_LINE)?).ok()?;
    let (version, status) = line.split_once(' ')?;
    version.strip_prefix("HTTP/1.")?;
    status.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_status;

    #[test]
    fn only_http_has_a_status() {
        assert_eq!(parse_status(b"HTTP/1.1 200 OK\r\n"), Some(200));
        assert_eq!(parse_status(b"HTTP/1.0 404"), Some(404));
        for wrong in [&b"HTTP/1.1 20"[..], b"SSH-2.0-OpenSSH_9", b"", b"HTTP/1.1 abc"] {
            assert_eq!(parse_status(wrong), None);
        }
    }
}
