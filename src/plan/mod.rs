//! What will be done, as data. `run` carries it out, and `waiide-init plan` prints it.

mod without_effect;

use std::ffi::OsString;
use std::time::Duration;

use serde_json::json;

use crate::cli::Task;
use crate::environment::host::Host;
use crate::environment::hub::Hub;
use crate::environment::{Environment, Mode, Repair};
use crate::provision::hooks::survey as hooks;
use crate::provision::survey::{self, Survey};
use crate::secret::Secret;
use crate::services::extra::{Extra, ExtraError};
use crate::services::{self, Service};
use crate::settings::parse::ANY_HOST;
use crate::settings::{LogFormat, Settings};
use crate::site::{self, Site, SiteError};

/// Everything that a run does.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Which way to run.
    pub mode: Mode,
    /// Why.
    pub reason: String,
    /// Where everything runs.
    pub site: Site,
    /// What is supervised, in the order in which it is started.
    pub services: Vec<Service>,
    /// What is done to the home.
    pub survey: Survey,
    /// The start hooks, as they are now: root's may still add some of the user's.
    pub hooks: Vec<hooks::Survey>,
    /// How long stopping may take.
    pub stop_timeout: Duration,
    /// How log lines are written; none: as suits standard output.
    pub log_format: Option<LogFormat>,
    /// What the Hub said; in standalone mode nothing.
    pub hub: Option<Hub>,
    /// Variables that are not handed on as they came.
    pub repairs: Vec<Repair>,
    /// What is odd and yet no reason to refuse.
    pub warnings: Vec<String>,
    /// What must not be shown, wherever it stands.
    secrets: Vec<Secret>,
}

/// An environment in which nothing can be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is no place for it.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// The services that the image adds don't fit together.
    #[error(transparent)]
    Extra(#[from] ExtraError),
}

/// Decides what to do.
///
/// # Errors
/// Settings that contradict each other or the environment; nothing has been changed.
pub fn make(
    settings: &Settings,
    environment: &Environment,
    task: &Task,
    host: &Host,
    extras: &[Extra],
) -> Result<Plan, PlanError> {
    let mut warnings = environment.warnings.clone();
    let site = site::choose(settings, environment, host, &mut warnings)?;
    warnings.extend(open_doors(settings, environment, task, &site));
    warnings.extend(services::singleuser::open_door(settings, environment));
    warnings.extend(without_effect::look(settings, environment, task));
    let survey = survey::look(&site, host);
    warnings.extend(survey.change_of_user(&site));
    Ok(Plan {
        mode: environment.mode,
        reason: environment.reason.clone(),
        services: services::of(&site, settings, environment, task, extras)?,
        site,
        survey,
        hooks: hooks::look(host.uid == 0),
        stop_timeout: settings.stop_timeout_in(environment.kubernetes),
        log_format: settings.log_format,
        hub: environment.hub.clone(),
        repairs: environment.repairs.clone(),
        warnings,
        secrets: secrets(settings, environment),
    })
}

/// What this program knows to be secret, should a command line hold it.
fn secrets(settings: &Settings, environment: &Environment) -> Vec<Secret> {
    let tokens = ["JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN"].into_iter();
    let tokens = tokens.filter_map(|name| environment.variables.get(name));
    let secrets = settings.token.clone().into_iter().chain(tokens.map(Secret::new));
    secrets.filter(|secret| !secret.reveal().is_empty()).collect()
}

