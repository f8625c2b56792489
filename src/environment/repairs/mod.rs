//! Variables that the Hub, or an admin's change to it, got wrong, put right for
//! jupyterhub-singleuser. Pure: from variables to variables.

mod addresses;
mod scopes;

use serde::Serialize;

use super::Variables;
use super::hub::agreement;
use super::hub::server::Server;
use crate::settings::Extent;

/// A variable that is not handed on as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// The variable.
    pub variable: String,
    /// Its value from now on.
    pub value: String,
    /// Why.
    pub reason: String,
}

impl Repair {
    /// For the log, `plan` and `status`.
    pub fn sentence(&self) -> String {
        let value = if self.value.is_empty() { "empty" } else { &self.value };
        format!("{} becomes {value}, because {}", self.variable, self.reason)
    }
}

/// Finds out what has to be put right, and what is odd and left alone. Where variables contradict
/// each other nothing is: it would be right for one of two servers.
pub fn find(variables: &Variables, extent: Extent, warnings: &mut Vec<String>) -> Vec<Repair> {
    let mut repairs = addresses::repairs(variables);
    let mut repaired = variables.clone();
    apply(&repairs, &mut repaired);
    let contradictions = agreement::contradictions(&repaired);
    warnings.extend(contradictions.iter().map(agreement::Contradiction::warning));
    if contradictions.iter().any(|each| each.is_of_identity) {
        return Vec::new();
    }
    match Server::of(variables) {
        Some(server) if server.name.is_empty() || extent == Extent::Never => {
            warnings.extend(scopes::warning(&server, variables));
        }
        Some(server) => repairs.extend(scopes::repairs(&server, variables, extent, warnings)),
        None => {}
    }
    repairs
}

/// Carries the repairs out.
pub fn apply(repairs: &[Repair], variables: &mut Variables) {
    for repair in repairs {
        variables.0.insert(repair.variable.clone().into(), repair.value.clone().into());
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::variables;
    use super::*;

    #[test]
    fn where_the_variables_contradict_each_other_nothing_is_repaired() {
        let pairs = [
            ("JUPYTERHUB_USER", "alice"),
            ("JUPYTERHUB_SERVER_NAME", "other"),
            ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/waiide/"),
            ("JUPYTERHUB_OAUTH_ACCESS_SCOPES", "[]"),
            ("JUPYTERHUB_HOST", "/user/alice/waiide"),
        ];
        let mut warnings = Vec::new();
        assert!(find(&variables(&pairs), Extent::Auto, &mut warnings).is_empty());
        assert!(warnings[0].contains("JUPYTERHUB_SERVER_NAME"), "{warnings:?}");
    }

    #[test]
    fn a_base_url_that_is_repaired_contradicts_nothing() {
        let pairs = [
            ("JUPYTERHUB_USER", "alice"),
            ("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/waiide/"),
            ("JUPYTERHUB_BASE_URL", "/user/alice/waiide/"),
            ("JUPYTERHUB_OAUTH_ACCESS_SCOPES", r#"["access:servers!server=alice/"]"#),
        ];
        let repairs = find(&variables(&pairs), Extent::Auto, &mut Vec::new());
        let names: Vec<_> = repairs.iter().map(|repair| repair.variable.as_str()).collect();
        assert_eq!(names, ["JUPYTERHUB_BASE_URL", "JUPYTERHUB_OAUTH_ACCESS_SCOPES"]);
    }
}
