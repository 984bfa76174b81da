// The device side of the virtual terminal: shows what the terminal tells, sends what hands do. No state of its own but
// the card somebody holds and which phones are unlocked.

const byId = (id) => document.getElementById(id);
const hand = { card: "", unlocked: new Set() };
let state = null;

// One after the other, so that keys arrive in the order they were pressed.
let done = Promise.resolve();

function act(what, values = {}) {
  done = done.then(() => send(what, values), () => send(what, values));
  return done;
}

async function send(what, values) {
  const answer = await fetch("do", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ do: what, ...values }),
  });
  const { effect } = await answer.json();
  return effect;
}

function say(text) {
  byId("hint").textContent = text;
}

function made(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// The shelf

const RACKS = [
  ["Karten", (card) => !card.phone && !card.odd],
  ["Handy und Uhr", (card) => card.phone],
  ["Mit Macken", (card) => card.odd],
];

function look(card) {
  return card.phone ? "look-phone" : `look-${card.look}`;
}

function buildShelf() {
  for (const [title, belongs] of RACKS) {
    const rack = made("div", "rack");
    rack.append(made("h3", "", title));
    const list = made("ul");
    for (const card of state.cards.filter(belongs)) {
      const item = made("li");
      item.append(drawCard(card));
      list.append(item);
    }
    rack.append(list);
    byId("racks").append(rack);
  }
}

function drawCard(card) {
  const key = made("button", `bankcard ${look(card)}`);
  key.type = "button";
  key.dataset.card = card.id;
  key.dataset.phone = card.phone ? "yes" : "no";
  key.draggable = true;
  key.append(
    made("b", "", card.wallet || (card.odd ? card.product : card.issuer)),
    made("span", "", card.note || `${card.product} •• ${card.last}`),
  );
  key.addEventListener("click", () => take(hand.card === card.id ? "" : card.id));
  key.addEventListener("dragstart", (event) => {
    take(card.id);
    event.dataTransfer.setData("text/plain", card.id);
  });
  return key;
}

function take(id) {
  hand.card = id;
  say("");
  render();
}

const held = () => state.cards.find((card) => card.id === hand.card);

// What hands do

async function tap() {
  const card = held();
  if (!card) return say("Erst eine Karte oder ein Handy nehmen.");
  const effect = await act("tap", { card: card.id, verified: hand.unlocked.has(card.id) });
  hand.unlocked.delete(card.id);
  say(effect ? "" : whyNoTap(card));
  render();
}

function whyNoTap(card) {
  if (!card.contactless) return "Diese Karte hat kein Kontaktlos.";
  if (state.slot) return "Im Schlitz steckt eine Karte.";
  return "Das Feld ist dunkel. Erst an der Kasse bezahlen.";
}

async function useSlot() {
  if (state.slot) return act("remove");
  const card = held();
  if (!card) return say("Erst eine Karte nehmen.");
  if (card.phone) return say("Ein Handy passt nicht in den Schlitz.");
  say((await act("insert", { card: card.id })) ? "" : "Der Schlitz ist belegt.");
}

byId("field").addEventListener("click", tap);
byId("tap").addEventListener("click", tap);
byId("slot").addEventListener("click", useSlot);
byId("insert").addEventListener("click", useSlot);
byId("unlock").addEventListener("click", () => {
  hand.unlocked.add(hand.card);
  render();
  byId("tap").focus();
});
byId("pad").addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (key) act("key", { key: key.dataset.key });
});
for (const [place, dropped] of [["field", tap], ["slot", useSlot]]) {
  byId(place).addEventListener("dragover", (event) => event.preventDefault());
  byId(place).addEventListener("drop", (event) => {
    event.preventDefault();
    dropped();
  });
}

// Figures and Enter go to the pad wherever the focus is, except on a control that uses them itself.
const KEYS = { Enter: "OK", Backspace: "C", Escape: "STOP" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("select")) return;
  if (event.key === "Enter" && event.target.closest("button, summary")) return;
  const key = /^\d$/.test(event.key) ? event.key : KEYS[event.key];
  if (!key) return;
  event.preventDefault();
  act("key", { key });
});

byId("modes").addEventListener("click", (event) => {
  const key = event.target.closest("[data-mode]");
  if (key) act("mode", { mode: key.dataset.mode });
});
byId("code").addEventListener("change", (event) => act("code", { code: event.target.value }));
byId("reissue").addEventListener("click", () => act("reissue", { card: hand.card }));
byId("policy").addEventListener("change", (event) => act("switch", { name: "policy", value: event.target.value }));

