//! Prometheus' text format, version 0.0.4.

use std::fmt::Write;

use http::StatusCode;

use super::services::memory;
use crate::control::protocol::{ServiceStatus, State};
use crate::gateway::app::App;
use crate::gateway::metrics::{CLASSES, Metrics};
use crate::gateway::respond::{self, Answer};

/// `GET /api/metrics`.
pub async fn answer(app: &App) -> Answer {
    let services = app.mirror.view().services();
    let mut memories = Vec::new();
    for service in &services {
        if let Some(pid) = service.pid {
            memories.extend(memory(pid).await.map(|bytes| (service.name.clone(), bytes)));
        }
    }
    let mut page = Page::default();
    let version = [(label("version", env!("CARGO_PKG_VERSION")), "1".to_owned())];
    page.family("waiide_build_info", "gauge", "What runs; always 1.", version);
    of_services(&mut page, &services);
    let memories = memories.iter().map(|(name, bytes)| (label("service", name), bytes.to_string()));
    page.family("waiide_service_memory_bytes", "gauge", "Memory of its processes.", memories);
    of_gateway(&mut page, &app.metrics);
    respond::typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", page.0)
}

/// A metric of each service: name, type, help, and how its value is had.
type OfService = (&'static str, &'static str, &'static str, fn(&ServiceStatus) -> String);

const OF_SERVICES: [OfService; 4] = [
    ("waiide_service_up", "gauge", "Whether its process runs.", |service| {
        flag(matches!(service.state, State::Starting | State::Running))
    }),
    ("waiide_service_ready", "gauge", "Whether it answered its last probe.", |service| {
        flag(service.ready)
    }),
    ("waiide_service_restarts_total", "counter", "How often it was started again.", |service| {
        service.restarts.to_string()
    }),
    ("waiide_service_uptime_seconds", "gauge", "For how long its process has run.", |service| {
        format!("{:.3}", service.uptime_seconds)
    }),
];

fn of_services(page: &mut Page, services: &[ServiceStatus]) {
    for (name, kind, help, value) in OF_SERVICES {
        let samples = services.iter().map(|s| (label("service", &s.name), value(s)));
        page.family(name, kind, help, samples);
    }
}

fn of_gateway(page: &mut Page, metrics: &Metrics) {
    let classes = CLASSES.iter().zip(metrics.answers());
    let classes = classes.map(|(class, count)| (label("class", class), count.to_string()));
    let help = "Requests answered, by class of status.";
    page.family("waiide_gateway_requests_total", "counter", help, classes);
    let errors = [(String::new(), metrics.upstream_errors().to_string())];
    let help = "Requests that the server behind did not answer.";
    page.family("waiide_gateway_upstream_errors_total", "counter", help, errors);
    let open = [(String::new(), metrics.websockets().to_string())];
    page.family("waiide_gateway_websockets", "gauge", "WebSockets that are open.", open);
}

fn flag(value: bool) -> String {
    u8::from(value).to_string()
}

fn label(name: &str, value: &str) -> String {
    let value = value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    format!("{{{name}=\"{value}\"}}")
}

/// A page of metrics.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        samples: impl IntoIterator<Item = (String, String)>,
    ) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_escaped() {
        assert_eq!(label("service", "a\"b\\c\n"), r#"{service="a\"b\\c\n"}"#);
    }

    #[test]
    fn a_family_is_introduced_once() {
        let mut page = Page::default();
        page.family("x_total", "counter", "Of x.", [(label("a", "b"), "1".to_owned())]);
        assert_eq!(page.0, "# HELP x_total Of x.\n# TYPE x_total counter\nx_total{a=\"b\"} 1\n");
    }
}
