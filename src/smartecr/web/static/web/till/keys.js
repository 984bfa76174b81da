// The keyboard: everything a finger can do. A text field keeps its keys, a sheet keeps its own.

import { $, hint, texts } from "./dom.js";
import * as entry from "./entry.js";
import * as sheets from "./sheets.js";
import * as shelf from "./shelf.js";
import { awaits, view } from "./paying.js";

const WAIT_FOR_SCAN = 70;
const FUNCTIONS = {
  F1: "help", F2: "search", F3: "place", F4: "void", F6: "discount", F7: "park", F8: "drawer", F9: "exact", F10: "pay",
  F11: "card", F12: "code",
};
const ARROWS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);

let held = "";
let heldFor = null;
let timer = 0;

/** The scanner took the keys back: nothing comes of them. */
export function forgetHeld() {
  clearTimeout(timer);
  held = "";
}

/** Wait a moment with keys that would change the screen: a scanner may be typing. */
function hold(key, then) {
  held += key;
  heldFor = then;
  clearTimeout(timer);
  timer = setTimeout(() => {
    const typed = held;
    held = "";
    then(typed);
  }, WAIT_FOR_SCAN);
}

/** `act(name)` does what a key stands for, `scan(code)` books a typed number. */
export function listen(act, scan) {
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.altKey && event.code === "KeyM") return done(event, () => reach(act, "more"));
    if (event.altKey && event.code === "KeyG") return done(event, () => reach(act, "apart"));
    if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
    if (!held && !event.target.matches("input, textarea, select")) {
      if (sheets.awaits(event.key) || awaits(event.key)) return done(event, () => {});
    }
    if (event.key === "Enter" && (held || sheets.isComing())) return done(event, () => {}); // meant for a field to come
    if (held && event.key.length === 1) return done(event, () => hold(event.key, heldFor)); // in order, into the field
    if (FUNCTIONS[event.key]) return done(event, () => reach(act, FUNCTIONS[event.key]));
    if (sheets.isOpen() || keeps(event)) return undefined;
    return plain(event, act, scan);
  });
}

/** A field keeps what is pressed in it; from the one that waits for a guest's code Esc leads back all the same. */
function keeps({ key, target }) {
  return target.matches("input, textarea, select") && !(key === "Escape" && target.id === "code-text");
}

/** A function key reaches the ticket unless somebody fills in a sheet: nothing is paid behind a discount half typed. */
function reach(act, name) {
  if (sheets.holds()) hint(texts.sheet_first);
  else {
    sheets.close();
    act(name);
  }
}

function done(event, action) {
  event.preventDefault();
  action();
}

function plain(event, act, scan) {
  const { key } = event;
  if (key === "Enter" && event.repeat) return done(event, () => {}); // a key held down taps once
  if (key === "Escape") return done(event, () => act("back"));
  const sign = { ",": ",", ".": ",", "*": "×", "×": "×" }[key] ?? (/^\d$/.test(key) ? key : "");
  if (sign && view() === "sell") return done(event, () => act("digit", sign));
  if (sign) return done(event, () => hold(sign, (typed) => act("amount", typed)));
  if (view() !== "sell") return undefined;
  if (key === "+" || key === "-") return done(event, () => act(key === "+" ? "again" : "less"));
  if (key === "Delete") return done(event, () => act("void"));
  if (key === "Backspace") return done(event, () => entry.back());
  if (key === "Enter" && entry.digits() && !event.target.matches(".group")) {
    return done(event, () => {
      const code = entry.state().typed;
      entry.restore({ typed: "", times: entry.state().times });
      scan(code);
    });
  }
  if (key === "PageDown" || key === "PageUp") return done(event, () => shelf.turn(key === "PageDown" ? 1 : -1));
  if (ARROWS.has(key)) return arrow(event);
  if (/^\p{L}$/u.test(key)) return done(event, () => hold(key, search));
  return undefined;
}

const search = (typed) => sheets.openTyped("search", "#search", typed);

function arrow(event) {
  const { key, target } = event;
  if (target.matches(".tile")) {
    if (shelf.step(target, key)) event.preventDefault();
    else if (key === "ArrowLeft") done(event, () => $(".group[aria-selected=true]").focus());
    else if (key === "ArrowRight") done(event, () => shelf.turn(1));
    return;
  }
  if (target.matches(".group")) {
    const next = { ArrowUp: target.previousElementSibling, ArrowDown: target.nextElementSibling }[key];
    if (next) done(event, () => shelf.select(next.dataset.tab, true));
    else if (key === "ArrowRight") done(event, () => shelf.focus());
    return;
  }
  if (target.matches("#lines .line")) {
    const item = target.closest("li");
    const next = key === "ArrowUp" ? item.previousElementSibling : key === "ArrowDown" ? item.nextElementSibling : null;
    const row = next && $("button", next);
    if (row) done(event, () => row.focus());
    return;
  }
  if (target === document.body || target.matches("main, aside")) done(event, () => shelf.focus());
}
