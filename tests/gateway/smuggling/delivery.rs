//! How a request of the corpus is sent, and what may come of it.

use crate::support::cases::each;
use crate::support::recorder::Request;
use crate::support::stage::{Stage, request};
use crate::support::talk::{Answer, Talk};
use crate::support::wire::Fault;

/// A request of the corpus.
pub struct Attack {
    name: String,
    bytes: Vec<u8>,
    outcome: Outcome,
}

/// What may come of one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It is refused, with a status that says so.
    Refused,
    /// It is refused, or its connection breaks off: some of it may have been passed on before it
    /// turned out to be wrong.
    Broken,
    /// The IDE gets it, with this body.
    Taken(&'static str),
    /// One or the other.
    Either(&'static str),
}

impl Attack {
    fn new(name: &str, bytes: impl AsRef<[u8]>, outcome: Outcome) -> Attack {
        Attack { name: name.to_owned(), bytes: bytes.as_ref().to_vec(), outcome }
    }

    /// One that has to be refused.
    pub fn refused(name: &str, bytes: impl AsRef<[u8]>) -> Attack {
        Attack::new(name, bytes, Outcome::Refused)
    }

    /// One whose body turns out to be wrong.
    pub fn broken(name: &str, bytes: impl AsRef<[u8]>) -> Attack {
        Attack::new(name, bytes, Outcome::Broken)
    }

    /// One that looks suspicious and is not.
    pub fn taken(name: &str, bytes: impl AsRef<[u8]>, body: &'static str) -> Attack {
        Attack::new(name, bytes, Outcome::Taken(body))
    }

    /// One that the standard lets a server take, and lets it refuse.
    pub fn either(name: &str, bytes: impl AsRef<[u8]>, body: &'static str) -> Attack {
        Attack::new(name, bytes, Outcome::Either(body))
    }
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Whole,
    ByteByByte,
    /// Parted in the middle.
    Halves,
    /// Parted where the head ends, or seems to.
    HeadThenBody,
    /// In one packet with the request before it.
    BehindAnother,
}

const DELIVERIES: [Delivery; 5] = [
    Delivery::Whole,
    Delivery::ByteByByte,
    Delivery::Halves,
    Delivery::HeadThenBody,
    Delivery::BehindAnother,
];

/// How many bytes are sent one by one: more take time and show nothing new.
const MOST_SINGLE_BYTES: usize = 2000;

impl Delivery {
    fn send(self, talk: &mut Talk, bytes: &[u8]) {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(1, |at| at + 4);
        match self {
            Delivery::Whole => talk.say(bytes),
            Delivery::ByteByByte => {
                let (first, rest) = bytes.split_at(bytes.len().min(MOST_SINGLE_BYTES));
                first.iter().for_each(|byte| talk.say([*byte]));
                talk.say(rest);
            }
            Delivery::Halves => in_two(talk, bytes.split_at(bytes.len() / 2)),
            Delivery::HeadThenBody => in_two(talk, bytes.split_at(end)),
            Delivery::BehindAnother => {
                talk.say([request("GET /first HTTP/1.1", "").as_bytes(), bytes].concat());
            }
        }
    }
}

/// The pause makes it likely, not certain, that they are read apart.
fn in_two(talk: &mut Talk, (first, second): (&[u8], &[u8])) {
    talk.say(first);
    std::thread::sleep(std::time::Duration::from_millis(1));
    talk.say(second);
}

/// Sends all of them in every way.
#[track_caller]
pub fn survive(attacks: &[Attack]) {
    let stage = Stage::set();
    let tries: Vec<_> = attacks.iter().flat_map(|a| DELIVERIES.map(|how| (a, how))).collect();
    each(&tries, |(a, how)| format!("{} ({how:?})", a.name), |(a, how)| attempt(&stage, a, *how));
}

fn attempt(stage: &Stage, attack: &Attack, how: Delivery) {
    stage.ide.take();
    let mut talk = stage.talk();
    how.send(&mut talk, &attack.bytes);
    if how == Delivery::BehindAnother {
        assert_eq!(talk.answer().text(), "GET /first HTTP/1.1");
    }
    let answer = talk.try_answer(false);
    let taken = matches!(&answer, Ok(answer) if answer.status < 400);
    if taken {
        look_behind(&mut talk, answer.as_ref().unwrap());
    } else {
        is_refused(&mut talk, &answer, attack.outcome);
    }
    let mut seen = stage.ide.take();
    seen.retain(|request| !matches!(request.target().as_str(), "/first" | "/last"));
    judge(attack.outcome, taken, &seen);
}

/// What the client sends next is answered as what it is, or not at all.
fn look_behind(talk: &mut Talk, answer: &Answer) {
    if answer.says_close() {
        talk.is_over();
        return;
    }
    talk.say(request("GET /last HTTP/1.1", "Connection: close\r\n"));
    match talk.try_answer(false) {
        Ok(last) => assert_eq!(last.text(), "GET /last HTTP/1.1"),
        Err(fault) => assert_ne!(fault, Fault::Silence, "nothing behind {answer:?}"),
    }
}

fn is_refused(talk: &mut Talk, answer: &Result<Answer, Fault>, outcome: Outcome) {
    match answer {
        Ok(answer) => {
            let said = matches!(answer.status, 400..=499 | 501 | 505);
            assert!(said || outcome == Outcome::Broken && answer.status == 502, "{answer:?}");
            talk.is_over();
        }
        // What is still being sent when a connection is closed resets it, and may take the answer
        // along.
        Err(Fault::Reset) => {}
        Err(Fault::Closed) => assert!(outcome == Outcome::Broken, "closed without a word"),
        Err(fault) => panic!("neither an answer nor an end: {fault:?}"),
    }
}

fn judge(outcome: Outcome, taken: bool, seen: &[Request]) {
    match outcome {
        Outcome::Refused | Outcome::Broken => {
            assert!(!taken && seen.is_empty(), "it was taken: {seen:?}");
        }
        Outcome::Either(_) if !taken => assert!(seen.is_empty(), "{seen:?}"),
        Outcome::Taken(body) | Outcome::Either(body) => {
            assert!(taken, "it was refused");
            let [request] = seen else { panic!("the IDE got {seen:?}") };
            assert_eq!(request.target(), "/attack");
            assert_eq!(request.body.content, body.as_bytes(), "{request:?}");
        }
    }
}
