//! The Hub: whether it is reached, and takes this container for the server that the variables name.

mod api;

use self::api::{Heard, Trouble};
use super::finding::{Finding, Side};
use crate::environment::Variables;
use crate::environment::hub::Hub;
use crate::environment::hub::agreement::LIKELY_CAUSE;

/// Asks the Hub.
pub fn look(hub: &Hub, variables: &Variables) -> Vec<Finding> {
    let token = variables.get("JUPYTERHUB_API_TOKEN").or(variables.get("JPY_API_TOKEN"));
    findings(hub, &api::ask(hub, token.unwrap_or_default()), token.is_some())
}

fn findings(hub: &Hub, heard: &Heard, has_token: bool) -> Vec<Finding> {
    let url = &hub.api_url;
    let version = match &heard.version {
        Ok(version) => Finding::ok("hub", format!("{url} answers: JupyterHub {version}")),
        Err(trouble) => return vec![unreachable(url, trouble)],
    };
    vec![version, if has_token { token(hub, heard) } else { without_token() }]
}

/// Why it matters that the Hub could not be asked.
const UNKNOWN: &str = "should the Hub take this container for another server, people get 403, and \
                       nobody has looked";

/// For whoever works in the IDE's terminal, and the user's hooks.
fn without_token() -> Finding {
    let what = "this process is not given the Hub's token: whether the Hub knows this server was \
                not looked at";
    Finding::warning("hub", what)
        .because(UNKNOWN)
        .change(Side::Container, "to know it, run doctor by docker exec or kubectl exec")
}

fn unreachable(url: &str, trouble: &Trouble) -> Finding {
    Finding::broken("hub", format!("{url}: {trouble}"))
        .because("jupyterhub-singleuser ends when it does not reach the Hub's API within a minute")
        .change(
            Side::Hub,
            "c.JupyterHub.hub_ip and hub_connect_ip have to be an address that containers reach, \
             c.DockerSpawner.network_name a network that has both, and no firewall may stand \
             between",
        )
}

/// The token says itself for which server it was made: it holds that server's scope.
fn token(hub: &Hub, heard: &Heard) -> Finding {
    let scopes = match &heard.scopes {
        Ok(scopes) => scopes,
        Err(trouble @ Trouble::Status(401 | 403)) => {
            return Finding::broken(
                "hub",
                format!("the Hub refuses this server's token: {trouble}"),
            )
            .because("the Hub no longer knows this server; nobody can log in here")
            .change(Side::Hub, "stop the server at the Hub, and spawn it anew");
        }
        Err(trouble) => {
            return Finding::warning("hub", format!("the token could not be checked: {trouble}"))
                .because(UNKNOWN)
                .change(
                    Side::Hub,
                    "see in the Hub's log why it does not answer /user, and ask again",
                );
        }
    };
    let Some(server) = &hub.server else {
        return Finding::warning("hub", "which server this is can't be told from the variables")
            .because(UNKNOWN)
            .change(
                Side::Hub,
                "leave JUPYTERHUB_USER and JUPYTERHUB_SERVICE_PREFIX as it sets them",
            );
    };
    let of_servers = scopes.iter().filter_map(|s| s.strip_prefix("access:servers!server="));
    let of_servers: Vec<_> = of_servers.collect();
    let own = server.scope();
    match of_servers.as_slice() {
        [] => Finding::warning("hub", "the token tells no server's scope; nothing to compare with")
            .because(UNKNOWN)
            .change(Side::Hub, "leave access:servers!server in c.Spawner.server_token_scopes"),
        _ if scopes.contains(&own) => {
            Finding::ok("hub", format!("it takes this container for {server}, as the variables do"))
        }
        others => Finding::broken(
            "hub",
            format!("the variables say {server}, and the token is that of {}", others.join(", ")),
        )
        .because("the Hub sends one server's visitors to another's container")
        .change(Side::Hub, LIKELY_CAUSE),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use crate::environment::tests::variables;

    fn hub() -> Hub {
        let pairs = [
            ("JUPYTERHUB_USER", "alice"),
            ("JUPYTERHUB_SERVER_NAME", "waiide"),
            ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/waiide/"),
            ("JUPYTERHUB_SERVICE_URL", "http://:8888/user/alice/waiide/"),
            ("JUPYTERHUB_API_URL", "http://hub:8081/hub/api"),
            ("JUPYTERHUB_API_TOKEN", "t"),
        ];
        Hub::read(&variables(&pairs), &mut Vec::new()).unwrap()
    }

    fn levels(version: Result<&str, Trouble>, scopes: Result<&[&str], Trouble>) -> Vec<Level> {
        let heard = Heard {
            version: version.map(str::to_owned),
            scopes: scopes.map(|scopes| scopes.iter().map(|s| (*s).to_owned()).collect()),
        };
        findings(&hub(), &heard, true).iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn a_hub_that_is_not_there_is_broken_and_nothing_else_is_asked() {
        let refused = || Trouble::Connect("refused".into());
        assert_eq!(levels(Err(refused()), Err(refused())), [Level::Broken]);
    }

    #[test]
    fn the_token_tells_whose_container_the_hub_takes_it_for() {
        let second = |scopes| levels(Ok("6.1.1"), scopes)[1];
        assert_eq!(second(Ok(&["x", "access:servers!server=alice/waiide"])), Level::Ok);
        assert_eq!(second(Ok(&["access:servers!server=alice/"])), Level::Broken);
        assert_eq!(second(Ok(&["x"])), Level::Warning);
        assert_eq!(second(Err(Trouble::Status(403))), Level::Broken);
        assert_eq!(second(Err(Trouble::Status(500))), Level::Warning);
    }
}
