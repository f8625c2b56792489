//! Two questions to the Hub's REST API, over whatever the variables give: HTTP, HTTPS, or
//! internal_ssl with this server's own certificate.

use std::io;
use std::path::Path;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::environment::hub::{Hub, Tls};

/// How long each answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the Hub said.
#[derive(Debug)]
pub struct Heard {
    /// Its version (`GET <api>`).
    pub version: Result<String, Trouble>,
    /// The scopes of this server's token (`GET <api>/user`).
    pub scopes: Result<Vec<String>, Trouble>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Nobody was reached.
    #[error("no answer: {0}")]
    Connect(String),
    /// It was answered with this status.
    #[error("it answers {0}")]
    Status(u16),
    /// What answers is no Hub.
    #[error("what answers is no JupyterHub")]
    Foreign,
}

/// Asks.
pub fn ask(hub: &Hub, token: &str) -> Heard {
    let url = hub.api_url.trim_end_matches('/');
    match agent(hub.tls.as_ref()) {
        Err(error) => {
            let trouble = || Trouble::Connect(error.to_string());
            Heard { version: Err(trouble()), scopes: Err(trouble()) }
        }
        Ok(agent) => Heard {
            version: get(&agent, url, None).and_then(|answer| string(&answer, "version")),
            scopes: get(&agent, &format!("{url}/user"), Some(token)).map(|answer| scopes(&answer)),
        },
    }
}

fn string(answer: &serde_json::Value, name: &str) -> Result<String, Trouble> {
    answer.get(name).and_then(|value| value.as_str()).map(str::to_owned).ok_or(Trouble::Foreign)
}

fn scopes(answer: &serde_json::Value) -> Vec<String> {
    let list = answer.get("scopes").and_then(|value| value.as_array());
    list.into_iter().flatten().filter_map(|each| each.as_str().map(str::to_owned)).collect()
}

fn get(agent: &Agent, url: &str, token: Option<&str>) -> Result<serde_json::Value, Trouble> {
    let mut request = agent.get(url);
    if let Some(token) = token {
        request = request.header("Authorization", format!("token {token}"));
    }
    let mut answer = request.call().map_err(|error| Trouble::Connect(error.to_string()))?;
    match answer.status().as_u16() {
        200 => {
            let text = answer.body_mut().read_to_string().map_err(|_| Trouble::Foreign)?;
            serde_json::from_str(&text).map_err(|_| Trouble::Foreign)
        }
        other => Err(Trouble::Status(other)),
    }
}

/// Straight to the Hub: a proxy for the rest of the world does not know it.
fn agent(tls: Option<&Tls>) -> io::Result<Agent> {
    let tls = match tls {
        Some(tls) => internal(tls)?,
        None => public(),
    };
    let config = Agent::config_builder().timeout_global(Some(PATIENCE)).tls_config(tls).proxy(None);
    Ok(config.http_status_as_error(false).max_redirects(0).build().new_agent())
}

fn public() -> TlsConfig {
    let known = rustls_native_certs::load_native_certs().certs;
    let known = known.iter().map(|der| Certificate::from_der(der).to_owned());
    TlsConfig::builder().root_certs(RootCerts::from(known)).build()
}

fn internal(tls: &Tls) -> io::Result<TlsConfig> {
    let authorities = certificates(&tls.authorities)?;
    let key = PrivateKey::from_pem(&read(&tls.key)?).map_err(|e| unusable(&tls.key, &e))?;
    let own = ClientCert::new_with_certs(&certificates(&tls.certificate)?, key);
    let config = TlsConfig::builder().root_certs(RootCerts::from(authorities.into_iter()));
    Ok(config.client_cert(Some(own)).build())
}

fn certificates(path: &Path) -> io::Result<Vec<Certificate<'static>>> {
    let items = read(path)?;
    let items = ureq::tls::parse_pem(&items).collect::<Result<Vec<_>, _>>();
    let items = items.map_err(|error| unusable(path, &error))?;
    let certificate = |item| match item {
        ureq::tls::PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    };
    Ok(items.into_iter().filter_map(certificate).collect())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}
