//! The gateway's signs of life. PID 1 takes a gateway that gives none for one whose event loop is
//! stuck, or hangs in a file of a file server that is gone.

use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::time::{sleep, timeout};

use super::view::View;
use super::{ControlError, Requests};
use crate::control::protocol::{GATEWAY, Request, SIGN_OF_LIFE};

/// How long what comes of a sign may take to be heard.
const ECHO: Duration = Duration::from_millis(200);

/// Tells PID 1 that the gateway is ready: now and then, and whenever PID 1 thinks that it is not.
/// Over the connection that is there in any case, as another one might not be had. Returns when that
/// breaks.
pub async fn give(requests: &mut Requests, mut changes: Receiver<View>) -> ControlError {
    let pid = i32::try_from(std::process::id()).unwrap_or_default();
    let sign = Request::Report { service: GATEWAY.to_owned(), pid, ready: true, reason: None };
    let is_doubted = |view: &View| {
        view.service(GATEWAY).is_some_and(|status| status.pid == Some(pid) && !status.ready)
    };
    loop {
        if let Err(error) = requests.send(&sign).await {
            return error;
        }
        sleep(ECHO).await;
        let _ = timeout(SIGN_OF_LIFE - ECHO, changes.wait_for(is_doubted)).await;
    }
}
