// The till page: what a tap, a key, a swipe or a scan means.

import { $, $$, get, hint, newId, runClock, say, texts } from "./till/dom.js";
import * as card from "./till/card.js";
import * as code from "./till/code.js";
import * as coded from "./till/coded.js";
import * as entry from "./till/entry.js";
import * as forms from "./till/forms.js";
import * as guests from "./till/guests.js";
import * as keys from "./till/keys.js";
import * as live from "./till/live.js";
import * as outcomes from "./till/outcomes.js";
import * as paying from "./till/paying.js";
import * as queue from "./till/queue.js";
import * as refusals from "./till/refusals.js";
import * as scanner from "./till/scanner.js";
import * as scans from "./till/scans.js";
import * as sheets from "./till/sheets.js";
import * as shelf from "./till/shelf.js";
import * as sound from "./till/sound.js";
import { onTap } from "./till/taps.js";
import * as ticket from "./till/ticket.js";

const panel = $("#panel");

/** Queue a command and show at once what it will do. */
function run(command) {
  paying.leave();
  const whole = queue.push(command);
  if (!queue.isHeld()) ticket.show(whole);
}

function sell(id) {
  const known = shelf.article(id);
  const { typed, times } = entry.state();
  if (known?.open) {
    const cents = typed ? entry.cents() : null;
    if (!cents) return sheets.open("amount", `article=${id}`);
    entry.clear();
    run({ do: "article", article: id, quantity: times ?? 1000, cents });
  } else if (known?.unit && entry.isEmpty()) {
    return sheets.open("amount", `article=${id}&wants=weight`);
  } else {
    const quantity = entry.takeQuantity();
    if (quantity === null) {
      hint(say("no_quantity", { text: typed }));
      return sound.error();
    }
    run({ do: "article", article: id, quantity });
  }
  return sound.line();
}

function scan({ code, id = newId(), typed = false }) {
  const { times } = entry.state();
  entry.clear();
  refusals.makeRoom();
  sheets.close();
  const command = { do: "scan", code, typed, quantity: times ?? 1000, id };
  if (guests.isVoucher(code)) guests.lay(command, run);
  else run(command);
}

async function fetchScans() {
  for (const one of await scans.fetchScans()) scans.arrived(one);
}

function tapGroup(tab) {
  const cents = tab.dataset.group && entry.state().typed ? entry.cents() : null;
  if (!cents) return shelf.select(tab.dataset.tab);
  const { times } = entry.state();
  entry.clear();
  run({ do: "open_amount", group: tab.dataset.group, name: tab.dataset.name, cents, quantity: times ?? 1000 });
  return sound.line();
}

function voidLine(item) {
  if (!item) return hint(texts.nothing);
  if (ticket.chosen() === ticket.lineId(item)) ticket.select("");
  return run({ do: "void", line: ticket.lineId(item) });
}

/** One more or one less on the chosen or newest line; the last one less is a void. */
function step(by) {
  const item = ticket.line();
  if (!item) return hint(texts.nothing);
  const before = Number(item.dataset.quantity ?? 1000);
  const now = before + by * 1000;
  if (now === 0 || now > 0 !== before > 0) return voidLine(item);
  return run({ do: "quantity", line: ticket.lineId(item), quantity: now });
}

function setQuantity() {
  const value = entry.thousandths();
  if (value === null) return sheets.open("quantity", `line=${ticket.chosen()}`);
  entry.clear();
  return run({ do: "quantity", line: ticket.chosen(), quantity: value });
}

function setPlace(inHouse, line = "") {
  if (!line && ticket.isHere() === inHouse) return;
  run({ do: "in_house", value: inHouse, ...(line && { line }) });
  if (line) ticket.select("");
}

function placeOfLine() {
  const item = document.getElementById(`l-${ticket.chosen()}`);
  if (item) setPlace(item.dataset.inHouse === "0", ticket.chosen());
}

function pay() {
  if (outcomes.isAsking()) return;
  const given = entry.state().typed ? entry.cents() : null;
  entry.clear();
  paying.open(given !== null && given >= ticket.total() ? given : null);
}

