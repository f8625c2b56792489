//! Who this process is, and becoming somebody else for good.

use std::fs;
use std::io;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};

/// What `/proc/self/status` says of this process's rights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Real, effective, saved and file system user ids.
    pub uids: Vec<u32>,
    /// Real, effective, saved and file system group ids.
    pub gids: Vec<u32>,
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// Inheritable, permitted, effective, bounding and ambient capabilities.
    pub inheritable: u64,
    /// See `inheritable`.
    pub permitted: u64,
    /// See `inheritable`.
    pub effective: u64,
    /// See `inheritable`.
    pub bounding: u64,
    /// See `inheritable`.
    pub ambient: u64,
    /// Whether exec can no longer add rights (`PR_SET_NO_NEW_PRIVS`).
    pub no_new_privs: bool,
}

/// This process's rights, read back from the kernel.
pub fn current() -> io::Result<Credentials> {
    fs::read_to_string("/proc/self/status").map(|status| parse(&status))
}

fn parse(status: &str) -> Credentials {
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .unwrap_or_default()
            .trim()
    };
    let ids = |name| field(name).split_whitespace().filter_map(|id| id.parse().ok()).collect();
    let set = |name| u64::from_str_radix(field(name), 16).unwrap_or(u64::MAX);
    Credentials {
        uids: ids("Uid"),
        gids: ids("Gid"),
        groups: ids("Groups"),
        inheritable: set("CapInh"),
        permitted: set("CapPrm"),
        effective: set("CapEff"),
        bounding: set("CapBnd"),
        ambient: set("CapAmb"),
        no_new_privs: field("NoNewPrivs") == "1",
    }
}

/// Whom PID 1 runs as; root where that can't be read.
pub fn uid_of_init() -> u32 {
    let status = fs::read_to_string("/proc/1/status").unwrap_or_default();
    parse(&status).uids.get(1).copied().unwrap_or(0)
}

/// The effective user id.
pub fn uid() -> u32 {
    Uid::effective().as_raw()
}

/// The effective group id.
pub fn gid() -> u32 {
    Gid::effective().as_raw()
}

/// Replaces the supplementary groups (setgroups(2)).
pub fn set_groups(groups: &[u32]) -> io::Result<()> {
    let groups: Vec<Gid> = groups.iter().copied().map(Gid::from_raw).collect();
    Ok(setgroups(&groups)?)
}

/// Sets the real, effective and saved group id.
pub fn set_gid(gid: u32) -> io::Result<()> {
    let gid = Gid::from_raw(gid);
    Ok(setresgid(gid, gid, gid)?)
}

/// Sets the real, effective and saved user id.
pub fn set_uid(uid: u32) -> io::Result<()> {
    let uid = Uid::from_raw(uid);
    Ok(setresuid(uid, uid, uid)?)
}

/// Whether this process can become root again.
pub fn can_become_root() -> bool {
    // SAFETY: setuid(2) takes an integer. Should it succeed, the caller ends the process.
    Errno::result(unsafe { libc::setuid(0) }).is_ok()
}

/// Forbids exec to add rights, for this process and all that it starts.
pub fn set_no_new_privs() -> io::Result<()> {
    Ok(nix::sys::prctl::set_no_new_privs()?)
}

/// Keeps processes of the same user from reading this one's memory and environment.
pub fn set_undumpable() -> io::Result<()> {
    Ok(nix::sys::prctl::set_dumpable(false)?)
}

/// The user at the other end of a Unix socket, as it was when it connected (unix(7),
/// `SO_PEERCRED`).
pub fn peer_uid(socket: &impl AsFd) -> io::Result<u32> {
    Ok(getsockopt(socket, PeerCredentials)?.uid())
}

/// While this lives, this thread looks files up with another user's rights (setfsuid(2)). What it
/// may do besides, by its capabilities, it still may.
#[derive(Debug)]
pub struct FileRights {
    before: (u32, u32),
}

impl FileRights {
    /// Takes on a user's rights.
    ///
    /// # Errors
    /// `EPERM` where this thread may not become that user.
    pub fn of(uid: u32, gid: u32) -> io::Result<Self> {
        let before = set_file_ids(uid, gid);
        let rights = FileRights { before };
        match set_file_ids(uid, gid) == (uid, gid) {
            true => super::caps::raise_permitted().map(|()| rights),
            false => Err(Errno::EPERM.into()),
        }
    }
}

impl Drop for FileRights {
    fn drop(&mut self) {
        set_file_ids(self.before.0, self.before.1);
        // It had them before; without them, what comes next is refused, and told.
        let _ = super::caps::raise_permitted();
    }
}

/// Returns what they were before: it is all that these calls say.
fn set_file_ids(uid: u32, gid: u32) -> (u32, u32) {
    // SAFETY: integers only; both calls are about this thread alone.
    let (gid, uid) = unsafe { (libc::setfsgid(gid), libc::setfsuid(uid)) };
    (uid.cast_unsigned(), gid.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_read_field_by_field() {
        let read = parse(
            "Name:\tx\nUid:\t1000\t1000\t1000\t1000\nGid:\t100\t100\t100\t100\nGroups:\t100 27 \n\
             NoNewPrivs:\t1\nCapInh:\t0000000000000000\nCapPrm:\t00000000000000c0\n\
             CapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n",
        );
        assert_eq!(read.uids, [1000; 4]);
        assert_eq!(read.groups, [100, 27]);
        assert_eq!((read.permitted, read.bounding), (0xc0, 0x1ff_ffff_ffff));
        assert!(read.no_new_privs);
    }

    #[test]
    fn a_set_that_is_missing_counts_as_full() {
        assert_eq!(parse("").effective, u64::MAX);
    }
}
