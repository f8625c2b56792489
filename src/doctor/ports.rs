//! The ports, before anything runs: afterwards the services' readiness says more.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::finding::{Finding, Side};
use crate::environment::Mode;
use crate::plan::Plan;

/// Whether they can be had.
pub fn look(plan: &Plan, is_running: bool) -> Vec<Finding> {
    // The Hub asks where it has told the server to be.
    let public = match plan.mode {
        Mode::Jupyterhub => "c.Spawner.port",
        Mode::Standalone => "--port",
    };
    let ports = [(public, plan.site.public), ("--ide-port", plan.site.ide)];
    match is_running {
        true => {
            let whose = match plan.mode {
                Mode::Jupyterhub => "jupyterhub-singleuser",
                Mode::Standalone => "the gateway",
            };
            vec![Finding::ok(
                "ports",
                format!("{whose} at {}, the IDE at {}", plan.site.public, plan.site.ide),
            )]
        }
        false => ports.into_iter().map(|(setting, address)| can_be_had(setting, address)).collect(),
    }
}

fn can_be_had(setting: &str, address: SocketAddr) -> Finding {
    let Err(error) = TcpListener::bind(address) else {
        return Finding::ok("ports", format!("{address} is free"));
    };
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => format!("end what listens there, or give another {setting}"),
        ErrorKind::PermissionDenied => format!("give a {setting} above 1023"),
        _ => format!("give another {setting}, or an address of this container's by --bind"),
    };
    Finding::broken("ports", format!("{address} can't be had: {error}"))
        .because("nobody could be served there")
        .change(Side::Container, remedy)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_broken_and_the_flag_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let finding = can_be_had("--port", taken.local_addr().unwrap());
        assert_eq!(finding.level, Level::Broken);
        assert!(finding.change.unwrap().what.contains("--port"));
    }
}
