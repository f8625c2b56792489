//! The services, as PID 1 knows them.

use super::finding::{Finding, Side};
use crate::control::client::Client;
use crate::control::protocol::{Reply, Request, ServiceStatus, State};
use crate::plan::Plan;
use crate::run_dir;
use crate::sys::creds;

/// What PID 1 says of each; none where it can't be asked.
pub fn look(plan: &Plan) -> Option<Vec<Finding>> {
    let own = plan.site.run_dir.join(run_dir::CONTROL);
    // The plan is this command's own: PID 1 may have had to take another place.
    let others = run_dir::control_socket(None, creds::uid());
    let mut client = Client::connect(&own).or_else(|_| Client::connect(&others)).ok()?;
    match client.ask(&Request::Services) {
        Ok(Reply::Services(services)) => Some(services.iter().map(of).collect()),
        _ => None,
    }
}

/// Where nothing runs.
pub fn absent() -> Finding {
    Finding::warning(
        "services",
        "waiide-init does not run here, so that nothing is known of services",
    )
    .because("whether the IDE runs and answers was not looked at")
    .change(Side::Container, "run doctor in the container that serves (docker exec, kubectl exec)")
}

fn of(status: &ServiceStatus) -> Finding {
    let state = status.state.as_str();
    let last = status.last_exit.as_ref().map(|exit| format!("; last: {}", exit.message));
    let detail = status.detail.as_ref().map(|detail| format!("; {detail}")).or(last);
    let what = format!("{} is {state}{}", status.name, detail.unwrap_or_default());
    let done = status.state == State::Stopped && status.ready;
    match status.state {
        State::Running if status.ready => {
            Finding::ok("services", format!("{} is running and ready", status.name))
        }
        _ if done => Finding::ok("services", format!("{} has done its work", status.name)),
        State::Failed | State::Backoff | State::Running if !status.optional => {
            Finding::broken("services", what)
                .because("people get an error, or a page that waits")
                .change(Side::Container, format!("see waiide-init logs {}", status.name))
        }
        _ => Finding::warning("services", what)
            .because("who asks for it gets a page that waits, or nothing")
            .change(Side::Container, what_helps(status)),
    }
}

fn what_helps(status: &ServiceStatus) -> String {
    match status.state {
        State::Stopped | State::Failed | State::Backoff => {
            format!("start it, by waiide-init start {}", status.name)
        }
        _ => format!("wait, and see waiide-init logs {}", status.name),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    fn level(state: State, ready: bool, optional: bool) -> Level {
        let status =
            ServiceStatus { name: "ide".into(), state, ready, optional, ..Default::default() };
        of(&status).level
    }

    #[test]
    fn a_service_that_is_needed_and_fails_is_broken() {
        assert_eq!(level(State::Running, true, false), Level::Ok);
        assert_eq!(level(State::Stopped, true, false), Level::Ok);
        assert_eq!(level(State::Starting, false, false), Level::Warning);
        assert_eq!(level(State::Stopped, false, false), Level::Warning);
        assert_eq!(level(State::Backoff, false, false), Level::Broken);
        assert_eq!(level(State::Failed, false, false), Level::Broken);
        assert_eq!(level(State::Running, false, false), Level::Broken);
        assert_eq!(level(State::Failed, false, true), Level::Warning);
    }
}
