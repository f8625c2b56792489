//! An IDE that keeps what it is asked, byte for byte, and takes nothing that can be read in two
//! ways.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use super::backend::{Backend, Served};
use super::wire::{Body, Fault, Framing, Head, Wire, text};

/// An IDE.
pub struct Recorder {
    /// Where it listens.
    pub address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    requests: Vec<Request>,
    faults: Vec<String>,
}

/// A request as the IDE got it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: Body,
}

impl Request {
    /// The request line.
    pub fn line(&self) -> String {
        text(&self.head.first)
    }

    /// The request target.
    pub fn target(&self) -> String {
        self.line().split(' ').nth(1).unwrap_or_default().to_owned()
    }
}

impl Recorder {
    /// One that gives answers which depend on the request.
    pub fn answering(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Recorder {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let noted = kept.clone();
        let backend = Backend::start(move |served| serve(served, &noted, &answer));
        Recorder { address: backend.address, kept }
    }

    /// One that answers with the request line, or with nothing where there may be no body.
    pub fn start() -> Recorder {
        Recorder::answering(|request| {
            let line = request.line();
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{line}", line.len()).into_bytes()
        })
    }

    /// The requests since the last time. Fails when something came that is no request.
    #[track_caller]
    pub fn take(&self) -> Vec<Request> {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap());
        assert!(kept.faults.is_empty(), "the IDE got what is no request: {:?}", kept.faults);
        kept.requests
    }

    /// The only request since the last time.
    #[track_caller]
    pub fn take_one(&self) -> Request {
        let mut requests = self.take();
        assert_eq!(requests.len(), 1, "the IDE got {requests:?}");
        requests.remove(0)
    }
}

fn serve(served: Served, kept: &Mutex<Kept>, answer: &impl Fn(&Request) -> Vec<u8>) {
    let mut peer = served;
    let mut wire = Wire::new(peer.stream.try_clone().unwrap());
    loop {
        match request(&mut wire) {
            Ok(request) => {
                // Kept before it is answered: whoever has the answer finds the request.
                kept.lock().unwrap().requests.push(request.clone());
                peer.send(answer(&request));
            }
            Err(Fault::Malformed(fault)) => {
                kept.lock().unwrap().faults.push(fault);
                return;
            }
            Err(_) => return,
        }
    }
}

fn request(wire: &mut Wire<std::net::TcpStream>) -> Result<Request, Fault> {
    let head = wire.head()?;
    let line = String::from_utf8_lossy(&head.first).into_owned();
    if line.split(' ').count() != 3 || !line.ends_with(" HTTP/1.1") {
        return Err(Fault::Malformed(format!("a request line: {line:?}")));
    }
    let body = wire.body(&head, false, Framing::None)?;
    Ok(Request { head, body })
}
