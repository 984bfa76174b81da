// Taking cash: the screen with what is due, one tap on what the guest gives, the change. No key closes it:
// the next article, a group or Esc goes on selling.

import { $, $$, get, hint, money, newId, plain, post, texts } from "./dom.js";
import * as outcomes from "./outcomes.js";
import * as queue from "./queue.js";
import * as refusals from "./refusals.js";
import * as sheets from "./sheets.js";
import * as sound from "./sound.js";
import * as ticket from "./ticket.js";
import { onTap } from "./taps.js";

const stage = $("#paying");
const counter = $("#counter");
const REDRAWN = ["due", "part", "code", "transfer"];
let busy = false;
let turn = 0; // of what the stage shows or will show
let opening = 0; // the turn the cashier waits for
let missed = false;
let unheard = ""; // the receipt of a payment whose answer was lost
let exactId = null;
let ahead = ""; // what the guest gives, typed while the screen for it is on its way
let typed = () => {};

export const view = () => document.body.dataset.view;

/** What is still on its way to the stage comes too late. */
function moveOn() {
  turn += 1;
  opening = 0;
}

/** Put `html` on the stage over the tiles as view `name`. */
export function show(html, name) {
  moveOn();
  stage.innerHTML = html;
  htmx.process(stage);
  for (const place of $$("[data-copy]", stage)) place.innerHTML = $(`#${place.dataset.copy}`).innerHTML;
  stage.hidden = false;
  counter.inert = true;
  document.body.dataset.view = name;
}

/** Back to the tiles. */
export function leave() {
  moveOn();
  if (view() === "sell") return;
  stage.hidden = true;
  stage.replaceChildren();
  counter.inert = false;
  document.body.dataset.view = "sell";
  if (location.pathname !== texts.url_till) history.replaceState(null, "", texts.url_till);
}

/** Wait until everything tapped is booked; says so when the register does not answer. */
export async function ready() {
  const slow = setTimeout(() => hint(texts.busy), 300);
  queue.retry();
  const done = await queue.settled(9000);
  clearTimeout(slow);
  if (!done) hint(texts.pay_later);
  return done;
}

/** Pay what is on the ticket now by `work`: what is tapped before that is decided is none of it, and comes afterwards. */
export async function alone(work) {
  queue.hold();
  try {
    return (await ready()) && (await work());
  } finally {
    for (const command of queue.release()) ticket.show(command);
  }
}

/** Show what is due, of another `basket` than the one on the screen too; `given` cents pays at once. */
export async function open(given = null, basket = "", more = {}) {
  if (busy || opening) return;
  const mine = (opening = ++turn);
  ahead = "";
  try {
    if (!(await ready()) || turn !== mine) return;
    if (!basket && ticket.isEmpty()) {
      hint(texts.nothing);
      return;
    }
    if (!basket && ticket.total() <= 0) {
      await payExactly();
      return;
    }
    const query = new URLSearchParams({ ...(basket && { basket }), ...more });
    const answer = await get(`${texts.url_pay}?${query}`);
    if (answer.status === 401) location.assign(texts.url_login);
    const html = await answer.text();
    if (turn !== mine) return;
    if (!answer.ok) {
      hint([410, 422].includes(answer.status) ? plain(html) : texts.not_reached);
      if (answer.status === 410) leave();
      return;
    }
    draw(html, more.by ?? "due");
    if (ahead && view() === "due") typed(ahead);
  } catch {
    hint(texts.not_reached);
  } finally {
    if (opening === mine) opening = 0;
    if (missed) again();
  }
  if (given !== null && view() === "due" && given >= Number($("#tender").dataset.due)) tender(given);
}

/** Whether a key is meant for what is due, which is on its way: an amount waits, Esc calls it off, Enter books nothing. */
export function awaits(key) {
  if (!opening) return false;
  if (/^[\d.,]$/.test(key)) ahead += key;
  else if (key === "Backspace") ahead = ahead.slice(0, -1);
  else if (key === "Escape") moveOn();
  else return key === "Enter";
  return true;
}

function draw(html, name) {
  show(html, name);
  $("[data-tender], #code-text, .card-keys .pay", stage)?.focus({ preventScroll: true });
}

/** The part and the tip chosen for what is being paid, as far as any are; the tip also after a card was refused. */
export function asked() {
  const { cents = "", tip = "" } = ($("#asked", stage) ?? $(".card-body", stage))?.dataset ?? {};
  return { ...(cents && { cents }), ...(tip && { tip }) };
}

/** The basket that is being paid when it is not the one on the screen, else "". */
export function basketInHand() {
  const basket = $("#asked", stage)?.elements.basket.value ?? $(".card-body", stage)?.dataset.basket ?? "";
  return basket === ticket.data.basket ? "" : basket;
}

/** Choose a part (`cents`) or a `tip` for what is being paid; both "" for all of it. */
export function choose(what) {
  const chosen = { ...asked(), ...what };
  for (const name of ["cents", "tip"]) if (!chosen[name]) delete chosen[name];
  return open(null, basketInHand(), { ...(Object.keys(chosen).length > 0 && { by: "part" }), ...chosen });
}

/** Take what is due of a basket in cash: all of it, with the tip that was chosen. */
export function inCash(basket = basketInHand()) {
  const { tip } = asked();
  return open(null, basket, tip && { tip });
}

/**
 * Show anew what is due, without the cashier having done anything: what was said of the last try stays, and the next one
 * is for the same receipt.
 */
