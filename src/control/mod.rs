//! The control socket: one protocol between PID 1 and everything that asks it something.
//!
//! The gateway's `/api` and the commands `status`, `healthcheck`, `logs`, `start`, `stop` and
//! `restart` are all clients of `<run dir>/control.sock`. A request is one line of JSON, and so is
//! each answer. PID 1 holds the only copy of the state; what clients hold is a view of it.

pub mod client;
pub mod health;
pub mod ownership;
pub mod protocol;