function drawToggle(into, entry, pressed) {
  const key = made("button", "fault", entry.name);
  key.type = "button";
  key.setAttribute("role", "switch");
  key.dataset.id = entry.id;
  if (entry.effect) key.title = entry.effect;
  key.addEventListener("click", () => pressed(key.getAttribute("aria-checked") !== "true"));
  byId(into).append(key);
}

function buildPanels() {
  for (const fault of state.faults) {
    drawToggle("faults", fault, (on) => act("fault", { id: fault.id, on }));
  }
  for (const entry of state.switches) {
    drawToggle("switches", entry, (on) => act("switch", { name: entry.id, value: on }));
  }
  for (const [code, text] of state.codes) {
    const option = made("option", "", text);
    option.value = code;
    byId("code").append(option);
  }
}

// What the terminal tells

function render() {
  const card = held();
  const screen = state.screen;
  byId("display").dataset.tone = screen.tone;
  byId("amount").textContent = screen.amount;
  byId("words").textContent = screen.lines.join("\n");
  byId("typed").hidden = !state.asking;
  byId("typed").dataset.asking = state.asking;
  byId("typed").textContent = state.asking === "amount" ? `${state.typed} €` : state.typed;
  byId("field").dataset.lit = state.ways.includes("nfc") ? "one" : screen.tone === "good" ? "all" : "no";
  renderSlot();
  byId("hand-name").textContent = card ? card.wallet || card.product : "Nichts in der Hand";
  byId("hand-note").textContent = card ? card.about : "Karte oder Handy aus dem Regal nehmen";
  byId("unlock").hidden = !card?.phone || hand.unlocked.has(card.id);
  byId("tap").disabled = !card;
  byId("reissue").disabled = !card;
  byId("insert").disabled = !state.slot && (!card || card.phone);
  byId("insert").textContent = state.slot ? "Ziehen" : "Stecken";
  for (const key of document.querySelectorAll("[data-card]")) {
    key.setAttribute("aria-pressed", key.dataset.card === hand.card);
    key.dataset.in = key.dataset.card === state.slot ? "yes" : "no";
    key.dataset.unlocked = hand.unlocked.has(key.dataset.card) ? "yes" : "no";
  }
  renderSide();
}

function renderSlot() {
  const inside = state.cards.find((card) => card.id === state.slot);
  const shown = byId("inserted");
  shown.hidden = !inside;
  shown.className = `inserted ${inside ? look(inside) : ""}`;
  shown.replaceChildren(...(inside ? [made("span", "", inside.issuer), made("span", "", inside.product)] : []));
  byId("slot-word").textContent = inside ? "" : "Karte stecken";
  byId("slot").setAttribute("aria-label", inside ? `${inside.product} aus dem Schlitz ziehen` : "Karte stecken");
}

function renderSide() {
  const register = byId("register");
  register.textContent = state.connected ? "Kasse verbunden" : "Kasse nicht verbunden";
  register.dataset.state = state.connected ? "good" : "warn";
  const clean = byId("clean");
  clean.textContent = state.violations.length ? `${state.violations.length} × gegen das Protokoll` : "Protokoll sauber";
  clean.dataset.state = state.violations.length ? "warn" : "good";
  byId("booked").textContent = state.booked;
  for (const key of byId("modes").children) key.setAttribute("aria-pressed", key.dataset.mode === state.mode);
  byId("code").value = state.code;
  byId("policy").value = state.policy;
  for (const [place, entries] of [["faults", state.faults], ["switches", state.switches]]) {
    for (const entry of entries) {
      byId(place).querySelector(`[data-id="${entry.id}"]`).setAttribute("aria-checked", entry.on);
    }
  }
  const active = state.faults.filter((fault) => fault.on);
  byId("effect").textContent = active.map((fault) => fault.effect).join(" ");
  byId("log").replaceChildren(
    ...state.violations.map((text) => made("li", "", `▲ ${text}`)),
    ...state.notes.map((text) => made("li", "", text)),
  );
  byId("paper").hidden = !state.paper.length;
  byId("paper").replaceChildren(...state.paper.map((text) => made("pre", "", text)));
}

const source = new EventSource("events");
source.addEventListener("message", (event) => {
  const first = state === null;
  state = JSON.parse(event.data);
  if (first) {
    buildShelf();
    buildPanels();
    document.documentElement.dataset.ready = "yes";
  }
  render();
});
source.addEventListener("error", () => {
  byId("register").textContent = "Terminal ausgeschaltet";
  byId("register").dataset.state = "warn";
});
