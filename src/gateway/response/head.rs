//! The head that the client gets of the IDE's answer.

use crate::gateway::http1::{Body, Name, Names, RequestHead, ResponseHead, Version, write};

/// How the client is told where the body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// There is none.
    None,
    /// It has a length, which the head states.
    Length(u64),
    /// In chunks.
    Chunked,
    /// By the end of the connection, for a client of HTTP/1.0.
    UntilClose,
}

impl Form {
    /// The form for a client of `version` of a body that comes like this.
    pub fn of(body: &Body, version: Version) -> Form {
        match (body.length(), version) {
            (Some(length), _) => Form::Length(length),
            (None, Version::Http11) => Form::Chunked,
            (None, Version::Http10) => Form::UntilClose,
        }
    }
}

/// Writes the head of an answer, but for the empty line at its end. `without`: fields that are left
/// out or written by somebody else.
pub fn write_head(
    out: &mut Vec<u8>,
    request: &RequestHead,
    response: &ResponseHead,
    form: Form,
    without: Names,
) {
    status_line(out, response);
    let without = without.and(framing_of(form, response, request));
    write::fields(out, response.fields(), without);
    match form {
        Form::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        Form::Length(length) if without.has(Name::ContentLength) => {
            out.extend_from_slice(b"Content-Length: ");
            write::number(out, length);
            out.extend_from_slice(b"\r\n");
        }
        _ => {}
    }
}

/// The fields about the length that the IDE's head cannot keep.
fn framing_of(form: Form, response: &ResponseHead, request: &RequestHead) -> Names {
    let kept = match form {
        // What a head alone says of the body that there would be stays, but where there is none.
        Form::None => request.is_head() || response.status() == 304,
        Form::Length(_) => false,
        Form::Chunked | Form::UntilClose => false,
    };
    let trailer = if form == Form::Chunked { Names::NONE } else { Names::of(&[Name::Trailer]) };
    if kept { trailer } else { trailer.and(Names::of(&[Name::ContentLength])) }
}

fn status_line(out: &mut Vec<u8>, response: &ResponseHead) {
    out.extend_from_slice(b"HTTP/1.1 ");
    write::number(out, u64::from(response.status()));
    out.push(b' ');
    out.extend_from_slice(response.reason());
    out.extend_from_slice(b"\r\n");
}
