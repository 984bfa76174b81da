// Paying by card: to the terminal, its steps as they happen, and the way out of every one of them.

import { approve } from "./approval.js";
import { $, get, hint, newId, plain, post, texts } from "./dom.js";
import * as paying from "./paying.js";
import * as refusals from "./refusals.js";
import * as sound from "./sound.js";
import * as ticket from "./ticket.js";

const stage = $("#paying");
const LOUD = { refused: "error", lost: "error", doubt: "error", manual: "error" };
let busy = false;
let asked = 0;
let missed = false;
let heardOf = { payment: "", done: 0 };
let refetch = () => {};

const body = () => $(".card-body", stage);
const url = (id, what = "") => `${texts.url_card}/${id}${what && `/${what}`}`;

/** Send what is due to the terminal, or to the provider of a guest's `code`; in a payment the same as "once more". */
export async function start(code = "", more = {}) {
  if (!busy) await paying.alone(() => begin(code, more));
}

async function begin(code, more) {
  const due = $("#asked", stage);
  const shown = body();
  let basket = ticket.data.basket;
  let expected = ticket.total();
  let receipt = newId();
  const part = paying.asked();
  if (due) {
    basket = due.elements.basket.value;
    expected = due.dataset.due;
    receipt = due.elements.receipt.value;
  } else if (shown) {
    basket = shown.dataset.basket;
    expected = shown.dataset.due;
    receipt = shown.dataset.newReceipt;
  } else if (ticket.isEmpty()) {
    hint(texts.nothing);
    return;
  }
  await send(texts.url_card, { basket, receipt, expected, payment: newId(), ...part, ...(code && { code }), ...more });
}

/** Send to the terminal what a refusal needs its money back for. */
export function open(id) {
  return refresh(id);
}

async function send(address, fields) {
  if (busy) return;
  busy = true;
  try {
    const ask = (more = {}) => post(address, new URLSearchParams({ ...fields, ...more }));
    let answer = await ask();
    if (answer.status === 403) {
      answer = await approve(answer.headers.get("X-Right"), answer.headers.get("X-About"), (grant) =>
        ask({ approver: grant.person, approver_pin: grant.pin }),
      );
      if (!answer) return;
    }
    const html = await answer.text();
    if (answer.ok) take(answer, html);
    else refuse(answer.status === 422 ? html : texts.not_reached);
  } catch {
    refuse(texts.not_reached);
  } finally {
    busy = false;
    if (missed) heard();
  }
}

function refuse(html) {
  sound.error();
  const place = $("#pay-problem", stage);
  if (place && paying.view() !== "sell") {
    place.innerHTML = html;
    paying.again();
  } else refusals.refuse(plain(html));
}

function take(answer, html) {
  if (answer.status === 204) {
    ACTIONS["card-later"]();
    return;
  }
  const before = body()?.dataset.cardView;
  if (answer.headers.get("X-Receipt")) {
    refetch();
    paying.paid(answer, html);
    return;
  }
  const typed = $("#decide", stage) ? new FormData($("#decide", stage)) : null;
  paying.show(html, "card");
  for (const [name, value] of typed ?? []) $("#decide", stage)?.elements[name] && ($("#decide", stage).elements[name].value = value);
  const now = body()?.dataset.cardView;
  if (now !== before && LOUD[now]) sound[LOUD[now]]();
  else sound.step(newlyDone());
  if (now !== before) $(".card-keys .pay, .card-keys .key", stage)?.focus({ preventScroll: true });
}

/**
 * How many steps of the payment on the page are done and were not heard yet: one answer may draw two at once, and one
 * that brought something louder draws steps nobody hears.
 */
function newlyDone() {
  const done = stage.querySelectorAll(".card-steps [data-state=done]").length;
  const payment = body()?.dataset.payment ?? "";
  const before = payment === heardOf.payment ? heardOf.done : 0;
  heardOf = { payment, done: Math.max(done, before) };
  return heardOf.done - before;
}

/** Fetch how the payment stands; called for every event of the terminal. */
export async function refresh(id = body()?.dataset.payment) {
  if (!id) return;
  const turn = ++asked;
  const before = body();
  try {
    const answer = await get(url(id));
    const html = await answer.text();
    const left = before && !body(); // to the next guest: nothing comes back over the tiles by itself
    if (!answer.ok || turn !== asked || left) return;
    take(answer, html);
  } catch {
    // the page says by itself that the register does not answer
  }
}

/** Something happened at the terminal: this page shows it, or it is another window's matter. */
export function heard() {
  missed = busy; // what happens while an answer is on its way may be newer than it
  if (!busy && paying.view() === "card") refresh();
}

/** A payment is under way, not clear or paid in part: show it. */
export async function present() {
  try {
    const answer = await get(`${texts.url_card}/now`);
    if (answer.status === 200) take(answer, await answer.text());
  } catch {
    // shown at the next chance
  }
}

/** Reserve cents on a card for the basket on the screen. */
export const reserve = (cents) => start("", { do: "reserve", cents });

const ACTIONS = {
  "tab-book": () => start("", { do: "book" }),
  "tab-give-up": () => start("", { do: "give_up" }),
  "card-abort": (id) => send(url(id, "abort"), {}),
  "card-ask": (id) => send(url(id, "ask"), {}),
  "card-again": () => start(),
  "cash-part": () => cashPart({ ...paying.asked(), expected: $("#asked", stage).dataset.due }),
  "cash-back": () => cashPart({ do: "back" }),
  "back-again": (id) => send(url(id, "back"), { payment: newId() }),
  "back-cash": (id) => send(url(id, "back"), { do: "cash" }),
  "card-cash": () => paying.inCash(body().dataset.basket),
  "card-later": async () => {
    await refetch(); // the basket may have come back to the screen just now
    paying.leave();
  },
  "card-charged": (id) => decide(id, "1"),
  "card-not-charged": (id) => decide(id, "0"),
};

/** Take the part chosen in cash, or give it back; without anything left to show the basket is on the screen again. */
function cashPart(fields) {
  const basket = $("#asked", stage)?.elements.basket.value ?? body().dataset.basket;
  return send(texts.url_cash_part, { basket, ...fields });
}

function decide(id, charged) {
  const form = $("#decide", stage);
  if (form.reportValidity()) send(url(id, "decide"), { ...Object.fromEntries(new FormData(form)), charged });
}

/** `fetchTicket` brings the ticket up to date. */
export function listen(fetchTicket) {
  refetch = fetchTicket;
  stage.addEventListener("click", (event) => {
    const key = event.target.closest("[data-act]");
    if (key?.dataset.act === "card") start();
    else ACTIONS[key?.dataset.act]?.(body()?.dataset.payment);
  });
  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-card-show]");
    if (key) present();
  });
  if (stage.dataset.card) open(stage.dataset.card);
}
