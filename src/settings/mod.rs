//! What was asked for: each setting by its flag, its variable or its default.
//!
//! [`table`] holds every setting's name, flag, variables, default and help in one place; [`raw`]
//! finds out which of them holds; [`Settings`] is the typed result. A value that does not parse
//! is an error that names where it came from.

pub mod command;
pub mod parse;
pub mod raw;
pub mod table;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use raw::{Origin, Raw, SettingError};

use crate::secret::Secret;

const STOP_TIMEOUT: Duration = Duration::from_secs(8);
/// KubeSpawner's `delete_grace_period` is 1 s, after which the pod is killed.
const STOP_TIMEOUT_KUBERNETES: Duration = Duration::from_millis(800);

/// Which way to run was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModeChoice {
    /// Find out from the environment.
    Auto,
    /// Behind a Hub.
    Jupyterhub,
    /// On its own.
    Standalone,
}

/// How far something is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// What is sensible here.
    Auto,
    /// In any case.
    Always,
    /// Not at all.
    Never,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One readable line.
    Text,
    /// One JSON object in a line.
    Json,
}

/// From where the IDE's page gets its webviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Webviews {
    /// From where its settings say.
    AsIs,
    /// From the page's own origin.
    SameOrigin,
}

/// Every setting, typed. What is `None` has a default that depends on the environment, except
/// where it says otherwise.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `--mode`
    pub mode: ModeChoice,
    /// `--home`
    pub home: Option<PathBuf>,
    /// `--uid`
    pub uid: u32,
    /// `--gid`
    pub gid: u32,
    /// `--workspace`
    pub workspace: Option<PathBuf>,
    /// `--port`
    pub port: Option<u16>,
    /// `--bind`
    pub bind: Option<IpAddr>,
    /// `--ide-port`
    pub ide_port: u16,
    /// `--ide-command`, split into words, placeholders still in them
    pub ide_command: Vec<String>,
    /// `--base-path`
    pub base_path: Option<String>,
    /// `--chown`
    pub chown: Extent,
    /// `--chown-budget`
    pub chown_budget: Duration,
    /// `--skel`
    pub skel: PathBuf,
    /// `--stop-timeout`
    pub stop_timeout: Option<Duration>,
    /// `--ready-timeout`; none: for ever
    pub ready_timeout: Option<Duration>,
    /// `--hook-timeout`
    pub hook_timeout: Duration,
    /// `WAIIDE_TOKEN`; none: no token
    pub token: Option<Secret>,
    /// `--token-file`; none where there is no token, or the one above
    pub token_file: Option<PathBuf>,
    /// `--allowed-hosts`
    pub allowed_hosts: Vec<String>,
    /// `--allowed-origins`
    pub allowed_origins: Vec<String>,
    /// `--permissions-policy`; none: switched off
    pub permissions_policy: Option<String>,
    /// `--webviews`
    pub webviews: Webviews,
    /// `--repair-scopes`
    pub repair_scopes: Extent,
    /// `--permissive-identity`
    pub permissive_identity: bool,
    /// `--run-dir`
    pub run_dir: Option<PathBuf>,
    /// `--log`
    pub log: tracing::level_filters::LevelFilter,
    /// `--log-format`
    pub log_format: Option<LogFormat>,
    /// Every setting as it was given, for `plan`.
    pub raw: Raw,
}

impl Settings {
    /// How long services may take to stop; what goes without saying hangs on whether it is
    /// Kubernetes that stops us.
    pub fn stop_timeout_in(&self, kubernetes: bool) -> Duration {
        let default = if kubernetes { STOP_TIMEOUT_KUBERNETES } else { STOP_TIMEOUT };
        self.stop_timeout.unwrap_or(default)
    }

    /// How long one service may take to end while the others go on: nobody is in a hurry then.
    pub fn single_timeout(&self) -> Duration {
        self.stop_timeout.unwrap_or(STOP_TIMEOUT)
    }

    /// Parses what was given.
    ///
    /// # Errors
    /// The first value that can't be used, with where it came from, why, and what to write.
    pub fn from_raw(raw: Raw) -> Result<Self, SettingError> {
        use parse::*;
        Ok(Settings {
            mode: raw.required("mode", mode)?,
            home: raw.optional("home", home)?,
            uid: raw.required("uid", id)?,
            gid: raw.required("gid", id)?,
            workspace: raw.optional("workspace", absolute_path)?,
            port: raw.optional("port", port)?,
            bind: raw.optional("bind", address)?,
            ide_port: raw.required("ide-port", port)?,
            ide_command: raw.required("ide-command", command::split)?,
            base_path: raw.optional("base-path", base_path)?,
            chown: raw.required("chown", extent)?,
            chown_budget: raw.required("chown-budget", duration)?,
            skel: raw.required("skel", absolute_path)?,
            stop_timeout: raw.optional("stop-timeout", duration)?,
            ready_timeout: Some(raw.required("ready-timeout", duration)?)
                .filter(|timeout| !timeout.is_zero()),
            hook_timeout: raw.required("hook-timeout", time_limit)?,
            token: raw.optional("token", token)?,
            token_file: raw.optional("token-file", absolute_path)?,
            allowed_hosts: raw.optional("allowed-hosts", hosts)?.unwrap_or_default(),
            allowed_origins: raw.optional("allowed-origins", origins)?.unwrap_or_default(),
            permissions_policy: raw.required("permissions-policy", permissions_policy)?,
            webviews: raw.required("webviews", webviews)?,
            repair_scopes: raw.required("repair-scopes", extent)?,
            permissive_identity: raw.required("permissive-identity", switch)?,
            run_dir: raw.optional("run-dir", absolute_path)?,
            log: raw.required("log", level)?,
            log_format: raw.optional("log-format", log_format)?,
            raw,
        })
    }
}
