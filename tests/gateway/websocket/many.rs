//! Many WebSockets at once.

use super::frames::masked;
use super::{Scene, echo};
use crate::support::eventually;
use crate::support::talk::Talk;

const COUNT: usize = 300;

#[test]
fn each_hears_its_own_echo() {
    let scene = Scene::set(echo);
    let mut talks: Vec<Talk> = (0..COUNT).map(|_| scene.open()).collect();
    let message = |n: usize, round: usize| masked(0x81, format!("{n} in {round}").as_bytes());
    for round in 0..5 {
        for (n, talk) in talks.iter_mut().enumerate() {
            talk.say(message(n, round));
        }
        for (n, talk) in talks.iter_mut().enumerate().rev() {
            let expected = message(n, round);
            assert_eq!(talk.wire.exactly(expected.len()).unwrap(), expected);
        }
    }
    let metrics = || scene.gateway.get("/api/metrics").text().to_owned();
    assert!(metrics().contains(&format!("waiide_gateway_websockets {COUNT}\n")));
    drop(talks);
    eventually("all are counted as closed", || metrics().contains("waiide_gateway_websockets 0\n"));
}

#[test]
fn an_idle_one_costs_little_memory() {
    let scene = Scene::set(echo);
    drop(scene.open());
    let before = scene.gateway.memory("VmRSS");
    let mut talks: Vec<Talk> = (0..COUNT).map(|_| scene.open()).collect();
    for talk in &mut talks {
        talk.say(vec![1; 10_000]);
        talk.wire.exactly(10_000).unwrap();
    }
    let each = scene.gateway.memory("VmRSS").saturating_sub(before) / COUNT as u64;
    assert!(each < 80 * 1024, "{each} bytes for each");
}
