//! The gateway, started with a configuration.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use waiide_init::gateway::config::{Ask, Config, Listen, Probe, Timeouts};
use waiide_init::secret::Secret;

use super::PATIENCE;
use super::client::{Client, Reply};
use super::control::Control;

/// A configuration like PID 1's in standalone mode, on a free port.
pub fn config(control: &Control, ide: SocketAddr) -> Config {
    Config {
        mode: "standalone".into(),
        listen: Listen::Tcp("127.0.0.1:0".parse().unwrap()),
        base_path: "/".into(),
        public_path: "/".into(),
        ide,
        control_socket: control.path(),
        allowed_hosts: Vec::new(),
        allowed_origins: Vec::new(),
        token: None,
        permissions_policy: None,
        turns_webviews: false,
        probes: Vec::new(),
        own_ports: Vec::new(),
        cache_dir: None,
        precompressed_dir: None,
        // A machine that has much else to do is no reason to cut anybody off.
        timeouts: Timeouts { drain: 5000, ..Timeouts::default() },
    }
}

/// The same with a token.
pub fn with_token(mut config: Config, token: &str) -> Config {
    config.token = Some(Secret::new(token));
    config
}

/// The probe that PID 1 would name for the IDE.
pub fn probe(ide: SocketAddr) -> Probe {
    let ask = Ask::Http { address: ide, path: "/version".into(), expect: (200, 500) };
    Probe { service: "ide".into(), ask }
}

/// A running gateway. It is killed when this is dropped.
pub struct Gateway {
    child: Child,
    place: String,
    log: Arc<Mutex<String>>,
}

impl Gateway {
    /// Starts one and waits until it listens, and knows what PID 1 knows where there is one.
    pub fn start(config: &Config) -> Gateway {
        Gateway::start_within(config, &[])
    }

    /// The same by what stands before it: a shell, say, which gets its path as `$0`.
    pub fn start_within(config: &Config, before: &[&str]) -> Gateway {
        let document = serde_json::to_value(config).unwrap();
        Gateway::start_document(&document, config.control_socket.exists(), before)
    }

    fn start_document(document: &serde_json::Value, controlled: bool, before: &[&str]) -> Gateway {
        let (child, log, lines) = spawn(document, before);
        let wait_for = |words: &str| loop {
            let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("not {words}"));
            if let Some((_, rest)) = line.split_once(words) {
                break rest.split_whitespace().next().unwrap_or_default().to_owned();
            }
        };
        let place = wait_for("listening on ");
        if controlled {
            wait_for("connected to PID 1");
        }
        Gateway { child, place, log }
    }

    /// Starts one with settings that are laid over its configuration, by name.
    pub fn start_with(config: &Config, settings: &serde_json::Value) -> Gateway {
        let mut document = serde_json::to_value(config).unwrap();
        for (name, value) in settings.as_object().unwrap() {
            document[name] = value.clone();
        }
        Gateway::start_document(&document, config.control_socket.exists(), &[])
    }

    /// Starts one that is expected to end by itself; returns how, and what it said.
    pub fn fail(config: &Config) -> (ExitStatus, String) {
        let (mut child, log, lines) = spawn(&serde_json::to_value(config).unwrap(), &[]);
        let status = child.wait().unwrap();
        while lines.recv_timeout(PATIENCE).is_ok() {}
        let log = log.lock().unwrap().clone();
        (status, log)
    }

    /// Starts one in which only so many files can be open.
    pub fn start_with_few_descriptors(config: &Config, most: u32) -> Gateway {
        let limit = format!("ulimit -n {most}; exec \"$0\" gateway");
        Gateway::start_within(config, &["sh", "-c", &limit])
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.place.parse().unwrap()
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A connection to it.
    pub fn connect(&self) -> Client<TcpStream> {
        Client::connect(self.address())
    }

    /// Sends a request on a connection of its own, and reads the answer. `Host: localhost` is
    /// added, unless there is a Host in it.
    pub fn ask(&self, head: &str) -> Reply {
        let mut client = self.connect();
        client.send_head(head);
        client.reply()
    }

    /// `GET` of a path.
    pub fn get(&self, path: &str) -> Reply {
        self.ask(&format!("GET {path} HTTP/1.1\r\n"))
    }

    /// `GET` of a path as a browser does it when a person opens it.
    pub fn navigate(&self, path: &str) -> Reply {
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nAccept: text/html,*/*;q=0.8\r\nSec-Fetch-Mode: navigate\r\n"
        ))
    }

    /// Its resident memory, in bytes; `field` is one of proc_pid_status(5)'s.
    pub fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        let kilobytes: u64 = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap();
        kilobytes * 1024
    }

    /// How many files it has open (proc_pid_fd(5)).
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).unwrap();
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type Spawned = (Child, Arc<Mutex<String>>, mpsc::Receiver<String>);

fn spawn(document: &serde_json::Value, before: &[&str]) -> Spawned {
    let binary = env!("CARGO_BIN_EXE_waiide-init");
    let mut command = match before {
        [] => Command::new(binary),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(binary);
            command
        }
    };
    if before.is_empty() {
        command.arg("gateway");
    }
    let mut child =
        command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let text = serde_json::to_vec(document).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let stderr = child.stderr.take().unwrap();
    let (log, lines) = follow(stderr);
    (child, log, lines)
}

fn follow(
    stderr: impl std::io::Read + Send + 'static,
) -> (Arc<Mutex<String>>, mpsc::Receiver<String>) {
    let log = Arc::new(Mutex::new(String::new()));
    let (sender, receiver) = mpsc::channel();
    let kept = log.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            kept.lock().unwrap().push_str(&format!("{line}\n"));
            let _ = sender.send(line);
        }
    });
    (log, receiver)
}

/// A path below a directory of its own.
pub fn below(directory: &tempfile::TempDir, name: &str) -> PathBuf {
    Path::new(directory.path()).join(name)
}
