//! What is made of one answer, decided when its head has come.

use super::change::Change;
use super::facts;
use super::head::Form;
use super::webviews::Webviews;
use crate::gateway::encoding::{Coding, Decoder, Encoder};
use crate::gateway::http1::{Body, Field, Fields, Name, Names, RequestHead, ResponseHead, write};
use crate::gateway::negotiation::{self, Decision, Response, validators};
use crate::gateway::rewrite::{Kind, Rewriter, headers};
use crate::policies::content_security;

/// What an answer is changed for.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The path that a browser has to put before those of the server, without a slash at its end;
    /// none: they are the same.
    pub prefix: Option<&'a str>,
    /// Whether URLs in bodies get it too, or only those in heads.
    pub rewrites_bodies: bool,
    /// Whether its pages may hear a stream and play a recording back, whatever else they load.
    pub opens_media: bool,
    /// What the browser is not told.
    pub withheld: Names,
    /// The host and port that the client asked for.
    pub host: &'a str,
    /// The origin that a workbench's webviews are turned to, its own; none: they stay.
    pub webviews_from: Option<&'a str>,
}

/// What is made of an answer.
pub struct Plan {
    /// How the client is told where the body ends.
    pub form: Form,
    /// The fields that are not passed on.
    pub without: Names,
    /// Those that take their place, and others.
    pub lines: Vec<u8>,
    /// What is done to the body, in general.
    pub decision: Decision,
    /// What it is rewritten as.
    pub kind: Option<Kind>,
    /// Whether it may be a workbench whose webviews are turned to its own origin.
    pub turns_webviews: bool,
}

impl Plan {
    /// Decides.
    pub fn of(
        request: &RequestHead,
        response: &ResponseHead,
        body: &Body,
        scope: &Scope<'_>,
    ) -> Plan {
        let of_body = kind(request, response);
        let kind = of_body.filter(|_| scope.prefix.is_some() && scope.rewrites_bodies);
        let turns_webviews = scope.webviews_from.is_some() && of_body == Some(Kind::Html);
        let is_rewritten = kind.is_some() || turns_webviews;
        let mut vary = Vec::new();
        let facts = facts::of_response(response, is_rewritten, &mut vary);
        let decision = match request.reads() || is_rewritten {
            true => negotiation::decide(&facts::of_request(request), &facts),
            false => Decision::PASS,
        };
        let mut plan = Plan {
            form: form(request, response, body, &decision),
            without: Names::NONE,
            lines: Vec::new(),
            decision,
            kind: kind.filter(|_| decision.rewrite),
            turns_webviews: turns_webviews && decision.rewrite,
        };
        plan.change_head(&facts, None);
        plan.keep_tag(request, &facts);
        plan.finish_head(response.fields(), scope);
        plan
    }

    /// The same where a form is kept that is in this coding and so many bytes long.
    pub fn of_kept(
        request: &RequestHead,
        response: &ResponseHead,
        body: &Body,
        scope: &Scope<'_>,
        (coding, length): (Coding, u64),
    ) -> Plan {
        let mut plan = Plan::of(request, response, body, scope);
        let mut vary = Vec::new();
        let facts = facts::of_response(response, false, &mut vary);
        plan.decision = plan.decision.in_kept_form(coding);
        (plan.without, plan.lines) = (Names::NONE, Vec::new());
        if plan.form != Form::None {
            plan.form = Form::Length(length);
        }
        plan.change_head(&facts, Some(length));
        plan.finish_head(response.fields(), scope);
        plan
    }

    /// What does not depend on the body's form.
    fn finish_head(&mut self, fields: Fields<'_>, scope: &Scope<'_>) {
        self.prefix_head(fields, scope);
        self.without = self.without.and(scope.withheld);
        if scope.opens_media {
            self.open_media(fields);
        }
    }

    /// Lets a page's own policy admit what voice needs.
    fn open_media(&mut self, fields: Fields<'_>) {
        let own = || fields.iter().filter(|field| field.name == Name::ContentSecurityPolicy);
        let changed =
            |value| std::str::from_utf8(value).ok().and_then(content_security::with_media);
        if !own().any(|field| changed(field.value).is_some()) {
            return;
        }
        self.without.add(Name::ContentSecurityPolicy);
        for field in own() {
            let value = changed(field.value).map_or(field.value.to_vec(), String::into_bytes);
            write::field(&mut self.lines, field.spelled, &value);
        }
    }

