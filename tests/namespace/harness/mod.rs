//! A container without an engine: PID, mount and network namespaces with a `/home`, a `/run` and
//! an `/etc` of their own, so that nothing of the machine's is touched.

pub mod cgroup;
pub mod observe;
mod spec;
pub mod terminal;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use spec::Spec;

/// Long enough for a busy machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What an IDE does as far as the program can tell: it answers `/version`.
pub const IDE: &str = r#"
import http.server, sys
class Ide(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = ('ide ' + self.path).encode()
        self.send_response(200); self.send_header('Content-Length', str(len(body)))
        self.end_headers(); self.wfile.write(body)
    def log_message(self, *args): pass
print('ide is up', flush=True)
http.server.ThreadingHTTPServer(('127.0.0.1', 8071), Ide).serve_forever()
"#;

/// Where the program is in a container: at a place that every user can reach, wherever the checkout
/// is. `/home` and `/tmp` are covered.
pub const INIT: &str = "/mnt/waiide-init";

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asks again and again until there is an answer.
pub fn wait_for<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    wait_at_most(PATIENCE, what, ask)
}

/// The same, for as long as this.
pub fn wait_at_most<T>(patience: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < until, "waited in vain: {what}");
        sleep(Duration::from_millis(5));
    }
}

/// A running container.
pub struct Container {
    child: Child,
    /// PID 1, as the machine sees it.
    pub pid: i32,
    log: PathBuf,
    _scratch: tempfile::TempDir,
}

impl Container {
    /// The child of unshare, once it is `waiide-init` and no longer the shell that prepares.
    fn find_init(&self) -> i32 {
        let children = format!("/proc/{0}/task/{0}/children", self.child.id());
        wait_for("PID 1", || {
            let pid: i32 = fs::read_to_string(&children).ok()?.trim().parse().ok()?;
            let command = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
            (command.trim() == "waiide-init").then_some(pid)
        })
    }

    /// Runs a shell command in the namespaces, as root.
    pub fn sh(&self, script: &str) -> String {
        self.sh_as(0, script)
    }

    /// Runs a shell command in the namespaces, as a user.
    pub fn sh_as(&self, uid: u32, script: &str) -> String {
        let output = self.output_as(uid, script);
        text(&output.stdout) + &text(&output.stderr)
    }

    /// The same, with its exit code.
    pub fn output_as(&self, uid: u32, script: &str) -> Output {
        let (target, ids) = (self.pid.to_string(), uid.to_string());
        Command::new("nsenter")
            .args(["--target", &target, "--pid", "--mount", "--net", "--setuid", &ids])
            .args(["--setgid", &ids, "--", "bash", "-c", script])
            .env("INIT", INIT)
            .env_remove("WAIIDE_IDE_COMMAND")
            .output()
            .unwrap()
    }

    /// What has been logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until the log holds something.
    pub fn wait_for_log(&self, part: &str) {
        wait_for(&format!("{part:?} in the log:\n{}", self.log()), || {
            self.log().contains(part).then_some(())
        });
    }

    /// Waits until all services are ready.
    pub fn wait_until_healthy(&self) {
        wait_for("all services to be ready", || {
            let output = self.output_as(0, "$INIT healthcheck");
            output.status.success().then_some(())
        });
    }

    /// The main process of a service, as the namespace sees it.
    pub fn pid_of(&self, service: &str) -> i32 {
        self.pid_in(service, "")
    }

    /// The same, with further arguments for `status`.
    pub fn pid_in(&self, service: &str, args: &str) -> i32 {
        let status = self.status_in(service, args);
        i32::try_from(status["pid"].as_i64().unwrap_or(0)).unwrap()
    }

    /// Sends PID 1 a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.pid), signal).unwrap();
    }

    /// Waits for the end. Returns the exit code and how long that took.
    pub fn wait(&mut self) -> (i32, Duration) {
        let began = Instant::now();
        let code = self.wait_at_most(PATIENCE);
        (code, began.elapsed())
    }

    /// Waits for the end for as long as this. Returns the exit code.
    pub fn wait_at_most(&mut self, patience: Duration) -> i32 {
        let status = wait_at_most(patience, "the end", || self.child.try_wait().unwrap());
        status.code().unwrap_or(-1)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log ---\n{}", self.log());
        }
        // The namespace goes with its PID 1. unshare's own way to kill its child does not reach
        // it: changing credentials clears the parent-death signal (prctl(2)).
        if self.pid > 0 {
            let init = nix::unistd::Pid::from_raw(self.pid);
            let _ = nix::sys::signal::kill(init, nix::sys::signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
