//! A conversation over a plain socket, in which either side may do anything.

use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream};

use nix::sys::socket::{setsockopt, sockopt};

use super::PATIENCE;
use super::wire::{Body, Fault, Framing, Head, Wire};

/// A connection of a client.
pub struct Talk {
    /// What comes.
    pub wire: Wire<TcpStream>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: Body,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body.content).into_owned()
    }

    /// Whether the server says that it closes the connection.
    pub fn says_close(&self) -> bool {
        self.head.has("connection", "close")
    }
}

impl Talk {
    /// Connects.
    pub fn to(address: SocketAddr) -> Talk {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Talk { wire: Wire::new(stream) }
    }

    /// Takes little at a time: the system keeps less of what is not read.
    pub fn with_small_window(self) -> Talk {
        setsockopt(&self.wire.stream, sockopt::RcvBuf, &(64 * 1024)).unwrap();
        self
    }

    /// Sends bytes. Whoever has hung up does not get them, which is no error.
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.wire.stream.write_all(bytes.as_ref());
    }

    /// Sends nothing more.
    pub fn finish(&mut self) {
        let _ = self.wire.stream.shutdown(Shutdown::Write);
    }

    /// The head of the next answer, interim ones included.
    pub fn head(&mut self) -> Result<(u16, Head), Fault> {
        let head = self.wire.head()?;
        let line = String::from_utf8_lossy(&head.first).into_owned();
        let rest = line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 "));
        let status = rest.and_then(|rest| rest.get(..3)?.parse().ok());
        status.map(|status| (status, head)).ok_or(Fault::Malformed(line))
    }

    /// The next final answer.
    pub fn try_answer(&mut self, to_head: bool) -> Result<Answer, Fault> {
        let (status, head) = self.final_head()?;
        let none = to_head || matches!(status, 204 | 304);
        let body = self.wire.body(&head, none, Framing::Close)?;
        Ok(Answer { status, head, body })
    }

    /// The head of the next final answer.
    pub fn final_head(&mut self) -> Result<(u16, Head), Fault> {
        loop {
            let (status, head) = self.head()?;
            if !(100..200).contains(&status) || status == 101 {
                return Ok((status, head));
            }
        }
    }

    /// The next final answer, which there must be.
    #[track_caller]
    pub fn answer(&mut self) -> Answer {
        self.try_answer(false).unwrap_or_else(|fault| panic!("no answer: {fault:?}"))
    }

    /// The next final answer, to HEAD.
    #[track_caller]
    pub fn answer_to_head(&mut self) -> Answer {
        self.try_answer(true).unwrap_or_else(|fault| panic!("no answer: {fault:?}"))
    }

    /// Fails unless the other side ends the connection without saying anything more.
    #[track_caller]
    pub fn is_over(&mut self) {
        match self.wire.end() {
            Ok(Fault::Closed | Fault::Reset) => {}
            Ok(fault) => panic!("the connection does not end: {fault:?}"),
            Err(more) => panic!("more came: {:?}", String::from_utf8_lossy(&more)),
        }
    }

    /// Fails unless the connection still serves.
    #[track_caller]
    pub fn goes_on(&mut self) {
        self.say("GET /goes-on HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let answer = self.answer();
        assert!(answer.text().contains("/goes-on"), "{answer:?}");
    }
}
