//! Sends the answers that the gateway makes itself.

use std::future::poll_fn;
use std::io::Write;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header;
use tokio::sync::mpsc;

use super::{Client, Gone, date};
use crate::gateway::http1::{Version, write};
use crate::gateway::respond::{Answer, Body};

/// How an answer is sent.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// What the client speaks.
    pub version: Version,
    /// Whether it wants the head alone.
    pub head_only: bool,
    /// Whether the connection stays open.
    pub keep: bool,
}

impl Manner {
    /// The last answer on a connection.
    pub fn last() -> Manner {
        Manner { version: Version::Http11, head_only: false, keep: false }
    }
}

/// Sends an answer. The client's patience is the caller's affair.
pub async fn send(client: &mut Client, answer: Answer, manner: Manner) -> Result<(), Gone> {
    let (head, body) = answer.into_parts();
    let chunked = matches!(body, Body::Stream(_)) && manner.version == Version::Http11;
    let out = client.link.outgoing.buffer();
    write_head(out, &head, &body, manner);
    if manner.head_only || !has_body(head.status) {
        return flush(client).await;
    }
    match body {
        Body::Full(bytes) => {
            out.extend_from_slice(&bytes);
            flush(client).await
        }
        Body::Stream(pieces) => stream(client, pieces, chunked).await,
    }
}

fn write_head(out: &mut Vec<u8>, head: &http::response::Parts, body: &Body, manner: Manner) {
    let reason = head.status.canonical_reason().unwrap_or_default();
    // Writing to a Vec cannot fail.
    let _ = write!(out, "HTTP/1.1 {} {reason}\r\n", head.status.as_u16());
    for (name, value) in head.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        write::field(out, name.as_str().as_bytes(), value.as_bytes());
    }
    date::write(out);
    match body {
        _ if !has_body(head.status) => {}
        Body::Full(bytes) => {
            let _ = write!(out, "content-length: {}\r\n", bytes.len());
        }
        Body::Stream(_) if manner.version == Version::Http11 => {
            out.extend_from_slice(b"transfer-encoding: chunked\r\n");
        }
        Body::Stream(_) => {}
    }
    connection_line(out, manner.version, manner.keep);
    out.extend_from_slice(b"\r\n");
}

/// Says whether the connection stays open, where that does not go without saying.
pub fn connection_line(out: &mut Vec<u8>, version: Version, keep: bool) {
    match (version, keep) {
        (_, false) => out.extend_from_slice(b"Connection: close\r\n"),
        (Version::Http10, true) => out.extend_from_slice(b"Connection: keep-alive\r\n"),
        (Version::Http11, true) => {}
    }
}

fn has_body(status: http::StatusCode) -> bool {
    !matches!(status.as_u16(), 100..=199 | 204 | 304)
}

/// Sends what waits.
pub async fn flush(client: &mut Client) -> Result<(), Gone> {
    poll_fn(|cx| match client.flush(cx) {
        Ok(Poll::Pending) => client.poll_too_slow(cx).map(|()| Err(Gone::TooSlow)),
        Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
        Err(gone) => Poll::Ready(Err(gone)),
    })
    .await
}

async fn stream(
    client: &mut Client,
    mut pieces: mpsc::Receiver<Bytes>,
    chunked: bool,
) -> Result<(), Gone> {
    flush(client).await?;
    while let Some(piece) = poll_fn(|cx| next_piece(cx, client, &mut pieces)).await? {
        let out = client.link.outgoing.buffer();
        if chunked {
            write::chunk(out, &piece);
        } else {
            out.extend_from_slice(&piece);
        }
        flush(client).await?;
    }
    if chunked {
        write::last_chunk(client.link.outgoing.buffer(), |_| ());
        flush(client).await?;
    }
    Ok(())
}

/// The next piece, or the client's end.
fn next_piece(
    cx: &mut Context<'_>,
    client: &mut Client,
    pieces: &mut mpsc::Receiver<Bytes>,
) -> Poll<Result<Option<Bytes>, Gone>> {
    if let Poll::Ready(piece) = pieces.poll_recv(cx) {
        return Poll::Ready(Ok(piece));
    }
    client.poll_gone(cx).map(Err)
}
