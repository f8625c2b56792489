//! A container without an engine: PID, mount and network namespaces with a `/home`, a `/run` and
//! an `/etc` of their own, so that nothing of the machine's is touched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

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

const SETUP: &str = r#"
set -e
ip link set lo up
mount -n -t tmpfs -o mode=755 tmpfs /mnt
touch /mnt/waiide-init
mount -n --bind "$BINARY" /mnt/waiide-init
mount -n -t tmpfs -o mode=755 tmpfs /home
mount -n -t tmpfs -o mode=755 tmpfs /run
mount -n -t tmpfs -o mode=1777 tmpfs /tmp
mkdir /run/etc
mount -n -t tmpfs -o mode=755 tmpfs /run/etc
for name in alternatives hosts hostname ld.so.cache localtime nsswitch.conf; do
    cp -a "/etc/$name" /run/etc/ 2>/dev/null || true
done
mkdir /run/etc/skel
mount -n --move /run/etc /etc
rm -rf /run/etc /run/mount
printf 'root:x:0:0:root:/root:/bin/bash\ncalliope:x:1000:100::/home/calliope:/bin/bash\n' > /etc/passwd
eval "$PREPARE"
cd /
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
"#;

/// What to start, and in which surroundings.
pub struct Spec {
    prepare: String,
    env: Vec<String>,
    wrapper: Vec<String>,
    program: Vec<String>,
    scratch: tempfile::TempDir,
}

impl Spec {
    /// `waiide-init` with these arguments.
    pub fn new(args: &[&str]) -> Self {
        Spec {
            prepare: String::new(),
            env: Vec::new(),
            wrapper: Vec::new(),
            program: words(&[&[INIT], args].concat()),
            scratch: tempfile::Builder::new().prefix("waiide-").tempdir_in("/var/tmp").unwrap(),
        }
    }

    /// With a small HTTP server in the IDE's place.
    pub fn with_ide(args: &[&str]) -> Self {
        let spec = Spec::new(args);
        fs::write(spec.scratch.path().join("ide.py"), IDE).unwrap();
        let command = format!("/usr/bin/python3 {}/ide.py", spec.scratch.path().display());
        open_to_all(spec.scratch.path());
        spec.env("WAIIDE_IDE_COMMAND", &command)
    }

    /// With a shell command in the IDE's place, for what a real one can't be made to do.
    pub fn with_ide_script(script: &str, args: &[&str]) -> Self {
        let quoted = script.replace('\'', r"'\''");
        Spec::new(args).env("WAIIDE_IDE_COMMAND", &format!("/bin/sh -c '{quoted}'"))
    }

    /// A variable of the program's environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push(format!("{name}={value}"));
        self
    }

    /// Shell commands that run as root in the namespaces before the program starts.
    pub fn prepare(mut self, script: &str) -> Self {
        self.prepare.push_str(script);
        self.prepare.push('\n');
        self
    }

    /// A program that starts this one, such as setpriv(1).
    pub fn through(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = words(wrapper);
        self
    }

    /// Another program in its place, which starts it.
    pub fn instead(mut self, program: &[&str]) -> Self {
        self.program = words(program);
        self
    }

    /// The command that makes the namespaces and starts it.
    pub fn command(&self) -> Command {
        assert!(nix::unistd::geteuid().is_root(), "these tests make namespaces: run them as root");
        let mut command = Command::new("unshare");
        command
            .args(["--pid", "--fork", "--mount", "--mount-proc", "--net", "--kill-child"])
            .args(["bash", "-c", SETUP, "setup"])
            .args(&self.env)
            .args(&self.wrapper)
            .args(&self.program)
            .env("SCRATCH", self.scratch.path())
            .env("PREPARE", &self.prepare)
            .env("BINARY", env!("CARGO_BIN_EXE_waiide-init"))
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run(self) -> Output {
        let output = self.command().output().unwrap();
        eprintln!("{}{}", text(&output.stdout), text(&output.stderr));
        output
    }

    /// Starts it with its output in a pipe.
    pub fn start_piped(self) -> (Container, std::process::ChildStdout) {
        let log = self.scratch.path().join("none");
        let mut command = self.command();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let mut container = Container { child, pid: 0, log, _scratch: self.scratch };
        container.pid = container.find_init();
        (container, output)
    }

    /// Starts it.
    pub fn start(self) -> Container {
        let log = self.scratch.path().join("log");
        let file = fs::File::create(&log).unwrap();
        let child = self.command().stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let mut container = Container { child, pid: 0, log, _scratch: self.scratch };
        container.pid = container.find_init();
        container
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asks again and again until there is an answer.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
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
        let status = self.sh(&format!("$INIT status --json {args}"));
        let status: serde_json::Value = serde_json::from_str(&status).expect(&status);
        let services = status["services"].as_array().unwrap();
        let found = services.iter().find(|each| each["name"] == service).unwrap();
        i32::try_from(found["pid"].as_i64().unwrap_or(0)).unwrap()
    }

    /// Sends PID 1 a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.pid), signal).unwrap();
    }

    /// Waits for the end. Returns the exit code and how long that took.
    pub fn wait(&mut self) -> (i32, Duration) {
        let began = Instant::now();
        let status = wait_for("the end", || self.child.try_wait().unwrap());
        (status.code().unwrap_or(-1), began.elapsed())
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
