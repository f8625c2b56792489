//! Answers of an IDE that is broken, or has been broken into: none of it may become the answer to
//! another request, or a second answer to the same one.

use crate::support::backend::Backend;
use crate::support::cases::each;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::stage::request;
use crate::support::talk::{Answer, Talk};
use crate::support::wire::Fault;

/// A second answer, to be taken for the next request's.
pub const FORGED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nFORGED";
pub const OK: &str = "HTTP/1.1 200 OK\r\n";

/// What a client may make of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 502.
    Bad,
    /// 502, or what began as an answer breaks off.
    Broken,
    /// An answer with this body.
    Taken(&'static str),
    /// Any of these, but nothing else.
    Either(&'static str),
}

pub use Outcome::{Bad, Broken, Either, Taken};

pub type Case = (&'static str, Vec<u8>, Outcome);

pub fn case(name: &'static str, bytes: impl AsRef<[u8]>, outcome: Outcome) -> Case {
    (name, bytes.as_ref().to_vec(), outcome)
}

/// An IDE that gives a bad answer to `/evil`, and goes on as if nothing had happened or hangs up,
/// and gives a good one to anything else.
fn evil(answer: Vec<u8>, hangs_up: bool) -> Backend {
    Backend::start(move |mut served| {
        while let Some(head) = served.head() {
            let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
            if target == "/evil" {
                served.send(&answer);
                if hangs_up {
                    return;
                }
            } else {
                served.send(format!("{OK}Content-Length: {}\r\n\r\n{target}", target.len()));
            }
        }
    })
}

pub fn survive(cases: &[Case], hangs_up: bool) {
    each(
        cases,
        |(name, ..)| (*name).to_owned(),
        |(_, bytes, outcome)| {
            let (control, backend) = (Control::ready(), evil(bytes.clone(), hangs_up));
            let gateway = Gateway::start(&config(&control, backend.address));
            let mut other = Talk::to(gateway.address());
            asks_well(&mut other, "/before");
            let mut talk = Talk::to(gateway.address());
            talk.say(request("GET /evil HTTP/1.1", ""));
            let answer = talk.try_answer(false);
            judge(*outcome, &answer);
            if answer.is_ok_and(|answer| !answer.says_close()) {
                asks_well(&mut talk, "/same");
            }
            asks_well(&mut other, "/other");
            asks_well(&mut Talk::to(gateway.address()), "/new");
        },
    );
}

#[track_caller]
fn asks_well(talk: &mut Talk, target: &str) {
    talk.say(request(&format!("GET {target} HTTP/1.1"), ""));
    assert_eq!(talk.answer().text(), target);
}

fn judge(outcome: Outcome, answer: &Result<Answer, Fault>) {
    match (outcome, answer) {
        (_, Ok(answer)) if answer.status == 502 => {
            assert!(!matches!(outcome, Taken(_)), "{answer:?}");
            assert!(answer.text().contains("\"bad_gateway\""), "{answer:?}");
        }
        (Taken(body) | Either(body), Ok(answer)) => assert_eq!(answer.text(), body),
        (Broken | Either(_), Err(Fault::Closed | Fault::Reset)) => {}
        (_, answer) => panic!("{answer:?}"),
    }
}

#[test]
fn lengths_that_can_be_read_in_two_ways() {
    let chunks = format!("5\r\nhello\r\n0\r\n\r\n{FORGED}");
    let te = "Transfer-Encoding: chunked\r\n";
    let rows: [(&str, String, Outcome); 19] = [
        (
            "a length and a coding",
            format!("{OK}Content-Length: 5\r\n{te}\r\n{chunks}"),
            Either("hello"),
        ),
        (
            "a coding and a length",
            format!("{OK}{te}Content-Length: 5\r\n\r\n{chunks}"),
            Either("hello"),
        ),
        (
            "lengths that differ",
            format!("{OK}Content-Length: 2\r\nContent-Length: 5\r\n\r\nhello{FORGED}"),
            Bad,
        ),
        (
            "lengths that are equal",
            format!("{OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
            Either("hello"),
        ),
        ("a list that differs", format!("{OK}Content-Length: 2, 5\r\n\r\nhello{FORGED}"), Bad),
        ("a list of equals", format!("{OK}Content-Length: 5, 5\r\n\r\nhello"), Either("hello")),
        ("a plus sign", format!("{OK}Content-Length: +5\r\n\r\nhello"), Bad),
        ("a minus sign", format!("{OK}Content-Length: -5\r\n\r\nhello"), Bad),
        ("hexadecimal", format!("{OK}Content-Length: 0x5\r\n\r\nhello"), Bad),
        ("no number", format!("{OK}Content-Length: five\r\n\r\nhello"), Bad),
        ("nothing", format!("{OK}Content-Length:\r\n\r\nhello"), Bad),
        (
            "more than 64 bits",
            format!("{OK}Content-Length: 18446744073709551621\r\n\r\nhello"),
            Bad,
        ),
        ("an unknown coding", format!("{OK}Transfer-Encoding: xchunked\r\n\r\n{chunks}"), Bad),
        ("no coding", format!("{OK}Transfer-Encoding: identity\r\n\r\n{chunks}"), Bad),
        ("an empty coding", format!("{OK}Transfer-Encoding:\r\n\r\n{chunks}"), Bad),
        ("chunked twice", format!("{OK}Transfer-Encoding: chunked, chunked\r\n\r\n{chunks}"), Bad),
        ("chunked in two lines", format!("{OK}{te}{te}\r\n{chunks}"), Bad),
        (
            "chunked and then something",
            format!("{OK}Transfer-Encoding: chunked, identity\r\n\r\n{chunks}"),
            Bad,
        ),
        ("a coding in HTTP/1.0", format!("HTTP/1.0 200 OK\r\n{te}\r\n{chunks}"), Either("hello")),
    ];
    // Where a careless reader would take all there is for the body, the IDE has to hang up for it
    // to come to an end.
    survive(&rows.map(|(name, bytes, outcome)| case(name, bytes, outcome)), true);
}

#[test]
fn chunks_that_are_none() {
    let bodies: [(&str, &str); 21] = [
        ("a letter for a size", "x\r\nhello\r\n0\r\n\r\n"),
        ("no size", "\r\nhello\r\n0\r\n\r\n"),
        ("a prefix", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("a plus sign", "+5\r\nhello\r\n0\r\n\r\n"),
        ("a minus sign", "-5\r\nhello\r\n0\r\n\r\n"),
        ("more than 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("NUL behind a size", "5\0\r\nhello\r\n0\r\n\r\n"),
        ("LF behind a size", "5\nhello\r\n0\r\n\r\n"),
        ("LF behind a chunk", "5\r\nhello\n0\r\n\r\n"),
        ("nothing behind a chunk", "5\r\nhello0\r\n\r\n"),
        ("a longer chunk", "3\r\nhello\r\n0\r\n\r\n"),
        ("a shorter chunk", "8\r\nhello\r\n0\r\n\r\n"),
        ("LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
        ("CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
        ("a trailer without a colon", "5\r\nhello\r\n0\r\nX\r\n\r\n"),
        ("a trailer with a space", "5\r\nhello\r\n0\r\nX : y\r\n\r\n"),
        ("a folded trailer", "5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n"),
        ("a trailer with NUL", "5\r\nhello\r\n0\r\nX: \0\r\n\r\n"),
        ("a trailer with CR", "5\r\nhello\r\n0\r\nX: a\rb\r\n\r\n"),
        ("an answer for a trailer", "5\r\nhello\r\n0\r\nHTTP/1.1 200 OK\r\n\r\n"),
        ("no chunk at all", "hello"),
    ];
    let head = format!("{OK}Transfer-Encoding: chunked\r\n\r\n");
    survive(&bodies.map(|(name, body)| case(name, format!("{head}{body}{FORGED}"), Broken)), true);
}
