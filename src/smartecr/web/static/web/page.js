// Pages beside the till (receipts, cash, articles): sheets, approval, and a scanner that leads back to selling.

import { $, $$, get, hint, newId, post, runClock, say, texts } from "./till/dom.js";
import * as live from "./till/live.js";
import * as rows from "./till/rows.js";
import * as scanner from "./till/scanner.js";
import * as sheets from "./till/sheets.js";
import * as sound from "./till/sound.js";
import { startCount } from "./till/count.js";

runClock();
sheets.start();
rows.start();
const counting = $("#closing");
if (counting) startCount(counting);

scanner.listen({
  remember: scanner.fieldState,
  restore: scanner.restoreField,
  scanned,
});

function scanned(code, id = newId()) {
  if (counting) {
    sound.error();
    hint(`${texts.code} ${code}: ${texts.count_first}`);
    return;
  }
  const waiting = JSON.parse(sessionStorage.getItem("smartecr.queue") ?? "[]");
  waiting.push({ id, do: "scan", code, quantity: 1000 });
  sessionStorage.setItem("smartecr.queue", JSON.stringify(waiting));
  if (sheets.holds()) {
    sound.line();
    hint(say("scans_wait", { count: waiting.length }));
  } else location.assign(texts.url_till);
}

live.listen({
  async scan() {
    if (document.hidden) return;
    const answer = await post(texts.url_scans, {}).catch(() => null);
    for (const { id, code } of answer?.ok ? (await answer.json()).scans : []) scanned(code, id);
  },
  async status() {
    const answer = await get(texts.url_status).catch(() => null);
    if (!answer?.ok) return;
    live.showStatus(await answer.text());
  },
  lost: () => {
    $("#offline").hidden = false;
  },
  back: () => {
    $("#offline").hidden = true;
  },
});

window.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !sheets.isOpen() && !event.target.matches("input")) location.assign(texts.url_till);
});
document.documentElement.dataset.ready = "";
