//! The control socket's server side: it reads requests and writes replies, and decides nothing.

use std::collections::VecDeque;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::input::Asked;
use crate::control::protocol::{ErrorBody, MAX_REQUEST, Reply, Request};
use crate::sys::creds;

/// How many clients are served at a time.
const MOST_CLIENTS: usize = 256;
/// How long a client has its place in any case.
const SHORTEST_STAY: Duration = Duration::from_secs(1);
/// How long a client may take to say what it wants, and to take an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many replies wait for a client before it is given up.
const BACKLOG: usize = 256;

/// Opens the socket, for this user alone.
///
/// # Errors
/// What bind(2) or chmod(2) said.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600))?;
    Ok(listener)
}

/// Serves clients until the program ends. When all places are taken, the next waits until the
/// client who has been there longest has had its second, and gets its place: whoever holds places
/// for nothing keeps nobody out for long, and one of ours that loses its own connects again.
pub async fn serve(listener: UnixListener, asked: Sender<Asked>) {
    let mut clients = VecDeque::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                make_room(&mut clients).await;
                let asked = asked.clone();
                let client = tokio::task::spawn_local(async move {
                    // A client that breaks off is its own affair.
                    let _ = attend(stream, asked).await;
                });
                clients.push_back((Instant::now(), client));
            }
            // Out of descriptors, or the client is gone again: the next may fare better.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn make_room(clients: &mut VecDeque<(Instant, JoinHandle<()>)>) {
    clients.retain(|(_, client)| !client.is_finished());
    while clients.len() >= MOST_CLIENTS {
        let Some((since, oldest)) = clients.front() else { return };
        if since.elapsed() >= SHORTEST_STAY {
            oldest.abort();
            clients.pop_front();
            return;
        }
        tokio::time::sleep(SHORTEST_STAY.saturating_sub(since.elapsed())).await;
        clients.retain(|(_, client)| !client.is_finished());
    }
}

async fn attend(stream: UnixStream, asked: Sender<Asked>) -> io::Result<()> {
    let peer = creds::peer_uid(&stream)?;
    let is_stranger = peer != 0 && peer != creds::uid();
    let (read, mut write_half) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let request = match timeout(PATIENCE, read_request(&mut read)).await {
            Err(_) | Ok(Ok(None)) => return Ok(()),
            Ok(Err(reason)) => {
                return write(&mut write_half, &refusal("bad_request", &reason)).await;
            }
            Ok(Ok(Some(_))) if is_stranger => {
                let reply = refusal("forbidden", "this socket belongs to another user");
                return write(&mut write_half, &reply).await;
            }
            Ok(Ok(Some(request))) => request,
        };
        let is_stream = is_stream(&request);
        let (sender, replies) = channel(backlog(&request));
        let _ = asked.send(Asked { request, client: sender }).await;
        match is_stream {
            true => return stream_replies(read, write_half, replies, &asked).await,
            false => answer(&mut write_half, replies).await?,
        }
    }
}

fn is_stream(request: &Request) -> bool {
    matches!(request, Request::Subscribe | Request::Logs { follow: true, .. })
}

/// A change that is not heard is lost; a line can still be had from the journal.
fn backlog(request: &Request) -> usize {
    match request {
        Request::Logs { .. } => 1,
        _ => BACKLOG,
    }
}

fn refusal(code: &str, message: &str) -> Reply {
    Reply::Error(ErrorBody { code: code.to_owned(), message: message.to_owned() })
}

async fn answer(client: &mut OwnedWriteHalf, mut replies: Receiver<Reply>) -> io::Result<()> {
    while let Some(reply) = replies.recv().await {
        write(client, &reply).await?;
    }
    Ok(())
}

/// Writes replies until the client hangs up. Whoever follows may take all the time they want.
async fn stream_replies(
    read: BufReader<OwnedReadHalf>,
    mut client: OwnedWriteHalf,
    mut replies: Receiver<Reply>,
    asked: &Sender<Asked>,
) -> io::Result<()> {
    let told = async {
        while let Some(reply) = replies.recv().await {
            client.write_all(&line(&reply)?).await?;
        }
        Ok(())
    };
    tokio::select! {
        ended = told => ended,
        () = hear(read, asked) => Ok(()),
    }
}

/// Passes on what a client reports while it is being told. Ready once it hangs up, or says something
/// else.
async fn hear(mut read: BufReader<OwnedReadHalf>, asked: &Sender<Asked>) {
    while let Ok(Some(request @ Request::Report { .. })) = read_request(&mut read).await {
        let (nobody, _) = channel(1);
        let _ = asked.send(Asked { request, client: nobody }).await;
    }
}

async fn write(client: &mut OwnedWriteHalf, reply: &Reply) -> io::Result<()> {
    timeout(PATIENCE, client.write_all(&line(reply)?)).await?
}

fn line(reply: &Reply) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(reply)?;
    text.push(b'\n');
    Ok(text)
}

/// One line of JSON; none at the end of the stream.
async fn read_request(read: &mut BufReader<OwnedReadHalf>) -> Result<Option<Request>, String> {
    let mut line = Vec::new();
    let mut limited = read.take(MAX_REQUEST as u64);
    limited.read_until(b'\n', &mut line).await.map_err(|error| error.to_string())?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => serde_json::from_slice(&line).map(Some).map_err(|error| error.to_string()),
        Some(_) if line.len() >= MAX_REQUEST => {
            Err(format!("a request may have {MAX_REQUEST} bytes at the most"))
        }
        Some(_) => Err("the request has no end".to_owned()),
    }
}
