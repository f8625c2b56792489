//! HTTP/1.1 as RFC 9110 and 9112 want it of a gateway, over plain sockets. One file for each part
//! of the standard; most are tables of named cases.

mod bodies_down;
mod bodies_up;
mod disconnects;
mod expect;
mod fields_down;
mod fields_up;
mod forwarded;
mod half_close;
mod hops;
mod hosts;
mod interim;
mod methods;
mod persistence;
mod pipelining;
mod pool;
mod request_lines;
mod statuses;
mod streams;
mod targets;
mod trailers;
mod versions;
