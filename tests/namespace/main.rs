//! The program as PID 1 of namespaces of its own: what it does to processes, files and rights.
//!
//! Needs root, unshare(1), nsenter(1), ip(8), strace(1), faketime and a Python in /usr/bin. One
//! file for each behaviour.

mod accounts_without_root;
mod bad_probes;
mod broken_disks;
mod clock;
mod control;
mod crash_loop;
mod deaf;
mod descriptor_limit;
mod doctor;
mod drop;
mod drop_complete;
mod exec_failures;
mod extra_services;
mod flatness;
mod frozen;
mod harness;
mod home;
mod hooks;
mod hostile_clients;
mod inheritance;
mod jupyterhub;
mod names_and_ids;
mod on_a_terminal;
mod out_of_memory;
mod output;
mod panic;
mod passwd_file;
mod plan;
mod process_limit;
mod program;
mod reader_gone;
mod reaping;
mod refusals;
mod restart;
mod restricted;
mod same_container;
mod seccomp;
mod signal_storm;
mod skeleton;
mod spawned;
mod ssh_modes;
mod stop;
mod stop_moments;
mod unprivileged;
mod walk;
mod ways_to_start;
mod wild_output;
