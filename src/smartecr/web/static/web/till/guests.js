// What guests show: vouchers laid on the ticket, from a sheet or by scan, while selling and while paying.

import { onTap } from "./taps.js";
import { $, $$, hint, texts } from "./dom.js";
import * as paying from "./paying.js";
import * as queue from "./queue.js";
import * as sheets from "./sheets.js";
import * as ticket from "./ticket.js";

const VOUCHER = "GS:";

export const isVoucher = (code) => code.startsWith(VOUCHER);

/**
 * Queue a command that lays a voucher down; whoever was paying goes on with what is still due. A basket that is paid in
 * part takes none any more: it would be laid on the one on the screen.
 */
export async function lay(command, run) {
  if (paying.basketInHand()) {
    hint(texts.no_voucher);
    return;
  }
  const paid = paying.view() === "due";
  run(command);
  if (paid && (await queue.settled()) && ticket.total() > 0) paying.open();
}

/** Enter takes the only one who fits; of several the keyboard goes to the first. */
async function pick(event) {
  event.preventDefault();
  const field = event.target;
  await htmx.ajax("GET", field.getAttribute("hx-get"), { source: field, target: "#guests" });
  const [first, second] = $$("#guests [data-guest]");
  if (!first || !field.isConnected) return;
  if (second) first.focus();
  else first.click();
}

export function start(run) {
  onTap($("#sheet"), "[data-voucher]", (key) => {
    sheets.close();
    lay({ do: "voucher", code: key.dataset.voucher }, run);
  });
  onTap($("#sheet"), "[data-guest]", (key) => {
    sheets.close();
    run({ do: "guest", customer: key.dataset.guest });
  });
  onTap($("#sheet"), "[data-reward]", (key) => {
    sheets.close();
    run({ do: "reward", promotion: key.dataset.reward });
  });
  onTap($("#sheet"), "[data-token]", (key) => {
    sheets.close();
    run({ do: "token", code: key.dataset.token });
  });
  onTap($("#sheet"), "[data-guest-off]", () => {
    sheets.close();
    run({ do: "guest_off" });
  });
  $("#sheet").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.id === "guest-q") pick(event);
  });
  $("#paying").addEventListener("click", (event) => {
    if (event.target.closest("[data-act=voucher]")) sheets.open("voucher");
  });
}