export async function again() {
  missed = opening > 0; // what is on its way may be older
  const by = view();
  if (busy || missed || !REDRAWN.includes(by)) return;
  const mine = ++turn;
  const { basket, receipt, kind } = Object.fromEntries(new FormData($("#asked", stage)));
  const query = new URLSearchParams({ basket, ...(by !== "due" && { by }), ...(kind && { kind }), ...asked() });
  const answer = await get(`${texts.url_pay}?${query}`).catch(() => null);
  const html = await answer?.text().catch(() => "");
  if (answer?.status === 401) location.assign(texts.url_login);
  if (turn !== mine) return;
  if (answer?.ok && html) {
    const said = $("#pay-problem", stage).innerHTML;
    draw(html, by);
    const problem = $("#pay-problem", stage);
    problem.innerHTML = said;
    if (said) problem.scrollIntoView({ block: "nearest" });
    for (const field of $$("[name=receipt]", stage)) field.value = receipt;
  } else if (answer?.status === 410 && receipt !== unheard) { // else it may have been paid here: the next tap tells
    hint(plain(html));
    leave();
  }
}

/** Take `cents` from the guest (of another `currency` too), or correct what was taken. */
export async function tender(cents, currency = "") {
  const form = $("#tender", stage);
  if (!form || busy) return;
  busy = true;
  moveOn(); // what was seen is being paid, and the answer says how
  const problem = $("#pay-problem", stage);
  const slow = setTimeout(() => {
    problem.classList.add("muted");
    problem.textContent = texts.busy;
  }, 300);
  for (const key of $$("[data-tender]", form)) key.classList.toggle("chosen", !currency && Number(key.dataset.tender) === cents);
  const fields = new FormData(form);
  fields.set("tendered", cents);
  if (currency) fields.set("currency", currency);
  const lost = () => {
    unheard = fields.get("receipt");
    refuse(problem, texts.not_reached);
  };
  try {
    const answer = await post(form.dataset.url, fields);
    const html = await answer.text();
    if (answer.ok) paid(answer, html);
    else if (answer.status === 422) refuse(problem, html);
    else lost();
  } catch {
    lost();
  } finally {
    clearTimeout(slow);
    busy = false;
    again();
  }
}

/** Say why what is due was not paid, and show what is due now. */
export function refused(html) {
  refuse($("#pay-problem", stage), html);
  again();
}

function refuse(problem, html) {
  sound.error();
  problem.classList.remove("muted");
  problem.innerHTML = html;
  problem.scrollIntoView({ block: "nearest" });
  for (const key of $$("[data-tender].chosen", stage)) key.classList.remove("chosen");
}

/** Show a receipt just issued. */
export function paid(answer, html) {
  const first = ["due", "card", "code", "part", "transfer"].includes(view());
  show(html, "paid");
  const id = $(".pay-body", stage).dataset.receipt;
  history.replaceState(null, "", `/till/paid/${id}`);
  if (first) sound.paid();
  countUp($("#change", stage));
  $(".chosen", stage)?.focus({ preventScroll: true });
}

/** Let the change grow to its amount in 150 ms. */
function countUp(box) {
  const cents = Number(box?.dataset.cents ?? 0);
  if (!cents || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const figure = $("span", box);
  const start = performance.now();
  const step = (now) => {
    const part = Math.min(1, (now - start) / 150);
    figure.textContent = money(Math.round(cents * part));
    if (part < 1) requestAnimationFrame(step);
  };
  step(start);
}

/** "Passend": the exact amount in one tap, and the tiles stay. */
export async function exact() {
  if (busy) return;
  if (view() === "due") {
    tender(Number($("#tender").dataset.due));
    return;
  }
  busy = true;
  try {
    await alone(payExactly);
  } catch {
    hint(texts.not_reached);
  } finally {
    busy = false;
  }
}

async function payExactly() {
  if (ticket.isEmpty()) {
    hint(texts.nothing);
    return;
  }
  const { basket } = ticket.data;
  if (exactId?.basket !== basket) exactId = { basket, receipt: newId() };
  const fields = new URLSearchParams({
    basket, receipt: exactId.receipt, expected: ticket.total(), tendered: Math.max(0, ticket.total()), stay: "1",
  });
  const answer = await post(texts.url_pay, fields);
  const html = await answer.text();
  if (answer.ok && answer.headers.get("X-Stays")) {
    outcomes.take(html, queue.pending(), []);
    sound.paid();
  } else if (answer.ok) {
    paid(answer, html); // something is to be handed over yet
    sound.paid();
  } else if (answer.status === 422) {
    sound.error();
    refusals.refuse(plain(html));
  } else {
    hint(texts.not_reached);
  }
}

export function start({ group, amount }) {
  typed = amount;
  onTap(stage, "[data-tender]", (key) => tender(Number(key.dataset.tender)));
  stage.addEventListener("click", (event) => {
    const tab = event.target.closest(".next-groups [data-tab]");
    if (tab) group(tab.dataset.tab);
    if (event.target.closest("[data-act=other-amount]")) sheets.open("other");
    const abroad = event.target.closest("[data-act=foreign]")?.dataset.currency;
    if (abroad) {
      sheets.open("foreign", new URLSearchParams({ currency: abroad, basket: basketInHand(), ...asked() }).toString());
    }
    if (event.target.closest("[data-act=sell]")) group(null);
    if (event.target.closest("[data-act=pay-cash]")) inCash();
    if (event.target.closest("[data-act=asked-clear]")) choose({ cents: "", tip: "" });
    const wanted = event.target.closest("[data-act=split], [data-act=tip], [data-act=tab]");
    if (wanted) sheets.open(wanted.dataset.act, new URLSearchParams({ basket: basketInHand(), ...asked() }).toString());
  });
  stage.addEventListener("submit", (event) => event.preventDefault());
  if (view() === "paid") {
    counter.inert = true;
    for (const place of $$("[data-copy]", stage)) place.innerHTML = $(`#${place.dataset.copy}`).innerHTML;
  }
}
