//! The gateway's own sign of life.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::tell;
use crate::gateway::app::App;
use crate::gateway::control::mirror::View;

/// How often PID 1 is told, which wakes both. It takes two that are missed for a sign that the event
/// loop is stuck, or hangs in a file of a file server that is gone.
const PERIOD: Duration = Duration::from_secs(10);
/// How long its word of what it was told may take to come back.
const ECHO: Duration = Duration::from_millis(200);

/// Tells PID 1 that the gateway itself is ready: now and then, and whenever PID 1 thinks that it is
/// not.
pub async fn tell_own(app: Arc<App>) {
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let mut changes = app.mirror.watch();
    let is_doubted = |view: &View| {
        view.service("gateway").is_some_and(|status| status.pid == Some(own) && !status.ready)
    };
    loop {
        tell(&app, "gateway", (own, true), None).await;
        sleep(ECHO).await;
        let _ = timeout(PERIOD - ECHO, changes.wait_for(is_doubted)).await;
    }
}
