// "Darf ein Manager freigeben?": choose who, type the PIN, and the same request goes out again with both.

import { $, get, hint, texts } from "./dom.js";
import { startPin } from "./pin.js";

const dialog = $("#approval");
let cancel = () => {};

if (dialog) {
  dialog.addEventListener("close", () => cancel());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
}

/**
 * Ask for approval of `right`, for the amount `about` as in an address ("" for none). `attempt({person, pin, right})` resolves to an answer; one with the header X-Pin is a
 * wrong PIN and asks again. Resolves to the final answer, or null when nobody approved.
 */
export async function approve(right, about, attempt) {
  const address = texts.url_approval.replace("RIGHT", encodeURIComponent(right));
  const page = await get(about ? `${address}?about=${about}` : address).catch(() => null);
  if (!page?.ok) {
    hint(texts.not_reached);
    return null;
  }
  const body = $("#approval-body");
  body.innerHTML = await page.text();
  const form = $("form", body);
  dialog.showModal();
  if (!$("[data-pin]", form)) {
    return new Promise((resolve) => {
      cancel = () => resolve(null);
    });
  }
  const pin = startPin(form);
  return new Promise((resolve) => {
    cancel = () => resolve(null);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const fields = new FormData(form);
      const grant = { person: fields.get("approver"), pin: fields.get("approver_pin"), right };
      const answer = await attempt(grant).catch(() => null);
      if (!answer) {
        pin.fail(texts.not_reached, 0);
      } else if (answer.headers.has("X-Pin")) {
        pin.fail(await answer.text(), Number(answer.headers.get("X-Wait")));
      } else {
        cancel = () => {};
        dialog.close();
        resolve(answer);
      }
    });
  });
}
