//! The program as PID 1 of namespaces of its own: what it does to processes, files and rights.
//!
//! Needs root, unshare(1), nsenter(1), ip(8) and a Python in /usr/bin. One file for each behaviour.

mod control;
mod deaf;
mod drop;
mod extra_services;
mod harness;
mod home;
mod hooks;
mod jupyterhub;
mod output;
mod panic;
mod program;
mod refusals;
mod restart;
mod spawned;
mod stop;
mod unprivileged;
