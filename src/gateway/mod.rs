//! The built-in API server and reverse proxy, a process of its own without privileges.

pub mod config;
