//! What becomes of a response's content coding, and what that changes in its header: decided from
//! plain facts, with no header map and no bytes in sight.
//!
//! Before the IDE is asked, [`validators`] turns the client's conditions into the IDE's own and
//! [`ranges`] says whether a part may be asked for. When it has answered, [`decide`] says what is
//! done to the body, and [`Decision::changes`] what is done to the header.

mod cache_control;
mod changes;
mod decision;
mod facts;
pub mod ranges;
#[cfg(test)]
mod tests;
pub mod validators;

pub use self::cache_control::CacheControl;
pub use self::changes::Change;
pub use self::decision::{Decision, decide};
pub use self::facts::{Request, Response};
