//! Starting a process that inherits nothing but what it was given.

use std::ffi::{CString, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix::errno::Errno;

use super::signal;

/// What a process is started from.
#[derive(Debug)]
pub struct Spawn {
    /// The file to execute; a bare name is looked up on `PATH` of `env`.
    pub program: PathBuf,
    /// The arguments, the first of which is the name that it is called by.
    pub argv: Vec<OsString>,
    /// The whole environment.
    pub env: Vec<(OsString, OsString)>,
    /// The working directory.
    pub directory: PathBuf,
    /// Standard input; `/dev/null` where there is none.
    pub stdin: Option<OwnedFd>,
    /// Standard output and standard error; inherited where there are none.
    pub output: Option<(OwnedFd, OwnedFd)>,
    /// How it stands to the terminal.
    pub place: Place,
}

/// A process's session and group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A session and a group of its own, without a controlling terminal.
    OwnSession,
    /// A group of its own in this session, in the terminal's foreground where there is one.
    /// Standard input is inherited.
    Foreground,
}

/// Starts the process and returns its pid. It has default signals, an empty signal mask and no
/// descriptor but 0, 1 and 2.
///
/// # Errors
/// What fork(2), chdir(2) or execve(2) said.
pub fn spawn(what: Spawn) -> io::Result<i32> {
    let image = Image::new(&what)?;
    let mut command = Command::new(&what.program);
    command.current_dir(what.directory);
    match (what.stdin, what.place) {
        (Some(input), _) => command.stdin(input),
        (None, Place::Foreground) => command.stdin(Stdio::inherit()),
        (None, Place::OwnSession) => command.stdin(Stdio::null()),
    };
    if let Some((out, err)) = what.output {
        command.stdout(out).stderr(err);
    }
    let place = what.place;
    // SAFETY: between fork and exec the closure makes system calls only, allocates nothing and
    // takes no lock.
    unsafe {
        command.pre_exec(move || {
            enter(place)?;
            Err(image.execute())
        })
    };
    // The handle is dropped: it neither waits nor kills, and the reaper is the one wait owner.
    Ok(command.spawn()?.id() as i32)
}

/// What execve(2) takes.
///
/// The standard library would call execvp(3), by which a file that the kernel takes for no program
/// is handed to a shell.
struct Image {
    program: CString,
    argv: Strings,
    env: Strings,
}

impl Image {
    fn new(what: &Spawn) -> io::Result<Self> {
        let argv = what.argv.iter().map(|word| word.as_bytes().to_vec());
        let env =
            what.env.iter().map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat());
        Ok(Image {
            program: CString::new(what.program.as_os_str().as_bytes())?,
            argv: Strings::new(argv)?,
            env: Strings::new(env)?,
        })
    }

    /// Becomes the program; comes back with the reason where that fails.
    fn execute(&self) -> io::Error {
        // SAFETY: both arrays end with a null pointer, and what they point to lives in `self`.
        unsafe {
            libc::execve(self.program.as_ptr(), self.argv.pointers(), self.env.pointers());
        }
        io::Error::last_os_error()
    }
}

/// C strings with an array of pointers to them, which a null pointer ends.
struct Strings {
    _strings: Vec<CString>,
    pointers: Vec<*const libc::c_char>,
}

// SAFETY: the pointers lead into heap memory that `_strings` owns and nobody changes.
unsafe impl Send for Strings {}
// SAFETY: as above.
unsafe impl Sync for Strings {}

impl Strings {
    /// # Errors
    /// A NUL in one of them.
    fn new(strings: impl Iterator<Item = Vec<u8>>) -> io::Result<Self> {
        let strings = strings.map(CString::new).collect::<Result<Vec<_>, _>>()?;
        let ends = strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]);
        Ok(Strings { pointers: ends.collect(), _strings: strings })
    }

    fn pointers(&self) -> *const *const libc::c_char {
        self.pointers.as_ptr()
    }
}

fn enter(place: Place) -> io::Result<()> {
    match place {
        Place::OwnSession => {
            nix::unistd::setsid()?;
        }
        Place::Foreground => take_foreground()?,
    }
    signal::reset()?;
    keep_only_standard_descriptors()
}

/// Puts the calling process into a group of its own, and that group into the foreground.
///
/// SIGTTOU would stop a background process that does this; it is blocked or ignored here, as
/// tcsetpgrp(3) allows.
fn take_foreground() -> io::Result<()> {
    // SAFETY: system calls on integers; the mask is restored to what the caller had set up.
    unsafe {
        Errno::result(libc::setpgid(0, 0))?;
        libc::signal(libc::SIGTTOU, libc::SIG_IGN);
        match Errno::result(libc::tcsetpgrp(0, libc::getpid())) {
            // No terminal, or not this session's.
            Ok(_) | Err(Errno::ENOTTY | Errno::EINVAL | Errno::EPERM | Errno::EBADF) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// Marks every descriptor above 2 to be closed by exec (close_range(2), Linux 5.11). Where the
/// call is refused (an older kernel, a seccomp filter), [`keep_from_children`] has to do.
fn keep_only_standard_descriptors() -> io::Result<()> {
    // SAFETY: integers only; the descriptors stay open until exec.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    Ok(())
}

/// Marks the descriptors above 2 that this process was started with to be closed by exec. Those
/// that it opens itself are from the beginning.
pub fn keep_from_children() {
    let entries = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    for number in numbers.filter(|number: &i32| *number > 2) {
        // SAFETY: integers only. The flag takes nothing from whoever uses the descriptor here.
        unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// This program's own file, held open, so that it can be started again by anyone it may run as,
/// also from below a directory that the user can't enter.
#[derive(Debug)]
pub struct OwnProgram(File);

impl OwnProgram {
    /// Opens it.
    pub fn open() -> io::Result<Self> {
        File::open("/proc/self/exe").map(OwnProgram)
    }

    /// A path that a forked child can execute.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
}

/// Names this process for `ps` and `top` (at most 15 bytes; prctl(2), `PR_SET_NAME`).
pub fn set_name(name: &std::ffi::CStr) {
    let _ = nix::sys::prctl::set_name(name);
}

/// Has orphans of this process's descendants come to it, where it is not PID 1.
pub fn become_subreaper() -> io::Result<()> {
    Ok(nix::sys::prctl::set_child_subreaper(true)?)
}

/// Has the kernel end this process when its parent ends.
pub fn die_with_parent() -> io::Result<()> {
    Ok(nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?)
}
