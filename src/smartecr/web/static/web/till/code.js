// Paying with the code a guest shows on a phone: wait for it, send it once, keep it nowhere.

import { $, hint, post, texts } from "./dom.js";
import { approve } from "./approval.js";
import * as card from "./card.js";
import * as paying from "./paying.js";

const stage = $("#paying");
const pays = new RegExp(texts.code_pattern);
const MARK = /^\](?:C0|Q[0-2]|d[0145]|z[0-9A-C]|L[0-9])/; // of the scanner that read it

/** Whether a scanned text is a code a guest pays with; what kind the register decides. */
export const looksLikeOne = (text) => pays.test(text.trim().replace(MARK, ""));

/** Whether the payment dialogue is open, so that such a code means a payment. */
export const isWanted = () => ["code", "due", "part"].includes(paying.view()) || Boolean($(".card-again", stage));

/** Wait for a guest's code: for the basket on the screen, or the one that is being paid. */
export async function wait() {
  await paying.open(null, paying.basketInHand(), { by: "code", ...paying.asked() });
  if (paying.view() === "code") expect($("#asked", stage).dataset.shown);
}

/** A code arrived, by camera, scanner or hand. */
export function take(text) {
  const code = text.trim();
  const field = $("#code-text", stage);
  if (field) field.value = "";
  if (!code) {
    hint(texts.code_missing);
    return;
  }
  expect("");
  card.start(code);
}

/** The guest's display asks for the code while the till waits for it; "" when it does no more. */
export function expect(cents) {
  post(texts.url_expect, new URLSearchParams({ cents })).catch(() => {});
}

async function transferred() {
  const fields = new URLSearchParams(new FormData($("#asked", stage)));
  const send = (more = {}) => post(texts.url_transfer, new URLSearchParams([...fields, ...Object.entries(more)]));
  let answer = await send().catch(() => null);
  if (answer?.status === 403) {
    answer = await approve(answer.headers.get("X-Right"), answer.headers.get("X-About"), (grant) =>
      send({ approver: grant.person, approver_pin: grant.pin }),
    );
    if (!answer) return;
  }
  const html = answer ? await answer.text() : "";
  if (answer?.ok) paying.paid(answer, html);
  else paying.refused(answer?.status === 422 ? html : texts.not_reached);
}

/* Apps show figures in groups, and so they are typed */
const typed = (text) => (/^[\d\s]+$/.test(text) ? text.replace(/\s/g, "") : text);

export function start() {
  stage.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (act === "transfer") paying.open(null, paying.basketInHand(), { by: "transfer" });
    if (act === "show-code") paying.open(null, paying.basketInHand(), { by: "transfer", kind: "merchant" });
    if (act === "transferred") transferred();
    if (["sell", "pay-cash", "card", "code"].includes(act) && paying.view() === "transfer") {
      post(texts.url_transfer, new URLSearchParams()).catch(() => {});
    }
    if (act === "code") wait();
    if (act === "sell" && paying.view() === "code") expect("");
  });
  stage.addEventListener("submit", (event) => {
    if (event.target.id !== "code-form") return;
    event.preventDefault();
    take(typed($("#code-text", stage).value));
  });
}
