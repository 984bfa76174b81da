// The ticket: what the register says, and on top of it what was tapped and is not yet answered.

import { $, $$, money, quantity, texts } from "./dom.js";
import * as coded from "./coded.js";
import * as refusals from "./refusals.js";
import * as shelf from "./shelf.js";

const ticket = $("#ticket");
const list = $("#lines");
const panel = $("#panel");
const drawn = new Map();
const scans = new Map();
let selected = "";
let taken = 0;
let changed = () => {};

remember();

/** Call `callback()` after every change of what is shown. */
export function onChange(callback) {
  changed = callback;
}

export const data = ticket.dataset;
export const have = () => encodeURIComponent(data.stamp);
export const total = () => Number(data.total);
export const isEmpty = () => !list.querySelector("li[data-article], li.ghost");
export const isHere = () => data.inHouse === "1";

/** The line somebody chose, else the newest, else the last. */
export function line() {
  return (
    (selected && document.getElementById(`l-${selected}`)) ||
    $("li.ghost", list) ||
    $("li.newest", list) ||
    $$("li[data-article]", list).at(-1) ||
    null
  );
}

/** How many answers were taken over: one asked for earlier must not replace a later one. */
export const age = () => taken;

export const lineId = (item) => item.id.slice(2);
export const chosen = () => selected;

function remember() {
  for (const item of list.children) drawn.set(item.id, item.outerHTML);
}

/** Take over an answer of the register; `pending` are commands it does not know yet. Returns the outcomes. */
export function take(html, pending) {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  const fresh = answer.content.getElementById("ticket");
  taken += 1;
  const known = new Set(drawn.keys());
  if (data.basket && data.basket !== fresh.dataset.basket) refusals.forget();
  for (const { name, value } of fresh.attributes) ticket.setAttribute(name, value);
  delete data.pending;
  swapPart("head", fresh);
  swapPart("sums", fresh);
  swapLines($("#lines", fresh));
  selected = selected && document.getElementById(`l-${selected}`) ? selected : "";
  for (const command of pending) foresee(command);
  const newest = $("li.newest", list);
  if (newest && !known.has(newest.id)) newest.scrollIntoView({ block: "nearest" });
  reflect();
  return $$("#outcomes > li", answer.content).map((item) => ({ ...item.dataset, message: item.textContent }));
}

function swapPart(name, fresh) {
  const old = $(`[data-part=${name}]`, ticket);
  const part = $(`[data-part=${name}]`, fresh);
  if (old.innerHTML !== part.innerHTML) old.replaceWith(part);
}

/** Bring the list in line with the fresh one, touching only what differs. */
function swapLines(fresh) {
  const wanted = [...fresh.children];
  const ids = new Set(wanted.map((item) => item.id));
  for (const item of [...list.children]) {
    if (!ids.has(item.id)) item.remove();
  }
  for (const id of drawn.keys()) if (!ids.has(id)) drawn.delete(id);
  let place = list.firstElementChild;
  for (const item of wanted) {
    const source = item.outerHTML;
    const old = document.getElementById(item.id);
    if (old && drawn.get(item.id) === source && !old.classList.contains("touched")) {
      if (old === place) place = place.nextElementSibling;
      else list.insertBefore(old, place);
      continue;
    }
    drawn.set(item.id, source);
    if (old === place && place) place = place.nextElementSibling;
    if (old) old.replaceWith(item);
    else item.classList.add("arrives");
    if (item.parentNode !== list) list.insertBefore(item, place);
    if (item.id === `l-${selected}`) item.firstElementChild.setAttribute("aria-pressed", "true");
  }
}

