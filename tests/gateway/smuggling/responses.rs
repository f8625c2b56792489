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
const FORGED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nFORGED";
const OK: &str = "HTTP/1.1 200 OK\r\n";

/// What a client may make of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// 502.
    Bad,
    /// 502, or what began as an answer breaks off.
    Broken,
    /// An answer with this body.
    Taken(&'static str),
    /// Any of these, but nothing else.
    Either(&'static str),
}

use Outcome::{Bad, Broken, Either, Taken};

type Case = (&'static str, Vec<u8>, Outcome);

fn case(name: &'static str, bytes: impl AsRef<[u8]>, outcome: Outcome) -> Case {
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

fn survive(cases: &[Case], hangs_up: bool) {
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

#[test]
fn heads_that_are_none() {
    let end = format!("Content-Length: 5\r\n\r\nhello{FORGED}");
    let heads: [(&str, &[u8]); 36] = [
        ("a status of two digits", b"HTTP/1.1 20 OK\r\n"),
        ("a status of four digits", b"HTTP/1.1 2000 OK\r\n"),
        ("a status with a sign", b"HTTP/1.1 +20 OK\r\n"),
        ("a status with letters", b"HTTP/1.1 2OO OK\r\n"),
        ("a status of zero", b"HTTP/1.1 000 OK\r\n"),
        ("a status below 100", b"HTTP/1.1 099 OK\r\n"),
        ("no status", b"HTTP/1.1\r\n"),
        ("no status but a space", b"HTTP/1.1 \r\n"),
        ("two spaces", b"HTTP/1.1  200 OK\r\n"),
        ("a tab", b"HTTP/1.1\t200 OK\r\n"),
        ("HTTP/2.0", b"HTTP/2.0 200 OK\r\n"),
        ("HTTP/0.9", b"HTTP/0.9 200 OK\r\n"),
        ("in lower case", b"http/1.1 200 OK\r\n"),
        ("another protocol", b"ICY 200 OK\r\n"),
        ("no protocol", b"200 OK\r\n"),
        ("a space in front", b" HTTP/1.1 200 OK\r\n"),
        ("a request", b"GET / HTTP/1.1\r\n"),
        ("a page", b"<!doctype html><title>x</title>\r\n"),
        ("an SSH server", b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("bytes", b"\x15\x03\x01\x00\x02\x02\x28\r\n"),
        ("zeros", b"\0\0\0\0\0\0\0\0\r\n"),
        ("NUL in the reason", b"HTTP/1.1 200 O\0K\r\n"),
        ("CR in the reason", b"HTTP/1.1 200 O\rK\r\n"),
        ("no colon in a field", b"HTTP/1.1 200 OK\r\nX\r\n"),
        ("no name in a field", b"HTTP/1.1 200 OK\r\n: y\r\n"),
        ("a space before a colon", b"HTTP/1.1 200 OK\r\nX : y\r\n"),
        ("a length with a space before its colon", b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n"),
        ("a space in a name", b"HTTP/1.1 200 OK\r\nX Y: z\r\n"),
        ("NUL in a name", b"HTTP/1.1 200 OK\r\nX\0: y\r\n"),
        ("NUL in a value", b"HTTP/1.1 200 OK\r\nX: \0\r\n"),
        ("CR in a value", b"HTTP/1.1 200 OK\r\nX: a\rb\r\n"),
        ("CR and a field in a value", b"HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b=c\r\n"),
        ("a byte above ASCII in a name", b"HTTP/1.1 200 OK\r\n\xe9: y\r\n"),
        ("a space in front of the first field", b"HTTP/1.1 200 OK\r\n X: y\r\n"),
        (
            "a length folded into another field",
            b"HTTP/1.1 200 OK\r\nX: y\r\n Content-Length: 2\r\n",
        ),
        ("a folded field", b"HTTP/1.1 200 OK\r\nX: y\r\n z\r\n"),
    ];
    let rows = heads.map(|(name, head)| case(name, [head, end.as_bytes()].concat(), Bad));
    survive(&rows, true);
}

/// A fold may be mended by a proxy (RFC 9112 §5.2), and a line that ends with LF alone be forgiven
/// (RFC 9112 §2.2); ours does neither, so that nothing has to be told about it.
#[test]
fn line_ends_that_are_none() {
    survive(
        &[
            case("LF throughout", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", Bad),
            case(
                "LF behind the status line",
                "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nhello",
                Bad,
            ),
            case(
                "LF behind a field",
                "HTTP/1.1 200 OK\r\nX: y\nContent-Length: 5\r\n\r\nhello",
                Bad,
            ),
            case("LF at the end", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello", Bad),
            case(
                "CR behind the status line",
                "HTTP/1.1 200 OK\rContent-Length: 5\r\n\r\nhello",
                Bad,
            ),
        ],
        true,
    );
}

#[test]
fn bytes_behind_an_answer() {
    let te = "Transfer-Encoding: chunked\r\n";
    let rows = [
        case(
            "an answer behind a length",
            format!("{OK}Content-Length: 5\r\n\r\nhello{FORGED}"),
            Taken("hello"),
        ),
        case(
            "an answer behind chunks",
            format!("{OK}{te}\r\n5\r\nhello\r\n0\r\n\r\n{FORGED}"),
            Taken("hello"),
        ),
        case(
            "an answer behind trailers",
            format!("{OK}{te}\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n{FORGED}"),
            Taken("hello"),
        ),
        case(
            "an answer behind nothing",
            format!("{OK}Content-Length: 0\r\n\r\n{FORGED}"),
            Taken(""),
        ),
        case("an answer behind a 204", format!("HTTP/1.1 204 x\r\n\r\n{FORGED}"), Taken("")),
        case(
            "an answer behind a 304",
            format!("HTTP/1.1 304 x\r\nContent-Length: 6\r\n\r\n{FORGED}"),
            Taken(""),
        ),
        case("a body behind a 204", format!("HTTP/1.1 204 x\r\n\r\nhello{FORGED}"), Taken("")),
        case(
            "a body behind a 304",
            format!("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\nhello{FORGED}"),
            Taken(""),
        ),
        case("a length on a 204", "HTTP/1.1 204 x\r\nContent-Length: 6\r\n\r\nFORGED", Either("")),
        case(
            "chunks on a 204",
            format!("HTTP/1.1 204 x\r\n{te}\r\n6\r\nFORGED\r\n0\r\n\r\n"),
            Either(""),
        ),
        case("a byte", format!("{OK}Content-Length: 5\r\n\r\nhello!"), Taken("hello")),
        case("a line end", format!("{OK}Content-Length: 5\r\n\r\nhello\r\n"), Taken("hello")),
        case(
            "half an answer",
            format!("{OK}Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nX: "),
            Taken("hello"),
        ),
        case(
            "an interim answer",
            format!("{OK}Content-Length: 5\r\n\r\nhelloHTTP/1.1 103 x\r\n\r\n"),
            Taken("hello"),
        ),
        case(
            "a refusal",
            format!(
                "{OK}Content-Length: 5\r\n\r\nhelloHTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n"
            ),
            Taken("hello"),
        ),
        case(
            "a last chunk more",
            format!("{OK}{te}\r\n5\r\nhello\r\n0\r\n\r\n0\r\n\r\n"),
            Taken("hello"),
        ),
        case(
            "a megabyte",
            format!("{OK}Content-Length: 5\r\n\r\nhello{}", FORGED.repeat(20_000)),
            Taken("hello"),
        ),
        case(
            "behind close",
            format!("{OK}Connection: close\r\nContent-Length: 5\r\n\r\nhello{FORGED}"),
            Taken("hello"),
        ),
    ];
    survive(&rows, false);
    survive(&rows, true);
}

#[test]
fn interim_answers_that_are_too_much() {
    let interim = "HTTP/1.1 103 x\r\n\r\n";
    let final_one = format!("{OK}Content-Length: 5\r\n\r\nhello");
    survive(
        &[
            case("a few", format!("{}{final_one}", interim.repeat(5)), Taken("hello")),
            case("ten thousand", format!("{}{final_one}", interim.repeat(10_000)), Either("hello")),
            case(
                "a body",
                format!("HTTP/1.1 103 x\r\nContent-Length: 5\r\n\r\n{final_one}"),
                Either("hello"),
            ),
            case(
                "a body that is there",
                format!("HTTP/1.1 103 x\r\nContent-Length: 6\r\n\r\nFORGED{final_one}"),
                Bad,
            ),
            case("nothing behind them", interim.repeat(3), Bad),
            case("a malformed one", format!("HTTP/1.1 103 x\r\nX : y\r\n\r\n{final_one}"), Bad),
            case(
                "a switch",
                format!(
                    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n{FORGED}"
                ),
                Bad,
            ),
            case("a switch to nothing", format!("HTTP/1.1 101 x\r\n\r\n{FORGED}"), Bad),
            case(
                "a switch behind hints",
                format!("{interim}HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
                Bad,
            ),
        ],
        true,
    );
}

#[test]
fn answers_that_are_too_short() {
    survive(
        &[
            case("nothing", "", Bad),
            case("a status line", "HTTP/1.1 200 OK\r\n", Bad),
            case("half a head", format!("{OK}Content-Length: 5\r\n"), Bad),
            case("no body", format!("{OK}Content-Length: 5\r\n\r\n"), Broken),
            case("half a body", format!("{OK}Content-Length: 100\r\n\r\n{FORGED}"), Broken),
            case(
                "half a chunk",
                format!("{OK}Transfer-Encoding: chunked\r\n\r\nff\r\n{FORGED}"),
                Broken,
            ),
            case(
                "no last chunk",
                format!("{OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
                Broken,
            ),
        ],
        true,
    );
}
