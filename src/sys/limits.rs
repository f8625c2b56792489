//! How much of the machine a process takes for itself.

use std::io;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit of open files to the most that this process may have, as far as the kernel lets
/// it (setrlimit(2)). Returns how many it may have open now.
pub fn raise_open_files() -> io::Result<u64> {
    let (before, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most).map_or(before, |()| most))
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

/// `IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)`: what nobody else wants (ioprio_set(2)).
const WHAT_IS_LEFT: libc::c_int = 3 << 13;

/// From now on this thread gets what no other thread on the machine wants, of processors and of
/// disks (sched(7), `SCHED_IDLE`). There is no way back without privileges. A lock that such a
/// thread holds may be held for long.
pub fn run_when_idle() -> io::Result<()> {
    let parameters = libc::sched_param { sched_priority: 0 };
    // By number: musl's own function says ENOSYS whatever the kernel can.
    // SAFETY: the kernel only reads the structure; 0 is the calling thread.
    Errno::result(unsafe {
        libc::syscall(
            libc::SYS_sched_setscheduler,
            0,
            libc::SCHED_IDLE,
            std::ptr::from_ref(&parameters),
        )
    })?;
    // SAFETY: integers only; 0 is the calling thread.
    Errno::result(unsafe {
        libc::syscall(libc::SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, WHAT_IS_LEFT)
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_thread_waits_for_the_others() {
        // SAFETY: an integer only; 0 is the calling thread.
        let policy = || unsafe { libc::syscall(libc::SYS_sched_getscheduler, 0) };
        let before = policy();
        let idle = std::thread::spawn(move || {
            run_when_idle().unwrap();
            policy()
        });
        assert_eq!(idle.join().unwrap(), libc::c_long::from(libc::SCHED_IDLE));
        assert_eq!(policy(), before);
    }
}
