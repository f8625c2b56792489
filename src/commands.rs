//! The commands that ask PID 1 for something, and what they print.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Serialize;

use crate::cli::ClientAction;
use crate::control::client::{Client, ClientError};
use crate::control::health::{self, Health};
use crate::control::ownership::Ownership;
use crate::control::protocol::{LogLine, Reply, Request, ServiceStatus, State, Verb};
use crate::environment::Variables;
use crate::run_dir;
use crate::sys::creds;

/// How long a service may take to stop or start until `stop` and `restart` give up.
const LONGEST_COMMAND: Duration = Duration::from_secs(60);

/// Carries the command out. `of_init` is PID 1's own `--run-dir`, which counts more than the variable.
/// Returns the exit code.
///
/// # Errors
/// Nobody can be asked, or the request was refused.
pub fn run(
    action: &ClientAction,
    flags: &BTreeMap<&'static str, String>,
    variables: &Variables,
    of_init: impl FnOnce() -> Option<String>,
) -> anyhow::Result<i32> {
    let variable = || variables.get("WAIIDE_RUN_DIR").map(str::to_owned);
    let given = flags.get("run-dir").cloned().or_else(of_init).or_else(variable);
    let path = run_dir::control_socket(given.map(PathBuf::from).as_deref(), creds::uid());
    let client = Client::connect(&path);
    match action {
        ClientAction::Healthcheck => healthcheck(client),
        ClientAction::Status { json } => status(&mut client?, *json),
        ClientAction::Control { verb, service } => control(&mut client?, *verb, service),
        ClientAction::Logs { service, lines, follow } => {
            logs(&mut client?, service.clone(), *lines, *follow)
        }
    }
}

fn services(client: &mut Client) -> anyhow::Result<Vec<ServiceStatus>> {
    match client.ask(&Request::Services)? {
        Reply::Services(services) => Ok(services),
        other => bail!("an answer that does not fit: {other:?}"),
    }
}

fn ownership(client: &mut Client) -> anyhow::Result<Option<Ownership>> {
    match client.ask(&Request::Ownership)? {
        Reply::Ownership(ownership) => Ok(ownership),
        other => bail!("an answer that does not fit: {other:?}"),
    }
}

fn warnings(client: &mut Client) -> anyhow::Result<Vec<String>> {
    match client.ask(&Request::Warnings)? {
        Reply::Warnings(warnings) => Ok(warnings),
        other => bail!("an answer that does not fit: {other:?}"),
    }
}

/// All that `status` shows, as `/api/services` has it.
#[derive(Serialize)]
struct Status {
    services: Vec<ServiceStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ownership: Option<Ownership>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn status(client: &mut Client, json: bool) -> anyhow::Result<i32> {
    let (services, ownership) = (services(client)?, ownership(client)?);
    let status = Status { services, ownership, warnings: warnings(client)? };
    if json {
        print(&format!("{}\n", serde_json::to_string(&status)?))?;
        return Ok(0);
    }
    let Status { services, ownership, warnings } = status;
    let mut rows =
        vec![["SERVICE", "STATE", "PID", "UPTIME", "RESTARTS", "NOTE"].map(String::from)];
    rows.extend(services.iter().map(row));
    print(&table(&rows))?;
    if let Some(ownership) = ownership {
        print(&format!("\nThe home's files: {ownership}\n"))?;
        for sentence in ownership.left() {
            print(&format!("{sentence}\n"))?;
        }
    }
    for warning in warnings {
        print(&format!("\nWarning: {warning}\n"))?;
    }
    Ok(0)
}

fn row(service: &ServiceStatus) -> [String; 6] {
    let dash = || "-".to_owned();
    let uptime = Duration::from_secs(service.uptime_seconds as u64);
    let last = service.last_exit.as_ref().map(|exit| format!("last: {}", exit.message));
    [
        service.name.clone(),
        service.state.as_str().to_owned(),
        service.pid.map_or_else(dash, |pid| pid.to_string()),
        service.pid.map_or_else(dash, |_| humantime::format_duration(uptime).to_string()),
        service.restarts.to_string(),
        service.detail.clone().or(last).unwrap_or_default(),
    ]
}

/// Columns as wide as their widest cell.
fn table(rows: &[[String; 6]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; 6] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}  "));
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    rows.iter().map(line).collect()
}