/** Digits while paying: what the guest gives; after paying they already belong to the next ticket. */
function amount(typed) {
  if (paying.view() === "due") {
    sheets.openTyped("other", "#other-value", typed);
  } else {
    paying.leave();
    for (const key of typed) entry.press(key);
  }
}

/** One step back; never throws a ticket away. */
function back() {
  if (paying.view() !== "sell") {
    paying.leave();
    shelf.focus();
  } else if (!entry.isEmpty()) entry.clear();
  else if (ticket.chosen()) ticket.select("");
  else if (panel.hasAttribute("data-open")) openTicket(false);
  else refusals.forget();
}

function openTicket(open = !panel.hasAttribute("data-open")) {
  panel.toggleAttribute("data-open", open);
  $("#handle").setAttribute("aria-expanded", open);
  if (open) ticket.line()?.scrollIntoView({ block: "nearest" });
}

function togglePad() {
  const open = panel.toggleAttribute("data-pad");
  $("[data-act=pad]").setAttribute("aria-expanded", open);
}

const CAMERA = "smartecr.camera";

/** Show the browser's camera in a corner, or put it away; it stays as it was left. */
function camera(on = $("#peek").hidden) {
  const peek = $("#peek");
  if (on) {
    const frame = document.createElement("iframe");
    frame.src = peek.dataset.src;
    frame.title = peek.getAttribute("aria-label");
    frame.allow = "camera";
    peek.replaceChildren(frame);
  } else peek.replaceChildren();
  peek.hidden = !on;
  $("[data-act=camera]").setAttribute("aria-pressed", on);
  localStorage.setItem(CAMERA, on ? "on" : "off");
}

const ACTIONS = {
  apart: () => sheets.open("apart"),
  again: () => step(1),
  camera: () => camera(),
  card: () => outcomes.isAsking() || card.start(),
  code: () => outcomes.isAsking() || code.wait(),
  "age-no": () => outcomes.answerAge(false),
  "age-yes": () => outcomes.answerAge(true),
  amount,
  back,
  digit: entry.press,
  discount: () => sheets.open("discount", ticket.chosen() ? `line=${ticket.chosen()}` : ""),
  drawer: () => sheets.open("drawer"),
  "entry-back": () => entry.back(),
  exact: () => outcomes.isAsking() || paying.exact(),
  help: () => sheets.open("help"),
  "in-house": () => setPlace(true),
  less: () => step(-1),
  "line-discount": () => sheets.open("discount", `line=${ticket.chosen()}`),
  "line-place": placeOfLine,
  "line-price": () => sheets.open("price", `line=${ticket.chosen()}`),
  "line-quantity": setQuantity,
  "line-void": () => voidLine(ticket.line()),
  "line-wish": () => sheets.open("wish", `line=${ticket.chosen()}`),
  more: () => sheets.open("more"),
  "open-ticket": () => openTicket(),
  pad: togglePad,
  park: () => sheets.open("park"),
  pay,
  place: () => setPlace(!ticket.isHere()),
  search: () => sheets.open("search"),
  send: () => run({ do: "send" }),
  "take-away": () => setPlace(false),
  void: () => voidLine(ticket.line()),
};
const act = (name, value) => ACTIONS[name]?.(value);

// Fingers

shelf.start({
  tapTile: (tile) => sell(tile.dataset.article),
  holdTile: (tile) => sheets.open("article", `article=${tile.dataset.article}`),
  tapGroup,
});
onTap(panel, "[data-act]", (key) => act(key.dataset.act));
onTap($(".bar"), "[data-act]", (key) => act(key.dataset.act));
onTap(panel, "[data-digit]", (key) => entry.press(key.dataset.digit));
onTap($("#lines"), "li[data-article] > .line", (row) => ticket.select(ticket.lineId(row.parentElement)));
ticket.swipeLines(voidLine);
onTap($("#sheet"), ".found .tile", (tile) => {
  sheets.close();
  sell(tile.dataset.article);
});
$("#sheet").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "search") return;
  event.preventDefault();
  const hit = $(".found .tile");
  if (!hit || event.target.value.trim().length < 2) return;
  sheets.close();
  sell(hit.dataset.article);
});
onTap($("#sheet"), "[data-act-close]", (key) => {
  sheets.close();
  act(key.dataset.actClose);
});
dragHandle($("#handle"));
document.addEventListener("click", (event) => {
  const { goesOn, partBack } = event.target.closest("[data-goes-on], [data-part-back]")?.dataset ?? {};
  if (!goesOn && !partBack) return;
  sheets.close();
  run(goesOn ? { do: "recall", basket: goesOn } : { do: "part_back", basket: partBack });
});

