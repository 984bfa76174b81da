// Commands on their way to the register: in order, each with its own id, kept over a reload, repeated until answered.
// The register does nothing twice for one id, so sending again is always safe.

import { $, get, newId, post, texts } from "./dom.js";

const KEY = "smartecr.queue";
const RENEWED = "smartecr.renewed";
const BATCH = 100;
const PATIENCE = 12000;
const PAUSES = [250, 500, 1000, 2000, 4000];

let waiting = read();
let held = null; // what comes while a payment is on its way belongs to the next ticket
let busy = false;
let failures = 0;
let single = false;
let timer = 0;
let hear = () => {};

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function keep() {
  const all = [...waiting, ...(held ?? [])];
  if (all.length) sessionStorage.setItem(KEY, JSON.stringify(all));
  else sessionStorage.removeItem(KEY);
}

/** Call `callback(html, pending, batch)` with every answer, the commands still waiting and those answered. */
export function onAnswer(callback) {
  hear = callback;
}

export const pending = () => waiting;
export const isIdle = () => isSent() && !held?.length;
const isSent = () => !waiting.length && !busy;

/** Send nothing that comes from now on, until `release`. */
export function hold() {
  held ??= [];
}

export const isHeld = () => held !== null;

/** Send what was held, and return it. */
export function release() {
  const later = held ?? [];
  held = null;
  waiting.push(...later);
  if (later.length) flush();
  return later;
}

/** Put a command at the end and send; returns it with its id. */
export function push(command) {
  const whole = { id: newId(), ...command };
  (held ?? waiting).push(whole);
  keep();
  if (held) return whole;
  if (failures) showOffline();
  else flush();
  return whole;
}

/** Resolve when all is answered, an attempt failed, or after `patience` ms; true when nothing waits any more. */
export async function settled(patience = 4000) {
  const end = performance.now() + patience;
  while (!isSent() && !failures && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 15));
  return isSent();
}

/** Send what waits, unless a batch is under way. */
export async function flush() {
  if (busy || !waiting.length) return;
  busy = true;
  clearTimeout(timer);
  const batch = waiting.slice(0, single ? 1 : BATCH);
  let answer = null;
  try {
    answer = await post(texts.url_commands, { commands: batch }, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) {
      const html = await answer.text();
      drop(batch);
      failures = 0;
      single = false;
      busy = false;
      hideOffline();
      hear(html, waiting, batch);
      flush();
      return;
    }
  } catch {
    answer = null;
  }
  busy = false;
  refuse(answer, batch);
}

function drop(batch) {
  const gone = new Set(batch.map((command) => command.id));
  waiting = waiting.filter((command) => !gone.has(command.id));
  keep();
}

/** Milliseconds since the page was last loaded anew because its token had become stale. */
const renewed = () => Date.now() - Number(sessionStorage.getItem(RENEWED) ?? 0);

function refuse(answer, batch) {
  if (answer?.status === 401) {
    location.assign(texts.url_login);
    return;
  }
  if (answer?.status === 403 && renewed() > 10000) {
    sessionStorage.setItem(RENEWED, Date.now());
    location.assign(texts.url_till);
    return;
  }
  if (answer?.status === 400 || answer?.status === 413) {
    if (batch.length > 1) single = true;
    else drop(batch);
    flush();
    return;
  }
  failures += 1;
  showOffline();
  timer = setTimeout(flush, PAUSES[Math.min(failures, PAUSES.length) - 1]);
}

/** Send what waits in a request that outlives the page: the window may never come back. */
export function flushForGood() {
  if (waiting.length) post(texts.url_commands, { commands: waiting.slice(0, BATCH) }, { keepalive: true }).catch(() => {});
}

/** Try again at once: the server is back. */
export function wake() {
  if (waiting.length) retry();
  else hideOffline();
}

/** Send what waits now, not after the pause that follows a failure. */
export function retry() {
  clearTimeout(timer);
  failures = 0;
  flush();
}

export function showOffline() {
  $("#offline").hidden = false;
  $("#offline-count").textContent = waiting.length ? texts.offline_count.replace("{count}", waiting.length) : "";
}

function hideOffline() {
  $("#offline").hidden = true;
}

/** Carry out one command with somebody's approval, outside the order; returns the answer. */
export function sendApproved(command, grant) {
  return post(texts.url_commands, { commands: [command], approver: grant });
}

/** Fetch the ticket unless the page has this version; null when it has, or when the register is away. */
export async function fetchTicket(have) {
  try {
    const answer = await get(`${texts.url_ticket}?have=${have}`);
    if (answer.status === 401) location.assign(texts.url_login);
    return answer.status === 200 ? await answer.text() : null;
  } catch {
    return null;
  }
}