/// One line of reason; 0 when all is well.
fn healthcheck(client: Result<Client, ClientError>) -> anyhow::Result<i32> {
    let services = client.map_err(anyhow::Error::from).and_then(|mut client| services(&mut client));
    let reason = match &services {
        Ok(services) => unwell(services),
        Err(error) => Some(format!("{error:#}")),
    };
    print(&reason.as_ref().map_or("healthy\n".into(), |reason| format!("unhealthy: {reason}\n")))?;
    Ok(i32::from(reason.is_some()))
}

fn unwell(services: &[ServiceStatus]) -> Option<String> {
    let service = match health::judge(services) {
        Health::Ok => return None,
        Health::Starting(service) | Health::Degraded(service) => service,
    };
    let detail = service.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
    Some(format!("{} is {}{detail}", service.name, service.state.as_str()))
}

/// Asks, and waits until it is done: 0, or 1 when it does not come to that.
fn control(client: &mut Client, verb: Verb, service: &str) -> anyhow::Result<i32> {
    let before = find(&services(client)?, service).and_then(|status| status.pid);
    client.ask(&Request::Control { verb, service: service.to_owned() })?;
    let until = Instant::now() + LONGEST_COMMAND;
    loop {
        let services = services(client)?;
        let Some(now) = find(&services, service) else { bail!("no service {service:?}") };
        if let Some(code) = outcome(verb, before, now) {
            print(&format!("{} is {}\n", now.name, now.state.as_str()))?;
            return Ok(code);
        }
        if Instant::now() > until {
            bail!("{service} is still {}", now.state.as_str());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn find<'a>(services: &'a [ServiceStatus], name: &str) -> Option<&'a ServiceStatus> {
    services.iter().find(|service| service.name == name)
}

/// The exit code, once it is clear. A service that runs need not have answered its probe yet.
fn outcome(verb: Verb, before: Option<i32>, now: &ServiceStatus) -> Option<i32> {
    let is_up = matches!(now.state, State::Starting | State::Running) && now.pid.is_some();
    match (verb, now.state) {
        (Verb::Stop, State::Stopped | State::Failed) => Some(0),
        (Verb::Stop, _) => None,
        // Its work was done at once.
        (_, State::Stopped) if now.ready => Some(0),
        (_, State::Backoff | State::Failed | State::Stopped) => Some(1),
        (Verb::Restart, _) if now.pid == before => None,
        _ => is_up.then_some(0),
    }
}

fn logs(
    client: &mut Client,
    service: Option<String>,
    lines: usize,
    follow: bool,
) -> anyhow::Result<i32> {
    let has_names = service.is_none();
    client.send(&Request::Logs { service, lines, follow })?;
    if follow {
        client.be_patient()?;
    }
    loop {
        match client.next_reply() {
            Ok(Reply::Lines(lines)) => print(&render(&lines, has_names))?,
            Ok(_) => {}
            // It was stopped meanwhile, which is how following ends.
            Err(_) if follow => return Ok(0),
            Err(error) => return Err(error).context("reading the log"),
        }
        if !follow {
            return Ok(0);
        }
    }
}

fn render(lines: &[LogLine], has_names: bool) -> String {
    let one = |line: &LogLine| match has_names {
        true => format!("{} {} | {}\n", line.at, line.service, line.text),
        false => format!("{} {}\n", line.at, line.text),
    };
    lines.iter().map(one).collect()
}

/// Prints, and ends quietly when nobody reads any more.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_have_no_blanks_at_the_end() {
        let row = |a: &str, b: &str| [a, b, "", "", "", ""].map(String::from);
        assert_eq!(table(&[row("a", "bb"), row("ccc", "d")]), "a    bb\nccc  d\n");
    }
}