/** Show at once what a command will do; the answer replaces it. */
export function foresee(command) {
  if (command.do === "article") foreseeArticle(command);
  else if (command.do === "scan") foreseeScan(command);
  else if (command.do === "learn") foreseeNew(command, command.name || command.code, command.cents, 0);
  else if (command.do === "open_amount") foreseeNew(command, command.name, command.cents, 0);
  else if (command.do === "void") touch(command.line)?.classList.add("leaving");
  else if (command.do === "quantity") foreseeQuantity(touch(command.line), command.quantity);
  else if (command.do === "in_house" && !command.line) data.inHouse = command.value ? "1" : "0";
  data.pending = "";
}

function touch(id) {
  const item = document.getElementById(`l-${id}`);
  item?.classList.add("touched");
  return item;
}

function foreseeArticle(command, tile = shelf.article(command.article)) {
  if (!tile || (tile.age && !command.age_ok && tile.age > knownAge())) return;
  const cents = command.cents ?? tile.cents;
  const twin = $$(`li[data-article="${command.article}"][data-plain]`, list).find(
    ({ dataset }) =>
      dataset.inHouse === data.inHouse &&
      Number(dataset.unitCents) === cents &&
      (Number(dataset.quantity) > 0) === (command.quantity > 0),
  );
  if (twin) {
    foreseeQuantity(twin, Number(twin.dataset.quantity) + command.quantity);
    mark(twin);
    add(round((cents + tile.deposit) * command.quantity));
  } else {
    const { dataset } = foreseeNew(command, tile.name, cents, tile.deposit);
    Object.assign(dataset, { article: command.article, quantity: command.quantity, unitCents: cents, inHouse: data.inHouse });
    if (!tile.unit && command.quantity % 1000 === 0) dataset.plain = "";
  }
  shelf.count(command.article, command.quantity);
}

function foreseeScan(command) {
  const tile = coded.find(command.code);
  const article = tile?.article ?? scans.get(command.code);
  if (article) foreseeArticle({ ...command, do: "article", article }, tile);
  else foreseeNew(command, command.code, null, 0);
}

function foreseeNew(command, name, cents, deposit) {
  const item = document.createElement("li");
  item.id = `l-${command.id}`;
  item.className = cents === null ? "ghost" : "ghost whole";
  const row = document.createElement("button");
  row.type = "button";
  row.className = "line";
  const amount = cents === null ? "…" : money(round(cents * command.quantity));
  for (const [kind, text] of [["q", `${quantity(command.quantity)} ×`], ["n", name], ["a", amount]]) {
    const part = document.createElement("span");
    part.className = kind;
    part.textContent = text;
    row.append(part);
  }
  item.append(row);
  $(".says", list)?.remove();
  mark(null);
  list.append(item);
  item.scrollIntoView({ block: "nearest" });
  if (cents !== null) add(round((cents + deposit) * command.quantity));
  return item;
}

function foreseeQuantity(item, value) {
  if (!item) return;
  item.classList.add("touched");
  item.dataset.quantity = value;
  $(".q", item).textContent = `${quantity(value)} ×`;
  $(".a", item).textContent = money(round(Number(item.dataset.unitCents) * value));
}

function mark(item) {
  for (const old of $$("li.newest, li.ghost", list)) {
    if (old !== item) {
      old.classList.remove("newest", "ghost");
      old.classList.add("touched");
    }
  }
  item?.classList.add("newest", "touched");
}

const round = (product) => Math.sign(product) * Math.round(Math.abs(product) / 1000);
const knownAge = () => Math.max(0, ...$$("li[data-age]", list).map((item) => Number(item.dataset.age)));

function add(cents) {
  if (data.discount === "1") return;
  data.total = Number(data.total) + cents;
  $(".total-amount", ticket).textContent = `${money(Number(data.total))} €`;
}

/** Show a foreseen command now. */
export function show(command) {
  foresee(command);
  reflect();
}

/** Remember which article a code stands for, to show it at once the next time. */
export function learn(code, lineIdOfCode) {
  const item = document.getElementById(`l-${lineIdOfCode}`);
  const article = item?.dataset.article;
  const known = article && shelf.article(article);
  const plain = Number(item?.dataset.quantity) === 1000 && Number(item?.dataset.unitCents) === known?.cents;
  if (known && plain) scans.set(code, article);
}

