
"use strict";
// Follows the services' states and turns into the IDE once that is ready. Addresses are relative, so
// that this works under any prefix that a proxy puts in front.
(() => {
  const at = (id) => document.getElementById(id);
  const base = at("services").dataset.base;
  const services = new Map();
  const colors = { running: "good", starting: "busy", backoff: "busy", stopping: "busy", stopped: "rest", failed: "bad" };
  const names = { ide: "IDE", gateway: "Gateway", singleuser: "Jupyter server" };
  // For how long a start is nothing to talk about.
  const PATIENCE_S = 20;
  // When a stream of events that was answered with something else is asked for again.
  const AGAIN_MS = 3000;
  let events = null;
  let leaving = false;
  let heard = false;
  let lastLog = "";
  let readsLog = false;
  // Why the IDE was not started when somebody asked for it.
  let refusal = "";

  const age = (service) => Math.floor(service.uptime_seconds + (performance.now() - service.heardAt) / 1000);
  const answers = (service) => service.state === "running" && service.ready;
  const waits = (service) => service.pid !== null && !service.ready && ["starting", "running"].includes(service.state);

  function describe(service) {
    if (answers(service)) return "ready";
    if (waits(service)) return (service.state === "starting" ? "waiting for its first answer" : "does not answer") + ` · ${age(service)} s`;
    if (service.state === "backoff") return "ended, starts again soon";
    return service.ready ? "done" : service.state;
  }

  const words = {
    starting: ["Starting your IDE", "This takes a few seconds. The page turns into the IDE by itself."],
    running: ["Your IDE does not answer", "It runs, and is asked again and again. The page turns into the IDE by itself."],
    backoff: ["Your IDE ended", "It is started again by itself. The page turns into the IDE once it answers."],
    stopping: ["Your IDE is being stopped", "It may be started again after that."],
    stopped: ["Your IDE is stopped", "Somebody stopped it. It stays so until it is started."],
    failed: ["Your IDE could not be started", "It ended too often, and is not started again by itself."],
  };

  function titles(ide) {
    if (answers(ide)) return ["Your IDE is ready", "Opening it…"];
    const [title, lead] = words[ide.state];
    if (ide.state === "starting" && age(ide) >= PATIENCE_S) return [title, "It takes longer than usual. What it prints is below."];
    if (ide.state === "backoff" && ide.restarts) return [title, `${lead} So far it was started ${ide.restarts + 1} times.`];
    return [title, lead];
  }

  // What has not changed is left alone: a screen reader reads what is set.
  const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  function line(service) {
    const item = document.createElement("li");
    const parts = ["dot", "", "what"].map((name) => item.appendChild(Object.assign(document.createElement("span"), { className: name })));
    parts[0].className += " " + (waits(service) ? "busy" : colors[service.state]);
    parts[0].setAttribute("aria-hidden", "true");
    parts[1].textContent = names[service.name] || service.name;
    parts[2].textContent = describe(service);
    return item;
  }

  function show() {
    if (leaving) return;
    at("services").replaceChildren(...[...services.values()].map(line));
    const ide = services.get("ide");
    if (ide) showIde(ide);
  }

  function showIde(ide) {
    const [title, lead] = titles(ide);
    set(at("title"), title);
    set(at("lead"), lead);
    document.title = title + " · WAIIDE";
    const down = ide.state === "failed" || ide.state === "stopped";
    const slow = ide.state === "starting" && age(ide) >= PATIENCE_S;
    const troubled = down || slow || ide.state === "backoff" || ide.state === "running" && !ide.ready || Boolean(ide.detail);
    if (!down) refusal = "";
    const why = refusal || ide.state === "stopped" ? refusal : ide.detail || (troubled && !slow && ide.last_exit ? "It " + ide.last_exit.message + "." : "");
    at("bar").className = down ? "bar still" : "bar";
    at("trouble").hidden = !why;
    set(at("reason"), why);
    // Whoever uses the keyboard would have to begin at the top.
    if (!down && document.activeElement === at("again")) at("title").focus();
    at("again").hidden = !down;
    at("actions").hidden = at("help").hidden = !troubled;
    if (troubled) showLog();
  }

  async function showLog() {
    // Each service is told by itself, and a browser has six connections to a host.
    if (readsLog) return;
    readsLog = true;
    try {
      const answer = await fetch(base + "api/services/ide/logs?lines=20");
      const text = answer.ok ? await answer.text() : "";
      if (text !== lastLog) {
        at("log").textContent = lastLog = text;
        at("log").scrollTop = at("log").scrollHeight;
      }
    } catch { /* the gateway itself is away; the events come back on their own */ }
    readsLog = false;
  }

  function leave(milliseconds) {
    if (leaving) return;
    leaving = true;
    // A browser has six connections to a host: other pages like this one need theirs.
    setTimeout(() => { events.close(); location.reload(); }, milliseconds);
  }

  // The first word may be of an IDE that was ready before this page was shown and did not answer
  // then: it gets a moment.
  function take(list, first) {
    for (const service of list) services.set(service.name, { ...service, heardAt: performance.now() });
    show();
    if ((services.get("ide") || {}).ready) leave(first ? 500 : 0);
  }

  function takeAll(list) {
    services.clear();
    take(list, false);
  }

  function listen() {
    events = new EventSource(base + "api/events");
    events.addEventListener("service", (event) => {
      const service = JSON.parse(event.data);
      heard = true;
      take([service], !services.has(service.name));
    });
    // An answer that is no stream of events ends it for good (HTML §9.2.3).
    events.addEventListener("error", () => { if (!leaving && events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS); });
  }
  listen();

  // Where something on the way holds events back, ask each second; otherwise now and then, to be sure.
  let ticks = 0;
  let asking = false;
  setInterval(async () => {
    ticks += 1;
    const live = heard && events.readyState === EventSource.OPEN;
    if (live) show();
    if (leaving || asking || (live && ticks % 5)) return;
    asking = true;
    const answered = await ask();
    asking = false;
    if (!answered && !leaving) set(at("lead"), "The connection to the server was lost. It is tried again…");
  }, 1000);

  async function ask() {
    try {
      const answer = await fetch(base + "api/services");
      if (answer.ok) takeAll((await answer.json()).services);
      // Whoever is not signed in any more sees where to.
      if (answer.status === 401) leave(0);
      return answer.ok;
    } catch {
      return false;
    }
  }

  at("again").addEventListener("click", async () => {
    const button = at("again");
    if (button.getAttribute("aria-disabled") === "true") return;
    // What is disabled loses the focus.
    button.setAttribute("aria-disabled", "true");
    refusal = await start();
    button.removeAttribute("aria-disabled");
    show();
  });

  // Why it is not started; empty: it is.
  async function start() {
    try {
      const answer = await fetch(base + "api/services/ide/start", { method: "POST" });
      return answer.ok ? "" : (await answer.json()).error.message;
    } catch {
      return "The server did not answer.";
    }
  }
})();
