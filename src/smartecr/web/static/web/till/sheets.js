// Sheets: fetched when wanted, closed by what is done on them. Forms that need approval are sent again with it.

import { $, get, hint, money, post, texts } from "./dom.js";
import { approve } from "./approval.js";
import * as cut from "./cut.js";
import * as keypad from "./keypad.js";
import * as sound from "./sound.js";
import * as theme from "./theme.js";

const dialog = $("#sheet");
const body = $("#sheet-body");
let prepared = () => {};
let focusBefore = null;
let turn = 0;

export const isOpen = () => Boolean(document.querySelector("dialog[open]"));

/** Whether somebody fills something in: what is scanned meanwhile waits. Looking things up is no such matter. */
export const holds = () =>
  Boolean(document.querySelector("#approval[open], dialog[open] :is(form:is([data-apart], [data-command], [data-learn], [data-other], [data-part], [data-tab]), form[hx-post]:not(.track))"));

/** Call `callback(body)` when a sheet is about to rise. */
export function onOpen(callback) {
  prepared = callback;
}

let coming = null; // what was typed for a sheet that is on its way

/** Raise a sheet; one asked for later is not replaced by it, whichever comes first: somebody fills that in. */
export async function open(name, query = "") {
  const mine = ++turn;
  coming = { text: "" };
  const answer = await get(`${texts.url_sheet.replace("NAME", name)}${query ? `?${query}` : ""}`).catch(() => null);
  const html = await answer?.text().catch(() => "");
  if (answer?.status === 401) location.assign(texts.url_login);
  if (turn !== mine) return;
  const { text } = coming;
  coming = null;
  if (!answer?.ok || !html) hint(texts.not_reached);
  else {
    put(html);
    if (text) fill(text);
  }
}

function fill(text) {
  const field = $("[data-entry], [data-first]", body);
  if (!field) return;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Whether a key is meant for a sheet that is on its way: its text waits for the sheet's first field, Esc calls the sheet
 *  off, and Enter does nothing yet, as nobody has seen what it would do. */
export function awaits(key) {
  if (!coming || typing) return false;
  if (key.length === 1) coming.text += key;
  else if (key === "Backspace") coming.text = coming.text.slice(0, -1);
  else if (key === "Escape") {
    turn += 1;
    coming = null;
  } else return key === "Enter";
  return true;
}

/** What waits for a sheet on its way; a scanner's keys are taken out of it again by giving back what was there before. */
export const waiting = () => coming?.text ?? null;
export function restoreWaiting(text) {
  if (coming && text !== null) coming.text = text;
}

let typing = null;
let typedFor = false; // what is open came for what was typed

/** Whether a sheet is on its way to take what is being typed. */
export const isComing = () => typing !== null;

/** Open a sheet with what was typed so far in its field; keys that come while it is on its way are not lost. */
export async function openTyped(name, selector, typed) {
  if (typing?.name === name) {
    typing.text += typed;
    return;
  }
  const there = dialog.open && $(selector, body);
  if (there) {
    there.value += typed;
    there.dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  typing = { name, text: typed };
  try {
    await open(name);
    if (typing.forgotten) {
      close();
      return;
    }
    const field = $(selector, body);
    if (!field) return;
    typedFor = true;
    field.value = typing.text + field.value;
    field.focus();
    if (field.type !== "number") field.setSelectionRange(field.value.length, field.value.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } finally {
    typing = null;
  }
}

/** A scanner typed, no person: what came for its keys goes again. */
export function forgetTyped() {
  if (typing) typing.forgotten = true;
  else if (typedFor) close();
}

export function close() {
  if (dialog.open) dialog.close();
}

function put(html) {
  typedFor = false;
  body.innerHTML = html;
  htmx.process(body);
  rise();
}

function rise() {
  keypad.start(body);
  theme.show(body);
  prepared(body);
  if (!dialog.open) {
    focusBefore = document.activeElement;
    dialog.showModal();
  }
  body.scrollTop = 0;
  const field = $("[data-entry], [data-first]", body);
  if (field && matchMedia("(min-width: 700px)").matches) field.focus();
}

/** Send a form's request again with somebody's approval, and treat the answer as htmx would. */
async function sendApproved({ path, target, parameters }, right, about) {
  const answer = await approve(right, about, (grant) => {
    const fields = parameters instanceof FormData ? parameters : new FormData();
    if (fields !== parameters) for (const [key, value] of Object.entries(parameters)) fields.append(key, value);
    fields.set("approver", grant.person);
    fields.set("approver_pin", grant.pin);
    return post(path, fields);
  });
  if (!answer) return;
  if (answer.headers.has("HX-Redirect")) location.assign(answer.headers.get("HX-Redirect"));
  else if (answer.status === 204) close();
  else {
    const place = $(answer.headers.get("HX-Retarget") ?? (target.id ? `#${target.id}` : "#sheet-body"));
    if (!place) return;
    if (place === body) put(await answer.text());
    else {
      place.innerHTML = await answer.text();
      htmx.process(place);
    }
  }
}

export function start() {
  cut.start();
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) close();
  });
  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-sheet]");
    if (key) open(key.dataset.sheet, key.dataset.query);
  });
  dialog.addEventListener("close", () => {
    body.replaceChildren();
    if (focusBefore?.isConnected) focusBefore.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
    const { parameters } = event.detail;
    const amount = event.detail.elt.querySelector?.("[data-amount-text]");
    if (!amount) return;
    const cents = keypad.take($("[data-keypad]", event.detail.elt));
    if (cents === null && $("[data-entry]", event.detail.elt).value.trim()) event.preventDefault();
    else parameters[amount.name] = cents === null ? "" : money(cents);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === body) rise();
    // a long form is sent from its end, and says above its first field why it was not taken
    else if (event.detail.xhr.status === 422) event.detail.target.scrollIntoView({ block: "center" });
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status === 401) location.assign(texts.url_login);
    if (xhr.status !== 403) return;
    event.preventDefault();
    const right = xhr.getResponseHeader("X-Right");
    if (!right) location.reload();
    else {
      const parameters = requestConfig.formData ?? requestConfig.parameters;
      const about = xhr.getResponseHeader("X-About");
      sendApproved({ path: requestConfig.path, target: event.detail.target, parameters }, right, about);
    }
  });
  document.addEventListener("htmx:sendError", () => hint(texts.not_reached));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status !== 403) {
      sound.error();
      hint(texts.not_reached);
    }
  });
  document.addEventListener("done", close);
}