/** Drag or tap the handle of the sheet: up shows the whole ticket, down the tiles. */
function dragHandle(handle) {
  let from = null;
  handle.addEventListener("pointerdown", (event) => {
    from = event.clientY;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointerup", (event) => {
    const far = from === null ? 0 : event.clientY - from;
    from = null;
    if (Math.abs(far) > 24) openTicket(far < 0);
    else openTicket();
  });
  handle.addEventListener("click", (event) => {
    if (event.detail === 0) openTicket();
  });
}

// Forms on sheets, keyboard, scanner

sheets.start();
guests.start(run);
sheets.onOpen((body) => {
  forms.start(body, { run, sell, reserve: card.reserve });
  shelf.learnTiles(body);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "found") shelf.learnTiles(event.detail.target);
});
card.listen(refetch);
code.start();
paying.start({
  amount,
  group(id) {
    paying.leave();
    if (id) shelf.select(id, true);
    else shelf.focus();
  },
});
keys.listen(act, (code) => scans.arrived({ code, typed: true }));
scans.start(scan);
scanner.listen({
  remember: () => ({
    entry: entry.state(), field: scanner.fieldState(), sheet: sheets.isOpen() || sheets.isComing(), waiting: sheets.waiting(),
  }),
  restore(kept) {
    keys.forgetHeld();
    if (!kept.sheet) sheets.forgetTyped();
    scanner.restoreField(kept.field);
    sheets.restoreWaiting(kept.waiting);
    entry.restore(kept.entry);
  },
  scanned: (code) => scans.arrived({ code }),
});

// The register and the other windows

queue.onAnswer(outcomes.take);
entry.onChange(() => {
  const given = entry.state().typed ? entry.cents() : null;
  const enough = given !== null && !ticket.isEmpty() && given >= ticket.total();
  $(".pay-note").textContent = enough ? texts.pay_with.replace("{amount}", $(".group-amount").textContent) : texts.pay_note;
});

async function refetch() {
  if (!queue.isIdle()) return;
  const age = ticket.age();
  const html = await queue.fetchTicket(ticket.have());
  if (html && queue.isIdle() && ticket.age() === age) {
    outcomes.take(html, [], []);
    if (paying.view() !== "code") paying.again(); // there somebody may be typing
  }
}

async function refetchStatus() {
  const answer = await get(texts.url_status).catch(() => null);
  if (!answer?.ok) return;
  live.showStatus(await answer.text());
  for (const place of $$("[data-copy=statuses]")) place.innerHTML = $("#statuses").innerHTML;
}

live.listen({
  basket: refetch,
  receipt: refetch,
  status: refetchStatus,
  catalog: () => {
    shelf.refresh();
    coded.load();
  },
  payment: card.heard,
  scan: fetchScans,
  lost: queue.showOffline,
  back() {
    queue.wake();
    refetch();
    refetchStatus();
  },
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-leave]");
  if (!link || queue.isIdle()) return;
  event.preventDefault();
  if (await queue.settled()) location.assign(link.href);
  else hint(texts.busy);
});

addEventListener("pagehide", queue.flushForGood);

for (const command of queue.pending()) ticket.show(command);
shelf.setCounts(JSON.parse(ticket.data.counts));
ticket.reflect();
if ($("#peek") && localStorage.getItem(CAMERA) === "on") camera(true);
runClock();
queue.flush();
if (paying.view() === "sell" && matchMedia("(min-width: 700px)").matches) shelf.focus();
document.documentElement.dataset.ready = "";
requestIdleCallback(coded.load);
