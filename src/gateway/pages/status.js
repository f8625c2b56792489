
"use strict";
// The services, live: states by events, uptime by the clock, memory and log lines asked for now and
// then while somebody looks.
(() => {
  const at = (id) => document.getElementById(id);
  const cards = new Map();
  const memory = new Map();
  const colors = { running: "good", starting: "busy", backoff: "busy", stopping: "busy", stopped: "rest", failed: "bad" };
  const SVG = "http://www.w3.org/2000/svg";
  // How many values of memory a curve shows at the most, one each five seconds.
  const CURVE = 60;
  // When a stream of events that was answered with something else is asked for again.
  const AGAIN_MS = 3000;
  let events = null;
  let heard = false;
  let chosen = "ide";
  let lastLog = "";

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  // What has not changed is left alone: a screen reader reads what is set.
  const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  function duration(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const days = Math.floor(whole / 86400), hours = Math.floor(whole / 3600) % 24, minutes = Math.floor(whole / 60) % 60;
    if (days) return `${days} d ${hours} h`;
    if (hours) return `${hours} h ${minutes} min`;
    if (minutes) return `${minutes} min ${whole % 60} s`;
    return `${whole} s`;
  }

  const megabytes = (bytes) => bytes === undefined ? "–" : `${Math.round(bytes / 1048576)} MB`;
  const uptime = (service) => service.pid === null ? "–" : duration(service.uptime_seconds + (performance.now() - service.heardAt) / 1000);
  const isWaiting = (service) => service.state === "running" && !service.ready;

  function word(service) {
    if (service.state === "stopped" && service.ready) return "done";
    if (service.state === "backoff") return "ended, starts again soon";
    return service.state === "running" ? (service.ready ? "ready" : "runs, does not answer") : service.state;
  }

  // Whoever stops what serves this page, or what stands before it, could not start it again here.
  function actionsOf(service) {
    if (["stopped", "failed", "backoff"].includes(service.state)) return ["start"];
    return ["gateway", "singleuser"].includes(service.name) ? ["restart"] : ["restart", "stop"];
  }

  function curve(values) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${values.length - 1} 20`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("class", "curve");
    svg.setAttribute("aria-hidden", "true");
    const most = Math.max(...values) * 1.15;
    const points = values.map((value, index) => `${index},${20 - 20 * value / most}`);
    const [line, ground] = ["polyline", "polygon"].map((tag) => svg.appendChild(document.createElementNS(SVG, tag)));
    line.setAttribute("points", points.join(" "));
    ground.setAttribute("points", ["0,20", ...points, `${values.length - 1},20`].join(" "));
    return svg;
  }

  // A card, and the parts of it that change.
  function makeCard(name) {
    const card = { item: make("li"), dot: make("span", "dot"), state: make("span"), why: make("p", "why"), numbers: {}, chart: make("div", "chart"), actions: make("div", "row"), shown: "" };
    const head = make("div", "row");
    const badge = make("span", "badge end");
    badge.append(card.dot, card.state);
    card.badge = badge;
    card.dot.setAttribute("aria-hidden", "true");
    head.append(make("h2", "", name), badge);
    const list = make("dl");
    for (const key of ["Uptime", "Memory", "Restarts", "Process"]) {
      const pair = make("div");
      card.numbers[key] = make("dd", "", "–");
      pair.append(make("dt", "", key), card.numbers[key]);
      list.append(pair);
    }
    card.item.append(head, card.why, list, card.chart, card.actions);
    return card;
  }

  function fill(card) {
    const { service } = card;
    card.badge.className = "badge end " + (isWaiting(service) ? "busy" : colors[service.state]);
    set(card.state, word(service));
    const why = service.detail || (service.last_exit && !service.ready && service.state !== "stopped" ? service.last_exit.message : "");
    card.why.hidden = !why;
    set(card.why, why);
    set(card.numbers.Uptime, uptime(service));
    set(card.numbers.Restarts, String(service.restarts));
    set(card.numbers.Process, service.pid === null ? "–" : String(service.pid));
    // Buttons are made anew only where others are needed: one of them may be in use.
    const actions = actionsOf(service);
    if (card.shown === actions.join()) return;
    card.shown = actions.join();
    const hadFocus = card.actions.contains(document.activeElement);
    card.actions.replaceChildren(...actions.map((action) => button(service.name, action)));
    if (hadFocus) card.actions.lastElementChild.focus();
  }

  function button(name, action) {
    const made = make("button", "plain", action[0].toUpperCase() + action.slice(1));
    made.type = "button";
    made.setAttribute("aria-label", `${made.textContent} ${name}`);
    made.addEventListener("click", () => act(name, action, made));
    return made;
  }

  function summarize(list) {
    const names = (some) => some.map((service) => service.name).join(", ");
    const those = (...states) => list.filter((service) => states.includes(service.state) && !service.ready);
    const failed = those("failed", "backoff"), stopped = those("stopped", "stopping"), waiting = list.filter((service) => !service.ready);
    if (!list.length) return "The supervisor has not said anything yet.";
    if (failed.length) return `In trouble: ${names(failed)}.`;
    if (stopped.length) return `Stopped: ${names(stopped)}.`;
    return waiting.length ? `Starting: ${names(waiting)}.` : "All is well.";
  }

  function take(list) {
    for (const service of list) {
      if (!cards.has(service.name)) cards.set(service.name, makeCard(service.name));
      cards.get(service.name).service = { ...service, heardAt: performance.now() };
    }
    show();
  }

  function show() {
    const all = [...cards.values()];
    all.forEach(fill);
    if (at("services").children.length !== all.length) {
      at("services").replaceChildren(...all.map((card) => card.item));
      at("tabs").replaceChildren(...[...cards.keys()].map(tab));
    }
    set(at("summary"), summarize(all.map((card) => card.service)));
  }

  function tab(name) {
    const made = make("button", "plain", name);
    made.type = "button";
    made.setAttribute("aria-pressed", String(name === chosen));
    made.addEventListener("click", () => {
      chosen = name;
      for (const other of at("tabs").children) other.setAttribute("aria-pressed", String(other === made));
      showLog();
    });
    return made;
  }

  function complain(text) {
    at("trouble").hidden = !text;
    set(at("reason"), text);
  }

  async function act(name, action, button) {
    if (button.getAttribute("aria-disabled") === "true") return;
    // What is disabled loses the focus.
    button.setAttribute("aria-disabled", "true");
    try {
      const answer = await fetch(`services/${encodeURIComponent(name)}/${action}`, { method: "POST" });
      complain(answer.ok ? "" : (await answer.json()).error.message);
    } catch {
      complain("The server did not answer.");
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  async function showLog() {
    const name = chosen;
    try {
      const answer = await fetch(`services/${encodeURIComponent(name)}/logs?lines=200`);
      const text = answer.ok ? await answer.text() : "";
      if (text === lastLog || name !== chosen) return;
      const log = at("log");
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      log.textContent = lastLog = text;
      if (atEnd) log.scrollTop = log.scrollHeight;
    } catch { /* asked again soon */ }
  }

  // What of the home's files is not the user's, or not yet. Where all is well there is nothing to say.
  function showHome(ownership) {
    const number = (count) => count.toLocaleString("en");
    const states = {
      preparing: "Files in your home are being given to you",
      waiting: "Files in your home are given to you once nobody else has it locked",
      running: "Files in your home are being given to you",
      failed: "Giving you the files in your home ended early",
    };
    const kinds = {
      foreign: "of other users", hard_links: "with other names, perhaps elsewhere", devices: "devices", failed: "refused",
    };
    const left = Object.keys(kinds).filter((kind) => ownership && ownership[kind].count).map((kind) =>
      `${number(ownership[kind].count)} ${kinds[kind]}, ${ownership[kind].first[0]}`);
    const lines = [];
    if (ownership && states[ownership.state]) {
      lines.push(`${states[ownership.state]}: ${number(ownership.looked_at)} looked at, ${number(ownership.changed)} given.`);
    }
    if (left.length) lines.push(`Files in your home that stay as they are: ${left.join("; ")}.`);
    at("home").hidden = !lines.length;
    set(at("home"), lines.join(" "));
  }

  // What was odd at the start; that there is no token the note above says already.
  function showWarnings(warnings = []) {
    const lines = warnings.filter((line) => !line.startsWith("There is no token"));
    const list = at("warnings");
    list.hidden = !lines.length;
    if (list.childElementCount === lines.length) return;
    list.replaceChildren(...lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }));
  }

  // Where something on the way holds events back, this tells of states as well.
  async function askMemory() {
    try {
      const answer = await fetch("services?memory=1");
      // Whoever is not signed in any more sees where to.
      if (answer.status === 401) location.reload();
      if (!answer.ok) return lost();
      const { services, ownership, warnings } = await answer.json();
      dropOthers(services);
      take(heard && events.readyState === EventSource.OPEN ? [] : services);
      for (const { name, memory_bytes: bytes } of services) showMemory(name, bytes);
      showHome(ownership);
      showWarnings(warnings);
    } catch {
      lost();
    }
  }

  // Until it is known better, by an answer or an event.
  function lost() {
    set(at("summary"), "The connection was lost. It is tried again…");
  }

  function showMemory(name, bytes) {
    const card = cards.get(name);
    if (!card) return;
    set(card.numbers.Memory, megabytes(bytes));
    const values = [...(memory.get(name) || []), bytes || 0].slice(-CURVE);
    memory.set(name, values);
    card.chart.replaceChildren(...values.length > 1 && values.some(Boolean) ? [curve(values)] : []);
  }

  // Another container may answer at this address by now.
  function dropOthers(services) {
    for (const name of cards.keys()) if (!services.some((service) => service.name === name)) cards.delete(name);
  }

  function listen() {
    events = new EventSource("events");
    events.addEventListener("open", askMemory);
    events.addEventListener("service", (event) => {
      const service = JSON.parse(event.data);
      heard = true;
      take([service]);
      if (service.name === chosen) showLog();
    });
    events.addEventListener("error", () => {
      askMemory();
      // An answer that is no stream of events ends it for good (HTML §9.2.3).
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
    });
  }
  listen();

  setInterval(() => {
    for (const { numbers, service } of cards.values()) set(numbers.Uptime, uptime(service));
  }, 1000);
  setInterval(() => { if (!document.hidden) showLog(); }, 2000);
  setInterval(() => { if (!document.hidden) askMemory(); }, 5000);
})();
