// Codes from wherever they come: sold at once, held while somebody fills in a sheet, handed to a payment under way.

import { hint, plain, post, say, texts } from "./dom.js";
import * as code from "./code.js";
import * as paying from "./paying.js";
import * as sheets from "./sheets.js";
import * as sound from "./sound.js";
import * as ticket from "./ticket.js";

const held = [];
let sell = () => {};
let chain = Promise.resolve();

/** `callback(scan)` puts a scan on the ticket. */
export function start(callback) {
  sell = callback;
  for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", release);
  new MutationObserver(release).observe(document.body, { attributeFilter: ["data-view"] });
}

/** Take a scan `{code, id, typed}`; in order, whatever each has to wait for. */
export function arrived(scan) {
  chain = chain.then(() => place(scan)).catch(() => hint(texts.not_reached));
  return chain;
}

/** Ask for what the scanners have read. */
export async function fetchScans() {
  if (document.hidden) return [];
  const answer = await post(texts.url_scans, {}).catch(() => null);
  return answer?.ok ? (await answer.json()).scans : [];
}

async function place(scan) {
  if (code.looksLikeOne(scan.code) || paying.view() === "code") {
    if (code.isWanted()) code.take(scan.code); // the register says what is wrong with any other
    else hint(texts.code_later);
    return;
  }
  if (sheets.holds()) {
    hold(scan);
    return;
  }
  if (["due", "part", "card"].includes(paying.view()) && !scan.typed) {
    const answer = await post(texts.url_scan_paying, new URLSearchParams({ code: scan.code }));
    if (answer.status !== 204) {
      refuse(answer.status === 422 ? await answer.text() : texts.not_reached);
      return;
    }
    if (paying.view() === "card") {
      hold(scan);
      return;
    }
  }
  sell(scan);
}

function hold(scan) {
  held.push(scan);
  sound.line();
  hint(say("scans_wait", { count: held.length }));
}

/** A sheet has closed or the payment is over: what was scanned meanwhile follows. */
function release() {
  if (!held.length || sheets.holds() || paying.view() === "card") return;
  for (const scan of held.splice(0)) arrived(scan);
}

function refuse(html) {
  const text = plain(html);
  const problem = document.querySelector("#pay-problem");
  sound.error();
  ticket.flash("bad");
  if (problem) problem.textContent = text;
  else hint(text);
}