/// What has to be said where nothing keeps a stranger out.
fn open_doors(
    settings: &Settings,
    environment: &Environment,
    task: &Task,
    site: &Site,
) -> impl Iterator<Item = String> {
    let has_token = settings.token.is_some() || settings.token_file.is_some();
    let is_served = environment.mode == Mode::Standalone && !matches!(task, Task::Program(_));
    let is_open = is_served && !has_token;
    let to_the_network = (is_open && !site.public.ip().is_loopback()).then(|| {
        format!(
            "There is no token: whoever reaches port {} has a shell as {}. Publish the port on \
             127.0.0.1 alone, or set WAIIDE_TOKEN.",
            site.public.port(),
            site.account.name
        )
    });
    let to_web_pages = (is_open && settings.allowed_hosts.iter().any(|name| name == ANY_HOST))
        .then(|| {
            "Any host name is answered, and there is no token: every web page can have its own name \
             lead here (DNS rebinding), and has a shell then. Name the hosts in --allowed-hosts \
             (WAIIDE_ALLOWED_HOSTS), or set WAIIDE_TOKEN."
                .to_owned()
        });
    to_the_network.into_iter().chain(to_web_pages)
}

impl Plan {
    /// What somebody has to be told: what is put right, and what is odd.
    pub fn notices(&self) -> Vec<String> {
        let repairs = self.repairs.iter().map(Repair::sentence);
        repairs.chain(self.warnings.iter().cloned()).collect()
    }

    /// The plan as JSON. It holds no secret.
    pub fn to_json(&self) -> serde_json::Value {
        let services: Vec<_> = self.services.iter().map(|each| self.service(each)).collect();
        json!({
            "mode": self.mode,
            "reason": self.reason,
            "user": self.site.account,
            "home": self.site.home,
            "provision": self.survey.to_json(&self.site),
            "run_dir": self.site.run_dir,
            "path": self.site.public_path,
            "ports": { "public": self.site.public.to_string(), "ide": self.site.ide.to_string() },
            "hooks": self.hooks,
            "services": services,
            "stop_timeout": humantime::format_duration(self.stop_timeout).to_string(),
            "hub": self.hub.as_ref().map(Hub::to_json),
            "repairs": self.repairs,
            "warnings": self.warnings,
        })
    }

    fn service(&self, service: &Service) -> serde_json::Value {
        json!({
            "name": service.name,
            "command": self.words(service),
            "directory": service.directory,
            "on_end": service.on_end.in_words(),
            "needs": service.needs,
        })
    }

    /// A command line without its secrets.
    fn words(&self, service: &Service) -> Vec<String> {
        let shown = |word: &OsString| {
            let word = word.to_string_lossy().into_owned();
            self.secrets.iter().fold(word, |word, secret| word.replace(secret.reveal(), "[hidden]"))
        };
        service.argv.iter().map(shown).collect()
    }

    /// The plan for people.
    pub fn to_text(&self) -> String {
        let mut lines = vec![
            format!("mode      {}, because {}", self.mode.as_str(), self.reason),
            format!(
                "user      {} ({}:{})",
                self.site.account.name, self.site.account.uid, self.site.account.gid
            ),
            format!("home      {}", self.site.home.path.display()),
            format!("workspace {}", self.site.home.workspace.display()),
            format!("public    {}, the IDE under {}", self.site.public, self.site.public_path),
            format!("ide       {}", self.site.ide),
            format!("run dir   {}", self.site.run_dir.display()),
            format!("stop      within {}", humantime::format_duration(self.stop_timeout)),
        ];
        lines.extend(self.hub.as_ref().map(|hub| format!("hub       {}", hub.sentence())));
        lines.extend(self.survey.to_lines(&self.site));
        for survey in &self.hooks {
            let hook = |name| format!("hook      {name}, as {}", survey.runs_as);
            lines.extend(survey.hooks.iter().map(hook));
            lines.extend(survey.errors.iter().map(|error| format!("error     {error}")));
            lines.extend(survey.warnings.iter().map(|warning| format!("warning   {warning}")));
        }
        for service in &self.services {
            let words = shell_words::join(self.words(service));
            lines.push(format!("service   {}: {words}", service.name));
        }
        for repair in &self.repairs {
            lines.push(format!("repair    {}", repair.sentence()));
        }
        lines.extend(self.warnings.iter().map(|warning| format!("warning   {warning}")));
        lines.join("\n")
    }
}