/** Light up for a moment: "good" or "bad". */
export function flash(how) {
  delete data.scan;
  void ticket.offsetWidth; // starts the animation again
  data.scan = how;
}

/** Choose a line (or none): its keys take the place of the functions. */
export function select(id) {
  if (selected) document.getElementById(`l-${selected}`)?.firstElementChild.setAttribute("aria-pressed", "false");
  selected = id === selected ? "" : id;
  const item = selected && document.getElementById(`l-${selected}`);
  if (item) {
    item.firstElementChild.setAttribute("aria-pressed", "true");
    const away = item.dataset.inHouse === "0";
    $("#line-place").textContent = away ? texts.in_house : texts.take_away;
  }
  panel.toggleAttribute("data-line", Boolean(item));
}

/** Everything that follows from the ticket: pay key, switch, counts on tiles. */
export function reflect() {
  const empty = isEmpty();
  const amount = total();
  const pay = $("#pay");
  panel.toggleAttribute("data-line", Boolean(selected));
  pay.toggleAttribute("data-empty", empty);
  pay.toggleAttribute("data-free", amount <= 0);
  $(".exact", panel).setAttribute("aria-disabled", empty);
  const text = $(".pay-amount", pay);
  text.textContent = `${money(Math.abs(amount))} €`;
  text.dataset.size = { 10: "long", 11: "huge", 12: "huge" }[text.textContent.length] ?? "";
  $(".pay-word", pay).textContent = amount < 0 ? texts.payout : amount > 0 ? texts.pay : texts.finish;
  $("#gist").textContent = data.gist;
  $(".bar-title").textContent = $("[data-part=head] h2", ticket).textContent;
  tell();
  for (const key of $$("[data-act=in-house], [data-act=take-away]")) {
    if (key.hasAttribute("aria-pressed")) key.setAttribute("aria-pressed", (key.dataset.act === "in-house") === isHere());
  }
  const parked = $("#parked-count");
  parked.hidden = data.parked === "0";
  parked.textContent = data.parked;
  const unsent = $("#unsent-count");
  if (unsent) {
    unsent.hidden = data.unsent === "0";
    unsent.textContent = data.unsent;
  }
  changed();
}

/** Say the newest line and the sum to who cannot see them, once the fingers rest. */
function tell() {
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => {
    const newest = $("li.newest, li.ghost", list);
    const words = newest ? [...$$(".q, .n, .a", newest)].map((part) => part.textContent).join(" ") : "";
    const sum = `${$(".total-word", ticket).textContent} ${money(total())} €`;
    const text = words ? `${words}. ${sum}` : "";
    if ($("#said").textContent !== text) $("#said").textContent = text;
  }, 600);
}

/** Slide a line to the side with the finger; far enough voids it. */
export function swipeLines(voidLine) {
  let start = null;
  list.addEventListener("pointerdown", (event) => {
    const item = event.target.closest("li[data-article], li.ghost");
    if (item && event.button === 0) start = { item, x: event.clientX, y: event.clientY, moved: false };
  });
  list.addEventListener("pointermove", (event) => {
    if (!start) return;
    const far = event.clientX - start.x;
    if (!start.moved && (Math.abs(far) < 12 || Math.abs(event.clientY - start.y) > Math.abs(far))) return;
    start.moved = true;
    start.item.classList.add("swiping");
    start.item.firstElementChild.style.transform = `translateX(${far}px)`;
  });
  const end = (event) => {
    if (!start) return;
    const { item, x, moved } = start;
    start = null;
    if (!moved) return;
    item.classList.remove("swiping");
    item.firstElementChild.style.transform = "";
    if (event.type === "pointerup" && Math.abs(event.clientX - x) > 110) voidLine(item);
  };
  list.addEventListener("pointerup", end);
  list.addEventListener("pointercancel", end);
}
