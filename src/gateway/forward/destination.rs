//! Where a request is carried to.

use crate::gateway::assets::Assets;
use crate::gateway::response::Scope;
use crate::gateway::upstream::{Onward, Upstream};

/// A server behind us, and what is made of what it says.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    /// The server.
    pub upstream: &'a Upstream,
    /// What it gets.
    pub onward: Onward<'a>,
    /// What its answers are changed for.
    pub scope: Scope<'a>,
    /// Where forms of its answers are kept.
    pub assets: Option<&'a Assets>,
}
