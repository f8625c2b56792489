//! Answers that end before they should, or after.

use super::responses::{Bad, Broken, Either, FORGED, OK, Taken, case, survive};

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
