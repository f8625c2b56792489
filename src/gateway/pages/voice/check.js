// What it takes for an extension to hear somebody, link by link; and whose turn it is where one breaks.
(() => {
  const at = (id) => document.getElementById(id);
  // Below this, a microphone is taken to be silent.
  const SILENCE = 0.01;
  // In milliseconds: a frame that has said nothing by then, once the page is complete, is not there.
  const PATIENCE = 3000;
  const facts = { isSecure: isSecureContext, has: Boolean(navigator.mediaDevices?.getUserMedia), isAllowed: microphone.isAllowed(), page: {}, frame: {}, changes: [] };
  let opened, isAsking = false;

  const CLICK = "the sign beside the address opens what this site may use";
  const REFUSALS = {
    NotFoundError: ["There is no microphone.", "you", "plug one in, or switch it on in the system's settings."],
    NotReadableError: ["The microphone can't be opened.", "you", "another program may have it; the system's settings may keep browsers from it."],
    NotAllowedError: ["The microphone was refused.", "you", `allow it: ${CLICK}. The system's settings may keep the browser from it as well.`],
  };

  // The first link that is broken: what is wrong, whose turn it is, what to do.
  function broken() {
    const forbidding = facts.changes.find(({ name, arrived }) => arrived && /^(permissions|feature)-policy$/.test(name));
    if (!facts.isSecure) return ["This page is not secure: browsers hide the microphone from plain http.", "whoever runs the reverse proxy", "serve it by https. On this machine itself, http://localhost will do."];
    if (!facts.has) return ["This browser offers no microphone to pages.", "you", "try another browser."];
    if (facts.isAllowed === false && forbidding) return [`A proxy on the way shuts the microphone off: ${forbidding.name} arrives as “${forbidding.arrived}”.`, "whoever runs the reverse proxy", `take that header away, or let the microphone in with microphone=(self).`];
    if (facts.isAllowed === false) return ["The policy of this server's pages shuts the microphone off.", "whoever starts the container", "let it in: WAIIDE_PERMISSIONS_POLICY, or --permissions-policy, with microphone=(self)."];
    if (facts.frame.isHere === false) return ["Frames in this page do not come up, and extensions show what is theirs in such frames.", "whoever runs the reverse proxy", "something forbids framing: let pages of this site frame each other, with frame-ancestors 'self' and X-Frame-Options SAMEORIGIN."];
    if (facts.frame.isAllowed === false) return ["The policy lets this page have the microphone, and not the frames in which extensions run.", "whoever set the policy", "let it in with microphone=(self)."];
    if (facts.permission === "denied") return REFUSALS.NotAllowedError;
    const refused = facts.page.error || facts.frame.error;
    if (refused) return REFUSALS[refused] || [`The microphone can't be used: ${refused}, ${facts.page.message || facts.frame.message}.`, "you", "try another browser."];
    return undefined;
  }

  // Good, bad, or not known yet.
  function links() {
    const known = (value) => value === undefined ? "rest" : value ? "good" : "bad";
    const heard = (it) => it.error ? "bad" : it.opened ? (it.level > SILENCE ? "good" : "busy") : "rest";
    // A policy that shuts it off looks like a no of the person's.
    const isTold = facts.isAllowed !== false && ["granted", "denied"].includes(facts.permission);
    const permission = isTold ? facts.permission === "granted" : undefined;
    return [
      ["A secure page: https, or this machine", known(facts.isSecure)],
      ["A browser with a microphone for pages", known(facts.has)],
      ["Headers arrive as they were sent", facts.compared ? (facts.changes.length ? "busy" : "good") : "rest"],
      ["The policy lets pages have it", known(facts.isAllowed)],
      ["Frames like an extension’s come up", known(facts.frame.isHere)],
      ["The policy lets them have it, too", known(facts.frame.isAllowed)],
      ["You allow it", facts.page.opened && !facts.page.error ? "good" : known(permission)],
      ["Sound arrives in the page", heard(facts.page)],
      ["Sound arrives in the frame", heard(facts.frame)],
    ];
  }

  const WORDS = { good: "yes", bad: "no", busy: "look", rest: "not known yet" };

  function item([text, state]) {
    const line = document.createElement("li");
    const dot = line.appendChild(document.createElement("span"));
    dot.className = `dot ${state}`;
    dot.setAttribute("aria-hidden", "true");
    line.append(text);
    const word = line.appendChild(document.createElement("span"));
    word.className = state === "busy" ? "what" : "what short";
    word.textContent = text.startsWith("Sound") && state === "busy" ? "silent so far" : text.startsWith("Headers") && state === "busy" ? changed() : WORDS[state];
    return line;
  }

  const changed = () => `changed: ${facts.changes.map(({ name }) => name).join(", ")}`;

  let shown = "";
  function show() {
    const lines = links();
    // A list that is the same is left alone: a screen reader reads what is set.
    if (shown !== JSON.stringify(lines)) {
      shown = JSON.stringify(lines);
      at("links").replaceChildren(...lines.map(item));
    }
    const fault = broken();
    const works = [facts.page, facts.frame].every(({ level, error }) => !error && level > SILENCE);
    say(at("verdict"), fault ? fault[0] : works ? "Voice works here." : opened ? "The microphone is open. Speak." : "Nothing is in the way so far. Use the microphone to be sure.");
    at("turn").hidden = !fault;
    say(at("turn"), fault ? `It is the turn of ${fault[1]}: ${fault[2]}` : "");
    at("ask").disabled = !facts.has || isAsking;
  }

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  const loudest = (it, level) => it.level = Math.max(it.level || 0, level);

  // The server says what it sends; what arrives may be another thing.
  async function compare() {
    const answer = await fetch(location.pathname, { headers: { Accept: "application/json" }, cache: "no-store" });
    const { sent } = await answer.json();
    facts.changes = Object.keys(sent).map((name) => ({ name, sent: sent[name], arrived: answer.headers.get(name) }))
      .filter(({ sent, arrived }) => sent !== arrived);
    facts.compared = true;
  }

  const inner = () => at("frame").contentWindow.frames[0];
  const tell = (word) => facts.frame.isHere && inner().postMessage(word, location.origin);

  async function ask() {
    if (opened) {
      opened.stop();
      tell("stop");
      opened = undefined;
      for (const id of ["page-level", "frame-level"]) at(id).value = 0;
      at("ask").textContent = "Use the microphone";
      return show();
    }
    // While the person is asked, a second click would open it twice.
    isAsking = true;
    show();
    const found = await microphone.open((level) => {
      at("page-level").value = level;
      loudest(facts.page, level);
      show();
    });
    facts.page = { opened: true, error: found.error, message: found.message };
    facts.permission = await microphone.permission();
    isAsking = false;
    say(at("device"), found.label || "");
    if (!found.error) {
      opened = found;
      at("ask").textContent = "Stop";
      tell("open");
    }
    show();
  }

  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== location.origin || source !== inner()) return;
    facts.frame.isHere = true;
    if ("level" in data) {
      at("frame-level").value = data.level;
      loudest(facts.frame, data.level);
    } else {
      Object.assign(facts.frame, data);
    }
    show();
  });
  at("ask").addEventListener("click", ask);
  show();
  microphone.permission().then((state) => { facts.permission = state; show(); });
  compare().then(show, () => {});
  addEventListener("load", () => setTimeout(() => { facts.frame.isHere ??= false; show(); }, PATIENCE));
})();
