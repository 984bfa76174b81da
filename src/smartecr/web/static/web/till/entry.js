// What is being typed on the pad: digits, a quantity before an article, an amount before a group.

import { $, $$, money, quantity, say, texts } from "./dom.js";

const MOST = 14;
let typed = "";
let times = null;
let changed = () => {};

/** Call `callback()` after every change. */
export function onChange(callback) {
  changed = callback;
}

export const state = () => ({ typed, times });
export const isEmpty = () => !typed && times === null;
export const digits = () => (/^\d+$/.test(typed) ? typed : "");

/** Cents of what is typed: "250" and "2,50" are both 2.50 €; null when it is no amount. */
export function cents(text = typed) {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const parts = /^(\d{0,7}),(\d{0,2})$/.exec(text);
  if (!parts || text === ",") return null;
  return Number(parts[1] || 0) * 100 + Number(parts[2].padEnd(2, "0"));
}

/** Thousandths of what is typed: "3", "0,275"; null when it is no quantity. */
export function thousandths(text = typed) {
  const parts = /^(\d{0,5})(?:,(\d{0,3}))?$/.exec(text);
  if (!parts || text === "" || text === ",") return null;
  const value = Number(parts[1] || 0) * 1000 + Number((parts[2] || "").padEnd(3, "0"));
  return value || null;
}

export function press(key) {
  if (key === "×") {
    const value = thousandths();
    if (value !== null) {
      times = value;
      typed = "";
    }
  } else if (typed.length < MOST && !(key === "," && (typed.includes(",") || typed.length > 7))) {
    typed += key;
  }
  show();
}

export function back() {
  if (typed) typed = typed.slice(0, -1);
  else times = null;
  show();
}

export function clear() {
  typed = "";
  times = null;
  show();
}

export function restore(kept) {
  ({ typed, times } = kept);
  show();
}

/**
 * The quantity for the next article, in thousandths, and forget it. A plain small number counts as one; null, and the
 * typed stays, when it is none: whoever types 100 must not sell one.
 */
export function takeQuantity() {
  const plain = typed ? thousandths() : 1000;
  if (times === null && (plain === null || plain > 99000)) return null;
  const value = times ?? plain;
  clear();
  return value;
}

function show() {
  const box = $("#entry");
  const amount = typed ? cents() : null;
  box.hidden = isEmpty();
  const [figure, help] = [$("strong", box), $("span", box)];
  const before = times === null ? "" : `${quantity(times)} × `;
  figure.textContent = before + typed;
  help.textContent = typed ? (amount === null ? "" : say("amount_hint", { amount: money(amount) })) : texts.quantity_hint;
  document.body.toggleAttribute("data-amount", amount !== null && amount > 0);
  if (amount !== null) for (const pill of $$(".group-amount")) pill.textContent = money(amount);
  changed();
}
