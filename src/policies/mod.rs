//! The policies that a page comes with, as its browser reads them: what it may use, and from where
//! it may load. The gateway sends them; `doctor --url` looks at what arrives.

pub mod content_security;
pub mod permissions;
