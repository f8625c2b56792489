//! A gateway before an IDE that keeps what it is asked.

use super::control::Control;
use super::gateway::{Gateway, config};
use super::recorder::{Recorder, Request};
use super::talk::{Answer, Talk};

/// The parts.
pub struct Stage {
    /// The gateway.
    pub gateway: Gateway,
    /// The IDE.
    pub ide: Recorder,
    _control: Control,
}

impl Stage {
    /// With an IDE that answers with the request line.
    pub fn set() -> Stage {
        Stage::before(Recorder::start())
    }

    /// With an IDE that always gives the same answer.
    pub fn answering(answer: impl AsRef<[u8]>) -> Stage {
        let answer = answer.as_ref().to_vec();
        Stage::before(Recorder::answering(move |_| answer.clone()))
    }

    /// With this IDE.
    pub fn before(ide: Recorder) -> Stage {
        let control = Control::ready();
        let gateway = Gateway::start(&config(&control, ide.address));
        Stage { gateway, ide, _control: control }
    }

    /// A new connection.
    pub fn talk(&self) -> Talk {
        Talk::to(self.gateway.address())
    }

    /// Sends a request on a connection of its own, and returns what the IDE got and said.
    #[track_caller]
    pub fn pass(&self, request: impl AsRef<[u8]>) -> (Request, Answer) {
        self.ide.take();
        let mut talk = self.talk();
        talk.say(request);
        let answer = talk.answer();
        (self.ide.take_one(), answer)
    }

    /// Sends a request on a connection of its own, and fails unless it is refused: with an error,
    /// with the end of the connection, and without a word to the IDE.
    #[track_caller]
    pub fn refused(&self, request: impl AsRef<[u8]>) -> Answer {
        self.ide.take();
        let mut talk = self.talk();
        talk.say(request);
        let answer = talk.answer();
        assert!((400..=599).contains(&answer.status), "{answer:?}");
        talk.is_over();
        assert!(self.ide.take().is_empty(), "the IDE was asked");
        answer
    }
}

/// A request that has no body and ends after its Host.
pub fn request(line: &str, fields: &str) -> String {
    format!("{line}\r\nHost: localhost\r\n{fields}\r\n")
}

/// `GET /` with fields.
pub fn get(fields: &str) -> String {
    request("GET / HTTP/1.1", fields)
}

/// `POST /` with fields and a body.
pub fn post(fields: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n{body}")
}
