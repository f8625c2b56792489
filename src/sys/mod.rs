//! Every system call that the standard library does not wrap, and all of the `unsafe`.
//!
//! One file for each concern of the kernel. Nothing here knows what the program is for.

#![allow(unsafe_code)]

pub mod caps;
pub mod cgroup;
pub mod creds;
pub mod dirfd;
pub mod epoll;
pub mod files;
pub mod idmap;
pub mod limits;
pub mod listing;
pub mod memory;
pub mod mounts;
pub mod paths;
pub mod pidfd;
pub mod pipe;
pub mod proc;
pub mod signal;
pub mod socket;
pub mod spawn;
pub mod stat;
pub mod wait;
