//! In which order services are told to end.

use super::{Service, is_built_in};

/// What has the public port.
pub const FRONT: usize = 0;
/// The IDE.
pub const IDE: usize = 1;

/// Puts the services that an image adds into waves: one that needs the IDE or what stands before
/// it ends with the front; any other ends after the IDE, and before what it needs itself.
pub fn set_waves(services: &mut [Service]) {
    let waves: Vec<_> = services.iter().map(|service| wave(service, services)).collect();
    for (service, wave) in services.iter_mut().zip(waves) {
        service.wave = wave;
    }
}

fn wave(service: &Service, all: &[Service]) -> usize {
    match is_built_in(&service.name) {
        true => service.wave,
        false if needs_built_in(service, all) => FRONT,
        false => IDE + 1 + generations_above(service, all),
    }
}

fn needs_built_in(service: &Service, all: &[Service]) -> bool {
    service.needs.iter().any(|need| {
        is_built_in(need)
            || all.iter().any(|other| other.name == *need && needs_built_in(other, all))
    })
}

/// How long the longest chain of services is that need this one, each the one before it. The
/// needs of services have no circle.
fn generations_above(service: &Service, all: &[Service]) -> usize {
    let needing = all.iter().filter(|other| other.needs.contains(&service.name));
    needing
        .filter(|other| !needs_built_in(other, all))
        .map(|other| 1 + generations_above(other, all))
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, needs: &[&str]) -> Service {
        Service {
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
            ..Service::new(name, Vec::new(), "/".into())
        }
    }

    #[test]
    fn what_needs_ends_before_what_is_needed() {
        let mut services = [
            Service { wave: IDE, ..service("ide", &[]) },
            Service { wave: FRONT, ..service("gateway", &[]) },
            service("db", &[]),
            service("app", &["db"]),
            service("web", &["app", "db"]),
            service("watcher", &["ide"]),
            service("watcher-of-watcher", &["watcher"]),
        ];
        set_waves(&mut services);
        assert_eq!(services.map(|service| service.wave), [IDE, FRONT, 4, 3, 2, FRONT, FRONT]);
    }
}
