//! What is said over the control socket.
//!
//! A client writes one [`Request`] as a line of JSON and reads [`Reply`] lines. Every request is
//! answered by exactly one line, with two exceptions that stream until the client hangs up:
//! [`Request::Subscribe`], and [`Request::Logs`] with `follow`. Over these a client may go on to send
//! [`Request::Report`], which is not answered there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ownership::Ownership;

/// The longest request line that PID 1 reads, in bytes. A longer one ends the connection.
pub const MAX_REQUEST: usize = 4096;

/// How often the gateway gives PID 1 a sign of life, which wakes both.
pub const SIGN_OF_LIFE: Duration = Duration::from_secs(10);
/// How long PID 1 takes it for ready without one.
pub const SILENCE: Duration = Duration::from_secs(25);
const _: () = assert!(SILENCE.as_secs() > 2 * SIGN_OF_LIFE.as_secs(), "one may be lost");

/// The name under which PID 1's own lines stand in the log.
pub const OWN: &str = "waiide-init";
/// The name of the service that gives signs of life.
pub const GATEWAY: &str = "gateway";
/// The name of the service that everything which is not the gateway's goes to.
pub const IDE: &str = "ide";

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// The state of all services: one [`Reply::Services`].
    Services,
    /// How the walk that gives the home's files to the user gets on: one [`Reply::Ownership`].
    Ownership,
    /// What was odd at the start, and what was put right: one [`Reply::Warnings`].
    Warnings,
    /// [`Reply::Services`], [`Reply::Ownership`] and [`Reply::Warnings`] now, then one
    /// [`Reply::Changed`] for each change of state, and one [`Reply::Ownership`] each second while
    /// the walk goes on.
    Subscribe,
    /// Have a service run or not: [`Reply::Done`] as soon as that has begun.
    Control {
        /// What to do.
        verb: Verb,
        /// The service's name.
        service: String,
    },
    /// The last lines that a service printed, as one [`Reply::Lines`]; with `follow`, another
    /// [`Reply::Lines`] whenever there is more.
    Logs {
        /// The service's name; all services where it is missing.
        service: Option<String>,
        /// How many lines at the most.
        lines: usize,
        /// Whether to go on with what is printed from now on.
        #[serde(default)]
        follow: bool,
    },
    /// What a readiness probe found, or the gateway's own sign of life. Sent by the gateway, which
    /// does the probing so that PID 1 needs no HTTP. Answered by [`Reply::Done`].
    Report {
        /// The service's name.
        service: String,
        /// The process that the probe is about, so that a late word about an earlier process of
        /// the same service is not taken for the present one's.
        pid: i32,
        /// Whether it answered as it should.
        ready: bool,
        /// Why not, in a few words, for `status` and the log.
        reason: Option<String>,
    },
    /// Panic, so that a test can see what comes of it. Release builds don't know this.
    #[cfg(debug_assertions)]
    Panic,
}

/// What a person may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Have a service run that is stopped, failed or waiting to be restarted.
    Start,
    /// Have it not run until it is started.
    Stop,
    /// Have it run with a new process.
    Restart,
}

impl Verb {
    /// Reads a command's name.
    pub fn of(word: &str) -> Option<Self> {
        [Verb::Start, Verb::Stop, Verb::Restart].into_iter().find(|verb| verb.as_str() == word)
    }

    /// The command's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Start => "start",
            Verb::Stop => "stop",
            Verb::Restart => "restart",
        }
    }
}

/// One line of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Every service, in the order in which they are started.
    Services(Vec<ServiceStatus>),
    /// A service whose state changed, as it is now.
    Changed(ServiceStatus),
    /// The request was taken; the service as it is now, where the request named one.
    Done(Option<ServiceStatus>),
    /// How the walk gets on, or has ended; none: the home's files are left alone.
    Ownership(Option<Ownership>),
    /// What was odd at the start, and what was put right, each a sentence.
    Warnings(Vec<String>),
    /// Log lines, oldest first.
    Lines(Vec<LogLine>),
    /// The request could not be carried out.
    Error(ErrorBody),
}

/// Why a request failed, in the shape of the HTTP API's errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// A word for programs: `not_found`, `bad_request`, `forbidden`, `conflict`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// A service, as `/api/services` shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// `ide`, `gateway`, `singleuser`, or the name of one that the image adds.
    pub name: String,
    /// Where it is in its life.
    pub state: State,
    /// The readiness probe's last word about the present process; of a service whose work is done
    /// once it ends with 0, that it has.
    pub ready: bool,
    /// The main process, while there is one.
    pub pid: Option<i32>,
    /// How often it was started again, crashes and requests alike.
    pub restarts: u64,
    /// When the present process was started, RFC 3339, UTC.
    pub started_at: Option<String>,
    /// For how long the present process has run, at the moment of the answer.
    pub uptime_seconds: f64,
    /// How the last process ended, once one has.
    pub last_exit: Option<Exit>,
    /// Why it is not ready, or what it waits for, where there is something to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether the others go on when it has failed for good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// Where a service is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its process runs, and has not yet answered its probe.
    Starting,
    /// Its process runs and has answered its probe.
    Running,
    /// It ended, and waits for its next start.
    Backoff,
    /// It was told to end, and has not yet.
    Stopping,
    /// It was stopped on request, or has done its work and is ready.
    #[default]
    Stopped,
    /// It ended too often and is not started again.
    Failed,
}

impl State {
    /// The word that the HTTP API and `status` use.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Starting => "starting",
            State::Running => "running",
            State::Backoff => "backoff",
            State::Stopping => "stopping",
            State::Stopped => "stopped",
            State::Failed => "failed",
        }
    }
}

/// How a process ended. Exactly one of `code` and `signal` is there, unless it never started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code, where it ended by itself.
    pub code: Option<i32>,
    /// The signal's name (`SIGKILL`), where one ended it.
    pub signal: Option<String>,
    /// The same in words, with what to do where that is known.
    pub message: String,
    /// When, RFC 3339, UTC.
    pub at: String,
}

/// One line that a service printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// A number that grows by one with each line of any service since the start.
    pub seq: u64,
    /// When it was read, RFC 3339, UTC.
    pub at: String,
    /// Who printed it; `waiide-init` for PID 1's own.
    pub service: String,
    /// The line, without its end. Bytes that are not UTF-8 are replaced by U+FFFD.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_line_of_json() {
        let request = Request::Control { verb: Verb::Restart, service: "ide".into() };
        let line = serde_json::to_string(&request).unwrap();
        assert_eq!(line, r#"{"op":"control","verb":"restart","service":"ide"}"#);
    }

    #[test]
    fn follow_may_be_left_out() {
        let asked: Request =
            serde_json::from_str(r#"{"op":"logs","service":null,"lines":5}"#).unwrap();
        assert_eq!(asked, Request::Logs { service: None, lines: 5, follow: false });
    }
}
