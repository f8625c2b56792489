//! The API's own description (OpenAPI 3.1).

use http::StatusCode;

use crate::gateway::respond::{self, Answer};

const DESCRIPTION: &str = include_str!("openapi.json");

/// `GET /api/openapi.json`.
pub fn answer() -> Answer {
    let description = DESCRIPTION.replace("{{version}}", env!("CARGO_PKG_VERSION"));
    respond::typed(StatusCode::OK, "application/json; charset=utf-8", description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::api::Endpoint;

    #[test]
    fn it_describes_what_there_is() {
        let description: serde_json::Value = serde_json::from_str(DESCRIPTION).unwrap();
        let paths = description["paths"].as_object().unwrap();
        assert!(paths.len() >= 12);
        for (path, methods) in paths {
            let Some(endpoint) = Endpoint::of(path) else {
                assert!(["/api/sign-in", "/proxy/{port}/", "/absproxy/{port}/"].contains(&&**path));
                continue;
            };
            for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
                let method = method.to_uppercase();
                assert!(endpoint.allow().contains(&method), "{method} {path}");
            }
        }
    }
}
