//! HTTP/1.1 as bytes: heads, framing and bodies (RFC 9112). Nothing here reads or writes a socket.
//!
//! A gateway has to read a message exactly as the server behind it does. Where the standard lets a
//! recipient choose, [`syntax`] and [`framing`] refuse.

mod body;
mod chunked;
mod fields;
pub mod framing;
mod name;
mod request;
mod response;
pub mod syntax;
pub mod write;

pub use body::{Body, Broken};
pub use fields::{Field, Fields};
pub use name::{Name, Names};
pub use request::{RequestHead, Version};
pub use response::ResponseHead;
