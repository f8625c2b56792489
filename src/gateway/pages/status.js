
"use strict";
// The services, live: states by events, uptime by the clock, memory and log lines asked for now and
// then while somebody looks.
(() => {
  const at = (id) => document.getElementById(id);
  const services = new Map();
  const memory = new Map();
  const colors = { running: "good", starting: "busy", backoff: "busy", stopping: "busy", stopped: "rest", failed: "bad" };
  let chosen = "ide";
  let lastLog = "";

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function duration(seconds) {
    const whole = Math.floor(seconds);
    const days = Math.floor(whole / 86400), hours = Math.floor(whole / 3600) % 24, minutes = Math.floor(whole / 60) % 60;
    if (days) return `${days} d ${hours} h`;
    if (hours) return `${hours} h ${minutes} min`;
    if (minutes) return `${minutes} min ${whole % 60} s`;
    return `${whole} s`;
  }

  const megabytes = (bytes) => bytes === undefined ? "–" : `${Math.round(bytes / 1048576)} MB`;
  const uptime = (service) => service.pid === null ? "–" : duration(service.uptime_seconds + (Date.now() - service.at) / 1000);

  function stateCell(service) {
    const cell = make("td");
    const waiting = service.state === "running" && !service.ready;
    const badge = make("span", waiting ? "busy" : colors[service.state]);
    const word = service.state === "running" ? (service.ready ? "running, ready" : "running, not ready") : service.state;
    badge.append(make("span", "dot"), " " + word);
    cell.append(badge);
    const why = service.detail || (service.last_exit && !service.ready ? service.last_exit.message : "");
    if (why) cell.append(make("span", "why", why));
    return cell;
  }

  function actionsCell(service) {
    const cell = make("td");
    const actions = ["stopped", "failed"].includes(service.state) ? ["start"] : service.name === "ide" ? ["restart", "stop"] : ["restart"];
    for (const action of actions) {
      const button = make("button", "plain", action[0].toUpperCase() + action.slice(1));
      button.type = "button";
      button.setAttribute("aria-label", `${action} ${service.name}`);
      button.addEventListener("click", () => act(service.name, action, button));
      cell.append(button, " ");
    }
    return cell;
  }

  function row(service) {
    const line = make("tr");
    const name = make("th", "", service.name);
    name.scope = "row";
    const time = make("td", "number", uptime(service));
    time.dataset.uptime = service.name;
    line.append(name, stateCell(service), time, make("td", "number", String(service.restarts)),
      make("td", "number", megabytes(memory.get(service.name))), make("td", "number", service.pid === null ? "–" : String(service.pid)),
      actionsCell(service));
    return line;
  }

  function summarize(list) {
    const down = list.filter((s) => !["running", "starting"].includes(s.state));
    const waiting = list.filter((s) => !down.includes(s) && !s.ready);
    const names = (some) => some.map((s) => s.name).join(", ");
    if (!list.length) return "The supervisor has not said anything yet.";
    if (down.length) return `In trouble: ${names(down)}.`;
    return waiting.length ? `Starting: ${names(waiting)}.` : "All services are running and ready.";
  }

  function show() {
    const list = [...services.values()];
    at("services").replaceChildren(...list.map(row));
    at("summary").textContent = summarize(list);
    at("tabs").replaceChildren(...list.map((service) => {
      const tab = make("button", "plain", service.name);
      tab.type = "button";
      tab.setAttribute("aria-pressed", String(service.name === chosen));
      tab.addEventListener("click", () => { chosen = service.name; show(); showLog(); });
      return tab;
    }));
  }

  function complain(text) {
    at("trouble").hidden = !text;
    at("reason").textContent = text;
  }

  async function act(name, action, button) {
    button.disabled = true;
    try {
      const answer = await fetch(`services/${encodeURIComponent(name)}/${action}`, { method: "POST" });
      complain(answer.ok ? "" : (await answer.json()).error.message);
    } catch {
      complain("The server did not answer.");
    } finally {
      button.disabled = false;
    }
  }

  async function showLog() {
    try {
      const answer = await fetch(`services/${encodeURIComponent(chosen)}/logs?lines=200`);
      const text = answer.ok ? await answer.text() : "";
      if (text === lastLog) return;
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
    at("home").textContent = lines.join(" ");
  }

  async function askMemory() {
    try {
      const answer = await fetch("services?memory=1");
      if (!answer.ok) return;
      const { services: list, ownership } = await answer.json();
      for (const service of list) memory.set(service.name, service.memory_bytes);
      showHome(ownership);
      if (!document.activeElement || document.activeElement.tagName !== "BUTTON") show();
    } catch { /* asked again soon */ }
  }

  function take(list) {
    for (const service of list) services.set(service.name, { ...service, at: Date.now() });
    show();
  }

  const events = new EventSource("events");
  events.addEventListener("services", (event) => {
    services.clear();
    take(JSON.parse(event.data).services);
    askMemory();
    showLog();
  });
  events.addEventListener("service", (event) => {
    take([JSON.parse(event.data)]);
    showLog();
  });
  events.addEventListener("error", () => { at("summary").textContent = "The connection was lost; trying again…"; });

  setInterval(() => {
    for (const cell of document.querySelectorAll("[data-uptime]")) {
      const service = services.get(cell.dataset.uptime);
      if (service) cell.textContent = uptime(service);
    }
  }, 1000);
  setInterval(() => { if (!document.hidden) showLog(); }, 2000);
  setInterval(() => { if (!document.hidden) askMemory(); }, 5000);
})();
