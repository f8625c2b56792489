//! `waiide-init`: the entrypoint of a container that serves a VS Code-family IDE in the browser.
//!
//! The binary is PID 1. It finds out where it runs, makes the user's home right, drops from root
//! to the user, then starts and supervises the IDE and what stands before it. See `main.rs` for
//! the steps in order, and `README.md` for what a person can do with it.

pub mod cli;
pub mod commands;
pub mod control;
pub mod doctor;
pub mod ending;
pub mod environment;
pub mod gateway;
pub mod journal;
pub mod logging;
pub mod plan;
pub mod policies;
pub mod privilege;
pub mod provision;
pub mod run_dir;
pub mod secret;
pub mod services;
pub mod settings;
pub mod site;
pub mod start;
pub mod supervisor;
pub mod sys;
pub mod tls;
pub mod workbench;
