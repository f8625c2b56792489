//! An IDE that does what a test wants, on plain sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// An IDE. Each connection is served on a thread of its own.
pub struct Backend {
    /// Where it listens.
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

/// A connection to the IDE.
pub struct Served {
    /// The connection.
    pub stream: TcpStream,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Backend {
    /// Starts one.
    pub fn start(serve: impl Fn(Served) + Send + Sync + 'static) -> Backend {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, heads) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<_>>>::default());
        let (counted, kept, serve) = (connections.clone(), heads.clone(), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::SeqCst);
                let (serve, heads) = (serve.clone(), kept.clone());
                std::thread::spawn(move || serve(Served { stream, heads }));
            }
        });
        Backend { address, connections, heads }
    }

    /// One that gives the same answer to every request, which have no bodies.
    pub fn answering(answer: impl Into<String>) -> Backend {
        let answer = answer.into();
        Backend::start(move |mut served| {
            while served.head().is_some() {
                served.send(&answer);
            }
        })
    }

    /// One that says `hello` to every request.
    pub fn hello() -> Backend {
        Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The heads of all requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// The head of the last request.
    pub fn last_head(&self) -> String {
        self.heads().pop().expect("there was a request")
    }
}

impl Served {
    /// Reads the head of the next request; none when the connection has ended.
    pub fn head(&mut self) -> Option<String> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match self.stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return None,
            }
        }
        let head = String::from_utf8(head).unwrap();
        self.heads.lock().unwrap().push(head.clone());
        Some(head)
    }

    /// Sends something. A client that is gone is no error.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Reads so many bytes.
    pub fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Reads a chunked body, with its trailers, as it comes over the wire.
    pub fn read_chunked(&mut self) -> String {
        let mut body = Vec::new();
        while !body.ends_with(b"\r\n\r\n") || !body.windows(3).any(|three| three == b"0\r\n") {
            body.extend(self.read(1));
        }
        String::from_utf8(body).unwrap()
    }
}

/// The values of a header in a head, in lower-case names.
pub fn values<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim()).collect()
}
