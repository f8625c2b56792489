//! Who is let in: the origin that a request comes from, then the token.

mod attempts;
pub mod authentication;
pub mod embedding;
pub mod gate;
pub mod origin;
mod session;
