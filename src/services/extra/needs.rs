//! Whether what services need is there, and without a circle.

use super::{Extra, ExtraError};
use crate::services::Service;

/// Looks at the needs of all extra services; `all` are the services there are.
///
/// # Errors
/// One that is needed and not there, or a circle.
pub fn check(extras: &[Extra], all: &[Service]) -> Result<(), ExtraError> {
    for extra in extras {
        for (need, line) in &extra.needs {
            let reason = match all.iter().any(|service| service.name == *need) {
                false => Some(unknown(need, all)),
                true => circle(&extra.name, need, extras),
            };
            if let Some(reason) = reason {
                return Err(ExtraError::new(&extra.file, Some(*line), reason));
            }
        }
    }
    Ok(())
}

fn unknown(need: &str, all: &[Service]) -> String {
    let names: Vec<_> = all.iter().map(|service| service.name.as_str()).collect();
    format!("needs {need:?}, which is no service here; there are {}", names.join(", "))
}

/// The circle that the service's need would close, in words.
fn circle(name: &str, need: &str, extras: &[Extra]) -> Option<String> {
    let mut ways = vec![vec![need.to_owned()]];
    let mut seen: Vec<String> = Vec::new();
    while let Some(way) = ways.pop() {
        let last = way.last()?;
        if last == name {
            let way = way.join(", which needs ");
            return Some(format!("{name} needs {way}: none of them could ever start"));
        }
        if seen.contains(last) {
            continue;
        }
        seen.push(last.clone());
        let Some(next) = extras.iter().find(|extra| extra.name == *last) else { continue };
        ways.extend(
            next.needs
                .iter()
                .map(|(need, _)| [way.as_slice(), std::slice::from_ref(need)].concat()),
        );
    }
    None
}
