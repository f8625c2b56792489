//! Capabilities (capabilities(7)): giving all of them up.

use std::io;

use nix::errno::Errno;

/// To change owners. These four are bits of a capability set (linux/capability.h).
pub const CHOWN: u64 = 1;
/// To read, write and enter whatever the permissions say.
pub const DAC_OVERRIDE: u64 = 1 << 1;
/// To become another group, and to set the supplementary ones.
pub const SETGID: u64 = 1 << 6;
/// To become another user.
pub const SETUID: u64 = 1 << 7;

/// The version of capset's structures with 64-bit sets (linux/capability.h).
const VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Sets {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Removes every capability from the bounding set. Returns whether that was allowed: without
/// CAP_SETPCAP the set stays as the container's engine made it.
pub fn empty_bounding_set() -> io::Result<bool> {
    for capability in 0..64 {
        // SAFETY: prctl(2) with integers only.
        match Errno::result(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) }) {
            Ok(_) => {}
            Err(Errno::EINVAL) => break,
            Err(Errno::EPERM) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(true)
}

/// Empties the ambient set.
pub fn empty_ambient_set() -> io::Result<()> {
    let clear = libc::PR_CAP_AMBIENT_CLEAR_ALL;
    // SAFETY: prctl(2) with integers only.
    Errno::result(unsafe { libc::prctl(libc::PR_CAP_AMBIENT, clear, 0, 0, 0) })?;
    Ok(())
}

/// Empties the effective, permitted and inheritable sets of this thread.
pub fn empty_own_sets() -> io::Result<()> {
    let header = Header { version: VERSION_3, pid: 0 };
    let none = [Sets::default(); 2];
    // SAFETY: both structures are laid out as capset(2) wants them and outlive the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &header, none.as_ptr()) })?;
    Ok(())
}

/// Makes every permitted capability of this thread effective again.
pub fn raise_permitted() -> io::Result<()> {
    let header = Header { version: VERSION_3, pid: 0 };
    let mut sets = [Sets::default(); 2];
    // SAFETY: both structures are laid out as capget(2) wants them and outlive the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_capget, &header, sets.as_mut_ptr()) })?;
    for set in &mut sets {
        set.effective = set.permitted;
    }
    // SAFETY: as above.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &header, sets.as_ptr()) })?;
    Ok(())
}
