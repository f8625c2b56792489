//! The Hub's pages and Jupyter's own, which the IDE's page does not depend on.

use http::HeaderMap;

use crate::doctor::finding::{Finding, Side};
use crate::doctor::url::advice;
use crate::doctor::url::judge::microphone::{self, Said};
use crate::doctor::url::observed::{Observed, lines};

/// Looks at both.
pub fn look(observed: &Observed) -> Vec<Finding> {
    let ide = observed.check.as_ref().map(|check| &check.got).or(observed.page());
    let hub = observed.hub.as_ref().and_then(|page| forbidding(page, ide));
    let jupyter = observed.jupyter.as_ref().and_then(|page| forbidding(page, ide));
    match (hub, jupyter) {
        (Some(hub), Some(jupyter)) if ide.is_none() && hub == jupyter => vec![of_edge(&hub)],
        (hub, jupyter) => {
            let hub = hub.map(|value| of_hub(&value));
            hub.into_iter().chain(jupyter.map(|value| of_jupyter(&value))).collect()
        }
    }
}

/// The lines by which a page is forbidden the microphone, but for those that the IDE's page has as
/// well: they come from the edge, and are told of that page.
fn forbidding(page: &HeaderMap, ide: Option<&HeaderMap>) -> Option<String> {
    let own = |name| {
        let of_ide = ide.map(|ide| lines(ide, name)).unwrap_or_default();
        let own = lines(page, name).into_iter().filter(|line| !of_ide.contains(line));
        own.collect::<Vec<_>>()
    };
    let (new, old) = (own("permissions-policy"), own("feature-policy"));
    match microphone::said(&new, &old) {
        Said::Nothing | Said::Allowed => None,
        Said::Forbidden => Some(new.join(", ")),
        Said::ForbiddenByFeaturePolicy => Some(old.join(", ")),
    }
}

fn of_hub(value: &str) -> Finding {
    let what = format!("the Hub's own pages forbid the microphone ({})", microphone::short(value));
    Finding::warning("hub", what)
        .because("the IDE's page is not touched by that, unless a page of the Hub's frames it")
        .change(Side::Hub, "if they are to have it, in jupyterhub_config.py:")
        .paste(&advice::of_hub())
}

fn of_jupyter(value: &str) -> Finding {
    let value = microphone::short(value);
    let what = format!("Jupyter's own pages forbid the microphone ({value})");
    Finding::warning("jupyter", what)
        .because("the IDE's page is not touched by that; JupyterLab and notebooks are")
        .change(Side::Container, "if they are to have it, in jupyter_server_config.py:")
        .paste(&advice::of_singleuser())
}

fn of_edge(value: &str) -> Finding {
    let value = microphone::short(value);
    let what = format!("the Hub's pages and Jupyter's forbid the microphone ({value})");
    Finding::broken("policy", what)
        .because("what is on both is added on the way, to the IDE's page as well")
        .change(Side::ReverseProxy, "take it out; or, if it has to be the proxy's, in nginx:")
        .paste(&advice::one_policy())
}
