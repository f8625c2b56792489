//! The gateway as a black box: the binary, with a control socket and an IDE that are made here, and
//! clients that speak over plain sockets. One file for each behaviour.

mod support;

mod api;
mod base_path;
mod big_bodies;
mod compression;
mod connections;
mod continues;
mod described;
mod events;
mod head;
mod headers;
mod health;
mod host_and_origin;
mod http1;
mod jupyterhub;
mod kept;
mod limits;
mod listening;
mod metrics;
mod ports;
mod probes;
mod rewriting;
mod smuggling;
mod start_up;
mod stopping;
mod streaming;
mod targets;
mod token;
mod trailers;
mod voice;
mod websocket;
