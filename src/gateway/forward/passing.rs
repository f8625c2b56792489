//! What passing an answer on takes, whether it comes from the server or was kept.

use crate::gateway::client::date;
use crate::gateway::client::send::connection_line;
use crate::gateway::http1::{Name, Names};
use crate::gateway::policy;
use crate::gateway::response::{Plan, write_head};
use crate::gateway::turn::{Outcome, Turn};
use crate::gateway::upstream::{Exchange, Upstream};

/// What became of an answer.
pub enum Passed {
    /// The client has it, as far as that could be done.
    Done(Outcome),
    /// The server has to be asked again.
    Again,
}

/// Keeps a connection that nothing more comes over.
pub fn reuse(upstream: &Upstream, exchange: Exchange, reusable: bool) {
    if reusable && exchange.upload.is_sent(&exchange.link) && exchange.link.incoming.is_empty() {
        upstream.give_back(exchange.link);
    }
}

/// Writes the head that the client gets.
pub fn head(turn: &mut Turn<'_>, plan: &Plan, keep: bool) {
    let (app, response) = (turn.app, &turn.response);
    let status = response.status();
    app.metrics.answered(status);
    tracing::debug!(method = turn.head.method(), path = turn.head.path(), status, "request");
    let out = turn.client.link.outgoing.buffer();
    let permissions = app.permissions.as_ref();
    let own = permissions.map_or(Names::NONE, |_| Names::of(&[Name::PermissionsPolicy]));
    write_head(out, turn.head, response, plan.form, plan.without.and(own));
    out.extend_from_slice(&plan.lines);
    policy::write(out, response.fields(), turn.verdict, &app.frame_ancestors, permissions);
    if !response.fields().has(Name::Date) {
        date::write(out);
    }
    connection_line(out, turn.head.version(), keep);
    out.extend_from_slice(b"\r\n");
}
