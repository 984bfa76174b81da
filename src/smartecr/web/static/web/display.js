/* Keeps the customer display up to date: the register says by server-sent events that something changed, the picture
   is fetched as a whole. Language, large print and reading aloud are the guest's own and end with the sale. */

import { hear } from "./stream.js";

const HOME = document.documentElement.lang;
const QUIET_MS = 1500;
const RETRY_MS = 2000;
const GONE_MS = 60_000;

let language = HOME;
let aloud = false;
let large = false;
let spoken = "";
let turn = 0;
let wanted = 0;
let busy = false;
let nextTimer = 0;
let lostTimer = 0;
let goneTimer = 0;

const lost = document.getElementById("lost");
const screen = () => document.getElementById("screen");

/* Fetching: one at a time; what is asked for meanwhile is fetched once more */

async function refresh() {
  wanted += 1;
  if (busy) return;
  busy = true;
  let failed = false;
  while (turn < wanted && !failed) {
    turn = wanted;
    failed = !(await fetchOnce());
  }
  busy = false;
  if (failed) later(RETRY_MS);
}

async function fetchOnce() {
  try {
    const response = await fetch(`${document.body.dataset.state}?lang=${language}`, { cache: "no-store" });
    if (!response.ok) throw new Error(String(response.status));
    show(await response.text());
    found();
    return true;
  } catch {
    missed();
    return false;
  }
}

function show(html) {
  const before = screen();
  const next = new DOMParser().parseFromString(html, "text/html").getElementById("screen");
  if (!next) return;
  const ended = ["change", "receipt"].includes(before.dataset.name) && ["idle", "basket"].includes(next.dataset.name);
  if (!same(before, next)) {
    const focus = document.activeElement?.id;
    const count = before.querySelectorAll(".line").length;
    before.replaceWith(document.adoptNode(next));
    if (focus) document.getElementById(focus)?.focus();
    if (next.querySelectorAll(".line").length > count) next.querySelector("[data-newest]")?.setAttribute("data-fresh", "");
  }
  document.documentElement.lang = language;
  settle(Number(next.dataset.next));
  if (ended && changed()) reset();
}

/* The countdown and timers differ in every answer; what a guest sees does not */
function same(before, next) {
  const face = (element) => {
    const copy = element.cloneNode(true);
    copy.removeAttribute("data-next");
    copy.querySelectorAll(".countdown").forEach((one) => one.remove());
    copy.querySelectorAll("[data-fresh]").forEach((one) => one.removeAttribute("data-fresh"));
    copy.querySelector("#lines")?.removeAttribute("data-more");
    const speak = copy.querySelector("#speak");
    speak?.removeAttribute("hidden");
    speak?.setAttribute("aria-pressed", "false");
    copy.querySelector("#large")?.setAttribute("aria-pressed", "false");
    return copy.outerHTML;
  };
  return face(before) === face(next);
}

/* After every picture */

function settle(seconds) {
  later(seconds * 1000);
  count();
  fit();
  offerVoice();
  offerPrint();
  if (aloud) say();
  awaitLeave();
}

/* Counted from the guest's last key: other news of the register must not put it off for ever */
function awaitLeave() {
  if (screen().dataset.name === "idle" && changed()) goneTimer ||= setTimeout(reset, GONE_MS);
  else stay();
}

function stay() {
  clearTimeout(goneTimer);
  goneTimer = 0;
}

function later(milliseconds) {
  clearTimeout(nextTimer);
  if (milliseconds > 0) nextTimer = setTimeout(refresh, milliseconds + 30);
}

let countTimer = 0;

function count() {
  clearInterval(countTimer);
  const end = performance.now() + Number(screen().querySelector(".countdown")?.dataset.seconds ?? 0) * 1000;
  const tick = () => {
    const place = screen().querySelector(".countdown");
    if (!place) return clearInterval(countTimer);
    place.textContent = place.dataset.words.replace("#", Math.max(0, Math.ceil((end - performance.now()) / 1000)));
  };
  countTimer = setInterval(tick, 1000);
}

function fit() {
  const lines = document.getElementById("lines");
  if (lines) {
    lines.scrollTop = lines.scrollHeight;
    const newest = lines.querySelector("[data-newest]");
    if (newest && newest.offsetTop < lines.scrollTop) newest.scrollIntoView({ block: "center" });
    lines.toggleAttribute("data-more", lines.scrollTop > 4);
  }
  for (const amount of document.querySelectorAll(".amount")) {
    amount.removeAttribute("data-long");
    for (const step of ["1", "2"]) if (amount.scrollWidth > amount.clientWidth + 1) amount.dataset.long = step;
  }
}

/* The guest's keys */

document.addEventListener("click", (event) => {
  const key = event.target.closest("button");
  stay();
  if (key?.id === "language") {
    language = key.value;
    spoken = "";
    refresh();
  } else if (key?.id === "large") {
    large = !large;
    offerPrint();
    fit();
  } else if (key?.id === "speak") {
    aloud = !aloud;
    spoken = "";
    if (aloud) say();
    else speechSynthesis.cancel();
    offerVoice();
  }
  awaitLeave();
});

const changed = () => language !== HOME || aloud || large;

function reset() {
  stay();
  language = HOME;
  aloud = false;
  large = false;
  if ("speechSynthesis" in window) speechSynthesis.cancel();
  refresh();
}

function offerPrint() {
  document.body.toggleAttribute("data-large", large);
  document.getElementById("large")?.setAttribute("aria-pressed", String(large));
}

function voices() {
  return "speechSynthesis" in window ? speechSynthesis.getVoices() : [];
}

function offerVoice() {
  const key = document.getElementById("speak");
  if (!key) return;
  key.hidden = !voices().some((voice) => voice.lang.startsWith(language));
  key.setAttribute("aria-pressed", String(aloud));
}

function say() {
  const text = screen().dataset.speech;
  if (!text || text === spoken) return;
  spoken = text;
  const words = new SpeechSynthesisUtterance(text);
  words.lang = language === "de" ? "de-DE" : "en-GB";
  words.voice = voices().find((voice) => voice.lang.startsWith(language)) ?? null;
  speechSynthesis.cancel();
  speechSynthesis.speak(words);
}

/* The line to the register */

function missed() {
  if (!lostTimer) lostTimer = setTimeout(() => { lost.hidden = false; }, QUIET_MS);
}

function found() {
  clearTimeout(lostTimer);
  lostTimer = 0;
  lost.hidden = true;
}

function listen() {
  hear((name) => {
    if (name === "error") missed();
    else if (["open", "basket", "receipt", "payment"].includes(name)) refresh();
  });
}

if ("speechSynthesis" in window) speechSynthesis.addEventListener("voiceschanged", offerVoice);
window.addEventListener("resize", fit);
settle(Number(screen().dataset.next));
listen();
