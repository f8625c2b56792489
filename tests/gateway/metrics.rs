//! `/api/metrics`, read as Prometheus reads it (text format 0.0.4) and as its conventions want it.

use std::collections::{BTreeMap, BTreeSet};

use waiide_init::control::protocol::State;

use crate::support::backend::Backend;
use crate::support::control::{Control, service};
use crate::support::eventually;
use crate::support::gateway::{Gateway, config};

/// The samples, by name and labels as they are written.
type Samples = BTreeMap<String, f64>;

/// Reads a page, or says which line is wrong.
fn read(page: &str) -> Result<Samples, String> {
    let (mut samples, mut types, mut helps) = (Samples::new(), BTreeMap::new(), BTreeSet::new());
    if !page.ends_with('\n') {
        return Err("the last line has no end".into());
    }
    for line in page.lines() {
        let wrong = |why: &str| format!("{why}: {line}");
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').ok_or(wrong("no text"))?;
            let new = helps.insert(name) && !text.is_empty();
            new.then_some(()).ok_or(wrong("a second help, or an empty one"))?;
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').ok_or(wrong("no type"))?;
            let known = matches!(kind, "counter" | "gauge") && helps.contains(name);
            let fits = (kind == "counter") == name.ends_with("_total");
            let new = types.insert(name, kind).is_none();
            (known && fits && new).then_some(()).ok_or(wrong("a bad type"))?;
        } else {
            let (series, value) = line.rsplit_once(' ').ok_or(wrong("no value"))?;
            let name = series.split('{').next().unwrap_or_default();
            let fits = types.contains_key(name) && is_name(name) && has_good_labels(series);
            fits.then_some(()).ok_or(wrong("a bad series"))?;
            let value = value.parse().map_err(|_| wrong("a bad value"))?;
            let new = samples.insert(series.to_owned(), value).is_none();
            new.then_some(()).ok_or(wrong("it is there twice"))?;
        }
    }
    Ok(samples)
}

fn is_name(name: &str) -> bool {
    name.starts_with("waiide_") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// `name{label="value",…}`: a quote or a backslash in a value stands behind a backslash.
fn has_good_labels(series: &str) -> bool {
    let Some((_, labels)) = series.split_once('{') else { return true };
    let Some(labels) = labels.strip_suffix('}') else { return false };
    let plain = labels.replace(r"\\", "").replace("\\\"", "").replace(r"\n", "");
    plain.split(',').all(|label| {
        let value = label.split_once("=\"").and_then(|(_, value)| value.strip_suffix('"'));
        value.is_some_and(|value| !value.contains(['"', '\\']))
    })
}

#[test]
fn it_is_what_prometheus_reads() {
    let control = Control::with(vec![
        service("ide", State::Running, true),
        service("odd \"name\"\\", State::Stopped, false),
    ]);
    let backend = Backend::hello();
    let gateway = Gateway::start(&config(&control, backend.address));
    eventually("the state is known", || gateway.get("/api/services").status == 200);
    gateway.get("/");
    gateway.get("/api/nothing");
    let reply = gateway.get("/api/metrics");
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(reply.header("content-type"), Some(media_type));
    let samples = read(reply.text()).unwrap();
    let value = |series: &str| *samples.get(series).unwrap_or_else(|| panic!("{series}"));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(value(&format!("waiide_build_info{{version=\"{version}\"}}")), 1.0);
    assert_eq!(value("waiide_service_up{service=\"ide\"}"), 1.0);
    assert_eq!(value(r#"waiide_service_up{service="odd \"name\"\\"}"#), 0.0);
    assert!(value("waiide_service_memory_bytes{service=\"ide\"}") > 1_000_000.0);
    assert!(value("waiide_service_uptime_seconds{service=\"ide\"}") >= 1.5);
    assert!(value("waiide_gateway_requests_total{class=\"2xx\"}") >= 2.0);
    assert_eq!(value("waiide_gateway_requests_total{class=\"4xx\"}"), 1.0);
}

#[test]
fn the_reader_sees_mistakes() {
    let head = "# HELP waiide_a Of a.\n# TYPE waiide_a gauge\n";
    assert!(read(&format!("{head}waiide_a{{x=\"1,\\\"\"}} 1\n")).is_err(), "a comma in a value");
    assert!(read(&format!("{head}waiide_a{{x=\"1\"}} 1\n")).is_ok());
    for wrong in ["waiide_a 1\nwaiide_a 2\n", "waiide_b 1\n", "waiide_a one\n", "waiide_a 1"] {
        assert!(read(&format!("{head}{wrong}")).is_err(), "{wrong}");
    }
    assert!(read("# HELP waiide_a A.\n# TYPE waiide_a counter\n").is_err(), "not _total");
    assert!(read("# TYPE waiide_a gauge\n").is_err(), "no help");
}
