// The line to the bench: its state, told by server-sent events and fetched as a whole, and what hands do.

import { hear } from "../stream.js";

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const texts = JSON.parse($("#texts").textContent);

const drawers = [];
let current = JSON.parse($("#state").textContent);
let asking = false;
let again = false;

export const state = () => current;

/** Call `draw(state)` with every new state. */
export function listen(draw) {
  drawers.push(draw);
}

function take(next) {
  current = next;
  for (const draw of drawers) draw(current);
}

let hinting = 0;

/** Say how the whole device is, a word and a shape, unless a hint stands there for a moment. */
export function said(text, wrong) {
  if (!hinting) write(text, wrong);
}

function write(text, wrong) {
  const summary = $("#summary");
  summary.textContent = text;
  summary.dataset.state = wrong ? "warn" : "ok";
}

/** Say something for a moment, then how the device is. */
export function hint(text) {
  write(text, true);
  clearTimeout(hinting);
  hinting = setTimeout(() => {
    hinting = 0;
    take(current);
  }, 2600);
}

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  do {
    again = false;
    try {
      const answer = await fetch("state");
      if (answer.ok) take(await answer.json());
    } catch {
      hint(texts.lost);
    }
  } while (again);
  asking = false;
}

const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? $("meta[name=csrf]").content;

let hands = Promise.resolve();

/** Do one thing after the other: on lines of their own the digits of a PIN would overtake each other. */
function post(...order) {
  hands = hands.then(() => send(...order));
  return hands;
}

async function send(url, body, type) {
  try {
    const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token(), "Content-Type": type } });
    if (!answer.ok) return null;
    const { effect, state: next } = await answer.json();
    take(next);
    return effect;
  } catch {
    hint(texts.lost);
    return null;
  }
}

/** Do something with the hands; resolves to whether it had an effect, null when the bench did not understand. */
export const act = (what, values = {}) => post("do", JSON.stringify({ do: what, ...values }), "application/json");

/** Hold a picture of one's own before the camera. */
export const hold = (file) => post("picture", file, file.type || "application/octet-stream");

/** Draw, and hear what changes. */
export function start() {
  take(current);
  hear((name) => {
    if (name === "device" || name === "open") refresh();
    else if (name === "error") hint(texts.lost);
  });
}
