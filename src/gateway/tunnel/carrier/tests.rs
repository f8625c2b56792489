use super::*;
use crate::gateway::wire::{Link, Socket};
use std::future::{Future, pending};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::task::{JoinHandle, yield_now};

const PATIENCE: Duration = Duration::from_secs(10);

/// A tunnel, and what its client and its server have.
pub fn tunnel() -> (Tunnel, UnixStream, UnixStream) {
    let end = || {
        let (here, there) = tokio::net::UnixStream::pair().unwrap();
        let there = there.into_std().unwrap();
        there.set_nonblocking(false).unwrap();
        there.set_read_timeout(Some(PATIENCE)).unwrap();
        (Link::new(Socket::Unix(here)), there)
    };
    let ((client, browser), (backend, server)) = (end(), end());
    (Tunnel::new(client, backend), browser, server)
}

fn carried(
    carrier: &Arc<Carrier>,
    tunnel: Tunnel,
    recall: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<io::Result<Tunnel>> {
    let carrier = Arc::clone(carrier);
    tokio::spawn(async move { carrier.carry(tunnel, pin!(recall)).await })
}

/// How a tunnel comes back, before long.
async fn comes(task: JoinHandle<io::Result<Tunnel>>) -> Tunnel {
    tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap().unwrap()
}

/// Reads what is expected, and nothing else.
pub fn hears(socket: &mut UnixStream, expected: &[u8]) {
    let mut heard = vec![0; expected.len()];
    socket.read_exact(&mut heard).unwrap();
    assert_eq!(heard, expected);
}

/// Nobody polls anything here once the tunnel was handed over.
#[tokio::test]
async fn it_is_carried_while_the_event_loop_is_busy() {
    let ((tunnel, mut browser, mut server), carrier) = (tunnel(), Arc::default());
    let task = carried(&carrier, tunnel, pending());
    yield_now().await;
    for _ in 0..3 {
        browser.write_all(b"typed").unwrap();
        hears(&mut server, b"typed");
        server.write_all(b"shown").unwrap();
        hears(&mut browser, b"shown");
    }
    drop(browser);
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
    assert!(!comes(task).await.is_open());
}

/// What is left to do in the event loop.
async fn passes_the_rest(mut tunnel: Tunnel) {
    let passes = std::future::poll_fn(|cx| {
        tunnel.pass(cx);
        if tunnel.is_over() { Poll::Ready(()) } else { Poll::Pending }
    });
    tokio::time::timeout(PATIENCE, passes).await.unwrap();
}

fn much() -> Vec<u8> {
    (0..9_000_000u32).map(|at| (at / 7) as u8).collect()
}

#[tokio::test]
async fn nothing_is_lost_in_either_direction() {
    let ((tunnel, browser, server), carrier) = (tunnel(), Arc::default());
    let task = carried(&carrier, tunnel, pending());
    let both = [(browser.try_clone().unwrap(), server.try_clone().unwrap()), (server, browser)];
    let all = both.map(|(mut from, mut to)| {
        std::thread::spawn(move || from.write_all(&much()).unwrap());
        std::thread::spawn(move || hears(&mut to, &much()))
    });
    passes_the_rest(comes(task).await).await;
    assert!(all.map(|all| all.join().is_ok()) == [true; 2]);
}

/// What the system did not take from the thread is still to be sent.
#[tokio::test]
async fn it_comes_back_when_it_is_asked_for_with_what_waits() {
    let ((tunnel, mut browser, mut server), carrier) = (tunnel(), Arc::default());
    let (recall, recalled) = oneshot::channel::<()>();
    let task = carried(&carrier, tunnel, async { recalled.await.unwrap_or(()) });
    yield_now().await;
    browser.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let (all, mut sent) = (much(), 0);
    while let Ok(count) = browser.write(&all[sent..]) {
        sent += count;
    }
    drop(recall);
    let tunnel = comes(task).await;
    assert!(tunnel.is_open() && tunnel.backend.waiting() > 0);
    drop(browser);
    let reader = std::thread::spawn(move || hears(&mut server, &all[..sent]));
    passes_the_rest(tunnel).await;
    reader.join().unwrap();
}

/// Nobody would hear of its end before the other end reads.
#[tokio::test]
async fn one_whose_end_stands_behind_what_is_not_taken_comes_back() {
    let ((tunnel, mut browser, _server), carrier) = (tunnel(), Arc::default());
    let task = carried(&carrier, tunnel, pending());
    yield_now().await;
    browser.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    while browser.write(&[7; 100_000]).is_ok() {}
    drop(browser);
    assert!(!comes(task).await.is_open());
}

#[tokio::test]
async fn it_is_closed_when_nobody_waits_for_it() {
    let ((tunnel, mut browser, mut server), carrier) = (tunnel(), Arc::default());
    let task = carried(&carrier, tunnel, pending());
    yield_now().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!((browser.read(&mut [0]).unwrap(), server.read(&mut [0]).unwrap()), (0, 0));
}

#[tokio::test]
async fn the_thread_ends_with_the_last_who_could_need_it() {
    let ((tunnel, browser, _server), carrier) = (tunnel(), Arc::<Carrier>::default());
    drop(browser);
    comes(carried(&carrier, tunnel, pending())).await;
    let post = Arc::downgrade(carrier.0.get().unwrap());
    drop(carrier);
    let ends = async {
        while post.strong_count() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ends).await.unwrap();
}
