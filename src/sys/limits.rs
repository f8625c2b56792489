//! How much of the machine a process takes for itself.

use std::io;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit of open files to the most that this process may have (setrlimit(2)).
pub fn raise_open_files() -> io::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

/// `IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7)`: the last of the usual class (ioprio_set(2)).
const LAST_OF_THE_USUAL: libc::c_int = 2 << 13 | 7;
const IOPRIO_WHO_PROCESS: libc::c_int = 1;
const NICENESS: libc::c_int = 10;

/// Lets others go first, for processors and for disks, from now on; this thread alone
/// (setpriority(2), ioprio_set(2)).
pub fn let_others_go_first() -> io::Result<()> {
    // SAFETY: integers only; 0 is the calling thread.
    Errno::result(unsafe {
        libc::syscall(libc::SYS_setpriority, libc::PRIO_PROCESS, 0, NICENESS)
    })?;
    // SAFETY: as above.
    Errno::result(unsafe {
        libc::syscall(libc::SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, LAST_OF_THE_USUAL)
    })?;
    Ok(())
}
