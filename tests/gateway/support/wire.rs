//! Messages off a plain socket, read without any leniency: what a careless peer would let pass is
//! a [`Fault`] here.

use std::io::{ErrorKind, Read};

/// A stream of messages.
pub struct Wire<Stream> {
    /// Where they come from.
    pub stream: Stream,
    read: Vec<u8>,
    at: usize,
}

/// Why there is no (whole) message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The other side has closed the connection.
    Closed,
    /// The connection was reset.
    Reset,
    /// Nothing came for as long as the socket waits.
    Silence,
    /// What came is not HTTP/1.1.
    Malformed(String),
}

/// The first line and the fields of a message.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The first line, without its CRLF.
    pub first: Vec<u8>,
    /// The fields in their order: names as spelled, values without the white space around them.
    pub fields: Vec<(String, Vec<u8>)>,
}

/// What came behind a head.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// The content, with any chunks put together.
    pub content: Vec<u8>,
    /// The fields behind the last chunk.
    pub trailers: Vec<(String, Vec<u8>)>,
    /// What told its end.
    pub framing: Framing,
}

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    #[default]
    None,
    /// By Content-Length.
    Length(usize),
    /// By its last chunk.
    Chunked,
    /// By the end of the connection.
    Close,
}

type Result<T> = std::result::Result<T, Fault>;

fn malformed<T>(what: &str, bytes: &[u8]) -> Result<T> {
    Err(Fault::Malformed(format!("{what}: {:?}", String::from_utf8_lossy(bytes))))
}

impl<Stream: Read> Wire<Stream> {
    /// Reads from a stream.
    pub fn new(stream: Stream) -> Self {
        Wire { stream, read: Vec::new(), at: 0 }
    }

    fn more(&mut self) -> Result<()> {
        self.read.drain(..std::mem::take(&mut self.at));
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece) {
            Ok(0) => Err(Fault::Closed),
            Ok(count) => {
                self.read.extend(&piece[..count]);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Err(Fault::Reset),
            Err(_) => Err(Fault::Silence),
        }
    }

    /// So many bytes.
    pub fn exactly(&mut self, count: usize) -> Result<Vec<u8>> {
        while self.read.len() - self.at < count {
            self.more()?;
        }
        self.at += count;
        Ok(self.read[self.at - count..self.at].to_vec())
    }

    /// A line, without its CRLF.
    pub fn line(&mut self) -> Result<Vec<u8>> {
        let mut seen = 0;
        loop {
            let rest = &self.read[self.at..];
            if let Some(feed) = rest[seen..].iter().position(|&byte| byte == b'\n') {
                let line = rest[..seen + feed].to_vec();
                self.at += seen + feed + 1;
                return match line.split_last() {
                    Some((b'\r', line)) => Ok(line.to_vec()),
                    _ => malformed("a line without CR", &line),
                };
            }
            seen = rest.len();
            self.more()?;
        }
    }

    /// The head of the next message.
    pub fn head(&mut self) -> Result<Head> {
        Ok(Head { first: self.line()?, fields: self.fields()? })
    }

    fn fields(&mut self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(fields);
            }
            fields.push(field(&line)?);
        }
    }

    /// The body that follows a head; `none` where there is none whatever the head says.
    pub fn body(&mut self, head: &Head, none: bool, otherwise: Framing) -> Result<Body> {
        let framing = if none { Framing::None } else { head.framing(otherwise)? };
        let mut body = Body { framing, ..Body::default() };
        match framing {
            Framing::None => {}
            Framing::Length(length) => body.content = self.exactly(length)?,
            Framing::Chunked => self.chunks(&mut body)?,
            Framing::Close => body.content = self.rest(),
        }
        Ok(body)
    }

    fn chunks(&mut self, body: &mut Body) -> Result<()> {
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                body.trailers = self.fields()?;
                return Ok(());
            }
            body.content.extend(chunk);
        }
    }

    /// One chunk; empty is the last, whose trailers are still to come.
    pub fn chunk(&mut self) -> Result<Vec<u8>> {
        let line = self.line()?;
        let plain = (1..9).contains(&line.len()) && line.iter().all(u8::is_ascii_hexdigit);
        let Some(size) = std::str::from_utf8(&line).ok().filter(|_| plain) else {
            return malformed("a chunk's size", &line);
        };
        let size = usize::from_str_radix(size, 16).unwrap();
        let chunk = self.exactly(size)?;
        if size > 0 && self.exactly(2)? != b"\r\n" {
            return malformed("a chunk's end", &chunk);
        }
        Ok(chunk)
    }

    /// Everything until the connection ends, however it does.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.more().is_ok() {}
        std::mem::take(&mut self.read)
    }

    /// How the connection ends if nothing more comes; what came, if something does.
    pub fn end(&mut self) -> std::result::Result<Fault, Vec<u8>> {
        match self.exactly(1) {
            Ok(byte) => Err([byte, self.read.split_off(self.at)].concat()),
            Err(fault) => Ok(fault),
        }
    }
}

fn field(line: &[u8]) -> Result<(String, Vec<u8>)> {
    let Some(colon) = line.iter().position(|&byte| byte == b':') else {
        return malformed("a field without a colon", line);
    };
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
        return malformed("a field's name", line);
    }
    if value.iter().any(|&byte| byte != b'\t' && byte.is_ascii_control()) {
        return malformed("a field's value", line);
    }
    Ok((String::from_utf8(name.to_vec()).unwrap(), value.to_vec()))
}

/// Whether it may stand in a token (RFC 9110 §5.6.2).
pub fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", text(&self.first), texts(&self.fields))
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = &self.content[..self.content.len().min(200)];
        write!(f, "{:?} of {} bytes: {:?}", self.framing, self.content.len(), text(start))?;
        write!(f, ", trailers {:?}", texts(&self.trailers))
    }
}

/// Bytes as text, a character each.
pub fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

fn texts(fields: &[(String, Vec<u8>)]) -> Vec<String> {
    fields.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect()
}

impl Head {
    /// The values of a field, a line each.
    pub fn all(&self, name: &str) -> Vec<String> {
        let named = self.fields.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.map(|(_, value)| text(value)).collect()
    }

    /// Whether a comma-separated field holds a token.
    pub fn has(&self, name: &str, token: &str) -> bool {
        let values = self.all(name).join(",");
        values.split(',').any(|found| found.trim().eq_ignore_ascii_case(token))
    }

    /// What the head says about the body's end (RFC 9112 §6.3), where it can be read in one way
    /// alone.
    fn framing(&self, otherwise: Framing) -> Result<Framing> {
        let (lengths, codings) = (self.all("content-length"), self.all("transfer-encoding"));
        match (lengths.as_slice(), codings.as_slice()) {
            ([], []) => Ok(otherwise),
            ([length], []) if !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Framing::Length(length.parse().map_err(|_| Fault::Malformed(length.clone()))?))
            }
            ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
            _ => Err(Fault::Malformed(format!("lengths {lengths:?} and codings {codings:?}"))),
        }
    }
}
