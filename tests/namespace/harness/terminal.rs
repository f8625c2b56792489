//! A container on a terminal, as `docker run -it` makes one: PID 1 leads the session whose
//! controlling terminal it is.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use super::{Container, Spec, text, wait_for};

/// The side of the terminal where a person sits.
pub struct Terminal {
    keys: File,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Spec {
    /// Starts it on a terminal of its own.
    pub fn start_on_terminal(mut self) -> (Container, Terminal) {
        let pty = nix::pty::openpty(None, None).unwrap();
        self.wrapper = ["setsid", "--ctty"].map(str::to_owned).into();
        let mut command = self.command();
        let side = || pty.slave.try_clone().unwrap();
        command.stdin(side()).stdout(side()).stderr(side());
        let terminal = Terminal::new(pty.master);
        let log = self.scratch.path().join("none");
        let container = self.started(command, log);
        (container, terminal)
    }
}

impl Terminal {
    fn new(master: OwnedFd) -> Self {
        let mut screen = File::from(master.try_clone().unwrap());
        let shown = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // EIO once nobody has the other side open any more.
            while let Ok(read @ 1..) = screen.read(&mut buffer) {
                seen.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
        });
        Terminal { keys: File::from(master), shown }
    }

    /// Types. `\x03` is Ctrl-C, `\x1a` Ctrl-Z, `\x04` Ctrl-D.
    pub fn type_in(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// All that was shown so far.
    pub fn shown(&self) -> String {
        text(&self.shown.lock().unwrap())
    }

    /// Waits until this is shown.
    pub fn wait_until_shown(&self, part: &str) {
        wait_for(&format!("{part:?} on the terminal"), || {
            self.shown().contains(part).then_some(())
        });
    }

    /// Changes its size, as a window does when it is resized.
    pub fn resize(&self, rows: u16, columns: u16) {
        // In one call: stty(1) makes two, and the program would see a size in between.
        let script = format!(
            "import fcntl, struct, termios\n\
             fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', {rows}, {columns}, 0, 0))"
        );
        let status = std::process::Command::new("/usr/bin/python3")
            .args(["-c", &script])
            .stdin(self.keys.try_clone().unwrap())
            .status();
        assert!(status.unwrap().success());
    }
}
