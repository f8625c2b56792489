//! What to start, and in which surroundings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::{Container, IDE, INIT, text};

/// The longest that a program may run that is run to its end.
const LONGEST_RUN: Duration = Duration::from_secs(30);

const SETUP: &str = r#"
set -e
ip link set lo up
mount -n -t tmpfs -o mode=755 tmpfs /mnt
touch /mnt/waiide-init
mount -n --bind "$BINARY" /mnt/waiide-init
mount -n -t tmpfs -o mode=755 tmpfs /home
mount -n -t tmpfs -o mode=755 tmpfs /run
mount -n -t tmpfs -o mode=1777 tmpfs /tmp
# What a container remembers, the machine is not to.
mount -n -t tmpfs -o mode=755 tmpfs /var/lib
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
    pub(super) wrapper: Vec<String>,
    program: Vec<String>,
    pub(super) scratch: tempfile::TempDir,
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
        Spec::with_ide_python(IDE, args)
    }

    /// With a Python program in the IDE's place.
    pub fn with_ide_python(program: &str, args: &[&str]) -> Self {
        let spec = Spec::new(args);
        let command = format!("/usr/bin/python3 {}", spec.file("ide.py", program));
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

    /// Writes a file that every user in the container can read and execute; returns its path,
    /// which is the same in there and out here.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.scratch.path().join(name);
        fs::write(&path, content).unwrap();
        open_to_all(&path);
        open_to_all(self.scratch.path());
        path.display().to_string()
    }

    /// A program that starts this one, such as setpriv(1).
    pub fn through(mut self, wrapper: &[&str]) -> Self {
        assert_installed(wrapper[0]);
        self.wrapper = words(wrapper);
        self
    }

    /// With a delay before each of these system calls (strace(1)), in it and in all that it starts:
    /// a moment between two of them is a long one then.
    pub fn slowed(self, calls: &str, microseconds: u32) -> Self {
        let (trace, inject) =
            (format!("trace={calls}"), format!("inject={calls}:delay_enter={microseconds}"));
        let quiet = ["strace", "-D", "-f", "-q", "--seccomp-bpf", "-o", "/dev/null"];
        self.through(&[&quiet[..], &["-e", &trace, "-e", &inject]].concat())
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
        let mut command = self.command();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (is_over, ending) = std::sync::mpsc::channel::<()>();
        let unshare = child.id();
        std::thread::spawn(move || {
            if ending.recv_timeout(LONGEST_RUN) == Err(RecvTimeoutError::Timeout) {
                kill_namespace(unshare);
            }
        });
        let output = child.wait_with_output().unwrap();
        drop(is_over);
        eprintln!("{}{}", text(&output.stdout), text(&output.stderr));
        output
    }

    /// Starts it with its output in a pipe.
    pub fn start_piped(self) -> (Container, std::process::ChildStdout) {
        let log = self.scratch.path().join("none");
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut container = self.started(command, log);
        let output = container.child.stdout.take().unwrap();
        (container, output)
    }

    /// Starts it.
    pub fn start(self) -> Container {
        let log = self.scratch.path().join("log");
        let file = fs::File::create(&log).unwrap();
        let mut command = self.command();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        self.started(command, log)
    }

    pub(super) fn started(self, mut command: Command, log: PathBuf) -> Container {
        let child = command.spawn().unwrap();
        let mut container = Container { child, pid: 0, log, _scratch: self.scratch };
        container.pid = container.find_init();
        container
    }
}

/// Ends what runs to no end.
fn kill_namespace(unshare: u32) {
    let children = fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children"));
    for pid in children.unwrap_or_default().split_whitespace() {
        let init = nix::unistd::Pid::from_raw(pid.parse().unwrap());
        let _ = nix::sys::signal::kill(init, nix::sys::signal::SIGKILL);
    }
}

/// What is missing in the container only shows as a container that never starts.
fn assert_installed(program: &str) {
    let found = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        .iter()
        .any(|dir| Path::new(dir).join(program).exists());
    assert!(found, "{program} is needed: install the package that holds it");
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
