//! What all requests share.

use std::sync::Arc;

use anyhow::Context;
use tokio::sync::Notify;

use super::access::authentication::Authentication;
use super::access::embedding::frame_ancestors;
use super::access::gate::Gate;
use super::access::origin::Origin;
use super::assets::{Assets, Places};
use super::base_path::BasePath;
use super::config::{Config, Timeouts};
use super::control::Control;
use super::control::mirror::Mirror;
use super::ending::Ending;
use super::host::HostRule;
use super::metrics::Metrics;
use super::policy::Permissions;
use super::tunnel::Carrier;
use super::upstream::Upstream;
use crate::control::protocol::IDE;

/// The parts of the gateway.
#[derive(Debug)]
pub struct App {
    /// Whether jupyter-server-proxy stands before us. It alone can reach our socket, and is
    /// believed what it says about the client.
    pub behind_jupyter: bool,
    /// `standalone` or `jupyterhub`.
    pub mode: String,
    /// The path under which everything is served.
    pub base_path: Arc<BasePath>,
    /// The same as the browser has it.
    pub public_path: BasePath,
    /// The host names that are answered.
    pub hosts: HostRule,
    /// The origins that are let in besides the request's own.
    pub origins: Vec<Origin>,
    /// The policy that says who may frame us.
    pub frame_ancestors: String,
    /// Who is let in; none: everybody.
    pub gate: Option<Gate>,
    /// Who is let in, in a word.
    pub authentication: Authentication,
    /// The Permissions-Policy of all answers; none: it is left to whoever makes them.
    pub permissions: Option<Permissions>,
    /// Whether a workbench gets its webviews from its own origin.
    pub turns_webviews: bool,
    /// PID 1, for commands.
    pub control: Control,
    /// What PID 1 says about the services.
    pub mirror: Mirror,
    /// The IDE.
    pub upstream: Arc<Upstream>,
    /// The kept forms of what it sends.
    pub assets: Assets,
    /// Carries WebSockets.
    pub carrier: Carrier,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Rung when the IDE did not answer although it is said to be ready: time for a probe.
    pub doubt: Notify,
    /// The ports that nobody is let through to.
    pub own_ports: Vec<u16>,
    /// How long clients may take.
    pub timeouts: Timeouts,
    /// Turns true when the gateway is to end. Everything that may last long looks at it.
    pub ending: Ending,
}

impl App {
    /// Makes the parts from the configuration. Fails where a value cannot be used, naming it.
    pub fn new(config: &Config, ending: Ending) -> anyhow::Result<App> {
        let behind_jupyter = config.mode == "jupyterhub";
        let base_path = Arc::new(BasePath::new(&config.base_path));
        let hosts =
            if behind_jupyter { HostRule::Any } else { HostRule::new(&config.allowed_hosts) };
        let origins = origins(&config.allowed_origins)?;
        let policy = config.permissions_policy.as_deref();
        let metrics = Arc::new(Metrics::default());
        Ok(App {
            behind_jupyter,
            mode: config.mode.clone(),
            hosts,
            frame_ancestors: frame_ancestors(&origins),
            origins,
            authentication: Authentication::of(behind_jupyter, config.token.is_some()),
            gate: config.token.as_ref().map(|token| Gate::new(token.clone(), &base_path)),
            base_path,
            public_path: BasePath::new(&config.public_path),
            permissions: policy.map(permissions).transpose()?,
            turns_webviews: config.turns_webviews,
            control: Control::new(&config.control_socket),
            mirror: Mirror::default(),
            upstream: Arc::new(Upstream::new("the IDE", config.ide)),
            assets: Assets::open(Places {
                cache: config.cache_dir.clone(),
                image: config.precompressed_dir.clone(),
            }),
            carrier: Carrier::default(),
            metrics,
            doubt: Notify::new(),
            own_ports: config.own_ports.clone(),
            timeouts: config.timeouts,
            ending,
        })
    }

    /// Whether the IDE is ready, as far as PID 1 knows.
    pub fn ide_is_ready(&self) -> bool {
        self.mirror.view().is_ready(IDE)
    }
}

fn origins(allowed: &[String]) -> anyhow::Result<Vec<Origin>> {
    let read = |text: &String| {
        Origin::parse(text).with_context(|| {
            format!(
                "allowed origin {text:?} is not scheme://host[:port]; \
                 correct it in --allowed-origins or WAIIDE_ALLOWED_ORIGINS"
            )
        })
    };
    allowed.iter().map(read).collect()
}

fn permissions(text: &str) -> anyhow::Result<Permissions> {
    Permissions::parse(text).with_context(|| {
        format!(
            "Permissions-Policy {text:?} cannot be used; \
             correct it in --permissions-policy or WAIIDE_PERMISSIONS_POLICY"
        )
    })
}
