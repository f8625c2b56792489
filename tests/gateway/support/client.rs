//! A client on a plain socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::PATIENCE;
use super::backend::values;

/// A connection.
pub struct Client<Stream> {
    /// The connection.
    pub stream: Stream,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its head as it came.
    pub head: String,
    /// Its body, with any chunks put together.
    pub body: Vec<u8>,
}

impl Client<TcpStream> {
    /// Connects. Nothing may take longer than [`PATIENCE`].
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream }
    }
}

impl Client<UnixStream> {
    /// Connects to a Unix socket.
    pub fn connect_unix(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Client { stream }
    }
}

impl<Stream: Read + Write> Client<Stream> {
    /// Sends bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Sends a head, its last empty line added, and `Host: localhost` where there is no Host.
    pub fn send_head(&mut self, head: &str) {
        let host = if values(head, "host").is_empty() { "Host: localhost\r\n" } else { "" };
        self.send(format!("{head}{host}\r\n"));
    }

    /// Reads a head to its empty line.
    pub fn head(&mut self) -> String {
        let head = self.try_head().expect("there is an answer");
        String::from_utf8(head).unwrap()
    }

    fn try_head(&mut self) -> Option<Vec<u8>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte()?);
        }
        Some(head)
    }

    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        matches!(self.stream.read(&mut byte), Ok(1)).then_some(byte[0])
    }

    /// Reads so many bytes.
    pub fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Reads a line, without its end.
    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(self.byte().expect("there is a line"));
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).unwrap()
    }

    /// One chunk of a chunked body; empty at its end.
    pub fn chunk(&mut self) -> Vec<u8> {
        let size = usize::from_str_radix(&self.line(), 16).unwrap();
        let chunk = self.read(size);
        if size > 0 {
            assert_eq!(self.line(), "");
        }
        chunk
    }

    /// Whether the other side has closed the connection, and sends nothing more.
    pub fn is_at_end(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => rest.is_empty(),
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    /// Reads an answer.
    pub fn reply(&mut self) -> Reply {
        self.reply_to(true)
    }

    /// Reads an answer to HEAD.
    pub fn reply_without_body(&mut self) -> Reply {
        self.reply_to(false)
    }

    fn reply_to(&mut self, with_body: bool) -> Reply {
        let head = self.head();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if with_body { self.body(&head) } else { Vec::new() };
        Reply { status, head, body }
    }

    fn body(&mut self, head: &str) -> Vec<u8> {
        if let [length] = values(head, "content-length").as_slice() {
            return self.read(length.parse().unwrap());
        }
        if values(head, "transfer-encoding") == ["chunked"] {
            let chunks = std::iter::from_fn(|| Some(self.chunk()).filter(|c| !c.is_empty()));
            return chunks.collect::<Vec<_>>().concat();
        }
        Vec::new()
    }
}

impl Reply {
    /// The value of a header that is there at most once.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let values = values(&self.head, name);
        assert!(values.len() <= 1, "{name} is there more than once");
        values.first().copied()
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The code of an error in the API's shape.
    #[track_caller]
    pub fn error_code(&self) -> String {
        let json = self.json();
        assert!(!json["error"]["message"].as_str().unwrap().is_empty());
        json["error"]["code"].as_str().unwrap().to_owned()
    }

    /// Whether the body is one of our pages.
    pub fn is_page(&self) -> bool {
        self.header("content-type") == Some("text/html; charset=utf-8")
            && self.text().starts_with("<!doctype html>")
    }
}
