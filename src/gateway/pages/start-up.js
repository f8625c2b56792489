
"use strict";
// Follows the services' states and turns into the IDE once it is ready. Addresses are relative,
// so that this works under any prefix that a proxy puts in front.
(() => {
  const at = (id) => document.getElementById(id);
  const base = at("page").dataset.base;
  const services = new Map();
  const colors = { running: "good", starting: "busy", backoff: "busy", stopping: "busy", stopped: "rest", failed: "bad" };
  const names = { ide: "IDE", gateway: "Gateway", singleuser: "Jupyter server" };
  let leaving = false;
  let heard = false;
  let lastLog = "";

  function describe(service) {
    if (service.state === "running") return service.ready ? "ready" : "not answering";
    if (service.state === "backoff") return "ended, starts again soon";
    return service.state;
  }

  function reason(ide) {
    if (ide.detail) return ide.detail;
    return ide.last_exit ? ide.last_exit.message : "";
  }

  function show() {
    at("services").replaceChildren(...[...services.values()].map((service) => {
      const line = document.createElement("li");
      const dot = document.createElement("span");
      const color = service.state === "running" && !service.ready ? "busy" : colors[service.state];
      dot.className = "dot " + color;
      dot.setAttribute("aria-hidden", "true");
      const name = document.createElement("span");
      name.textContent = names[service.name] || service.name;
      const what = document.createElement("span");
      what.className = "what";
      what.textContent = describe(service);
      line.append(dot, name, what);
      return line;
    }));
    const ide = services.get("ide");
    if (ide) showIde(ide);
  }

  function say(title, lead) {
    if (at("title").textContent !== title) at("title").textContent = title;
    if (at("lead").textContent !== lead) at("lead").textContent = lead;
    document.title = title + " · WAIIDE";
  }

  function showIde(ide) {
    const why = reason(ide);
    const down = ide.state === "failed" || ide.state === "stopped";
    const troubled = down || ide.state === "backoff" || Boolean(ide.detail);
    if (ide.state === "failed") say("The IDE could not be started", "It ended too often and is not started again by itself.");
    else if (ide.state === "stopped") say("The IDE is stopped", "Somebody stopped it. It stays so until it is started.");
    else if (ide.state === "backoff") say("The IDE ended", "It is started again in a moment.");
    else if (ide.ready) say("Your IDE is ready", "Opening it…");
    else say("Starting your IDE", "This takes a few seconds. The page turns into the IDE by itself.");
    at("bar").classList.toggle("still", down);
    at("trouble").hidden = !(troubled && why);
    if (at("reason").textContent !== why) at("reason").textContent = why;
    at("help").hidden = !troubled;
    at("again").hidden = !down;
    if (troubled) showLog();
  }

  async function showLog() {
    try {
      const answer = await fetch(base + "api/services/ide/logs?lines=20");
      const text = answer.ok ? await answer.text() : "";
      if (text !== lastLog) at("log").textContent = lastLog = text;
    } catch { /* the gateway itself is away; the events come back on their own */ }
  }

  // The first word may be of an IDE that was ready before this page was shown and did not answer
  // then: it gets a moment.
  function openWhenReady(first) {
    if (leaving || !(services.get("ide") || {}).ready) return;
    leaving = true;
    setTimeout(() => location.reload(), first ? 500 : 0);
  }

  function take(list, first) {
    for (const service of list) services.set(service.name, service);
    show();
    openWhenReady(first);
  }

  const events = new EventSource(base + "api/events");
  events.addEventListener("services", (event) => {
    const first = !heard;
    heard = true;
    services.clear();
    take(JSON.parse(event.data).services, first);
  });
  events.addEventListener("service", (event) => take([JSON.parse(event.data)], false));

  // Where something on the way holds events back, ask each second; otherwise now and then, to be sure.
  let ticks = 0;
  setInterval(async () => {
    ticks += 1;
    const live = heard && events.readyState === EventSource.OPEN;
    if (leaving || (live && ticks % 5)) return;
    try {
      const answer = await fetch(base + "api/health");
      const health = await answer.json();
      const ready = answer.ok || (health.service && health.service !== "ide" && health.status === "starting");
      if (ready && !leaving) {
        leaving = true;
        location.reload();
      }
    } catch { /* ask again */ }
  }, 1000);

  at("again").addEventListener("click", async () => {
    at("again").disabled = true;
    try {
      await fetch(base + "api/services/ide/start", { method: "POST" });
    } finally {
      at("again").disabled = false;
    }
  });
})();