    fn change_head(&mut self, facts: &Response<'_>, length: Option<u64>) {
        for change in self.decision.changes(facts, length) {
            match change {
                negotiation::Change::Set("content-length", _) => {}
                negotiation::Change::Set(name, value) => {
                    self.without.add(Name::of(name.as_bytes()));
                    write::field(&mut self.lines, name.as_bytes(), &value);
                }
                negotiation::Change::Remove(name) => self.without.add(Name::of(name.as_bytes())),
                negotiation::Change::Append(name, value) => {
                    write::field(&mut self.lines, name.as_bytes(), value.as_bytes());
                }
            }
        }
    }

    /// A 304 is about the form that the client has.
    fn keep_tag(&mut self, request: &RequestHead, facts: &Response<'_>) {
        let Some(etag) = facts.etag.filter(|_| facts.status == 304) else { return };
        let asked = request.fields().all(Name::IfNoneMatch);
        if let Some(own) = validators::of_not_modified(etag, asked) {
            self.without.add(Name::Etag);
            write::field(&mut self.lines, b"ETag", &own);
        }
    }

    /// Puts the prefix into the URLs and paths of a head.
    fn prefix_head(&mut self, fields: Fields<'_>, scope: &Scope<'_>) {
        let Some(prefix) = scope.prefix.filter(|_| fields.has_any(WITH_URLS)) else { return };
        let changed = |field: Field<'_>| prefixed(field, prefix, scope.host);
        let names: Vec<Name> = fields
            .iter()
            .filter(|field| WITH_URLS.has(field.name) && changed(*field).is_some())
            .map(|field| field.name)
            .collect();
        self.without = self.without.and(Names::of(&names));
        for field in fields.iter().filter(|field| names.contains(&field.name)) {
            let value = changed(field);
            write::field(&mut self.lines, field.spelled, value.as_deref().unwrap_or(field.value));
        }
    }

    /// What is done to the body; none: nothing. `length` is the body's, where it is known.
    pub fn change(&self, scope: &Scope<'_>, length: Option<u64>) -> Option<Change> {
        let Decision { decode, encode, .. } = self.decision;
        if self.decision.passes() || self.form == Form::None {
            return None;
        }
        let rewriter = self.kind.zip(scope.prefix);
        let webviews = scope.webviews_from.filter(|_| self.turns_webviews).map(Webviews::new);
        let decoder = (decode != Coding::Identity).then(|| Decoder::new(decode));
        let rewriter = rewriter.map(|(kind, prefix)| Rewriter::new(kind, prefix));
        let encoder = (encode != Coding::Identity).then(|| Encoder::new(encode, length));
        Some(Change::new(decoder, rewriter, webviews, encoder))
    }
}

/// The fields of a head that hold URLs or paths.
const WITH_URLS: Names = Names::of(&[
    Name::ContentLocation,
    Name::Link,
    Name::Location,
    Name::Refresh,
    Name::ServiceWorkerAllowed,
    Name::SetCookie,
    Name::SourceMap,
    Name::XSourceMap,
]);

fn prefixed(field: Field<'_>, prefix: &str, host: &str) -> Option<Vec<u8>> {
    let own = |name: &str| name.eq_ignore_ascii_case(host);
    match field.name {
        Name::Location => headers::location(field.value, prefix, &own),
        Name::ContentLocation => headers::content_location(field.value, prefix, &own),
        Name::SetCookie => headers::set_cookie(field.value, prefix),
        Name::Link => headers::link(field.value, prefix),
        Name::Refresh => headers::refresh(field.value, prefix),
        Name::SourceMap | Name::XSourceMap => headers::sourcemap(field.value, prefix),
        Name::ServiceWorkerAllowed => headers::service_worker_allowed(field.value, prefix),
        _ => None,
    }
}

fn kind(request: &RequestHead, response: &ResponseHead) -> Option<Kind> {
    let content_type = response.fields().first(Name::ContentType)?;
    Kind::of(content_type, request.path())
}

fn form(request: &RequestHead, response: &ResponseHead, body: &Body, decision: &Decision) -> Form {
    if request.is_head() || matches!(response.status(), 204 | 304) {
        Form::None
    } else if decision.passes() {
        Form::of(body, request.version())
    } else {
        Form::of(&Body::UntilClose, request.version())
    }
}
