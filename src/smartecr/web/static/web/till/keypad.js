// The number field of a sheet with its own keys. Euros may be typed without a comma: 1250 is 12,50.

import { $, $$, hint, money, quantity, texts } from "./dom.js";
import * as entry from "./entry.js";

/**
 * What is typed with a comma and no other sign: "12.5" is "12,5", "1.500,00" is "1500,00". "1.500" may be either, a
 * factor of a thousand apart, and is no number.
 */
function unpointed(text) {
  if (/^\d{1,3}(?:\.\d{3})+,\d*$/.test(text)) return text.replaceAll(".", "");
  return /\.\d{3}$/.test(text) ? "" : text.replace(".", ",");
}

const read = {
  cents: (text) => entry.cents(unpointed(text)),
  quantity: (text) => entry.thousandths(unpointed(text)),
  percent: (text) => {
    const thousandths = entry.thousandths(unpointed(text));
    return thousandths === null ? null : thousandths / 10;
  },
};

/** The value typed into a keypad in its unit (cents, thousandths, basis points), null when there is none. */
export function value(pad) {
  return read[pad.dataset.format]($("[data-entry]", pad).value.trim());
}

/** The same for a form that is sent: where something else is typed, it says so, and the field has the focus. */
export function take(pad) {
  const found = value(pad);
  const input = $("[data-entry]", pad);
  if (found !== null) return found;
  if (input.value.trim()) hint(texts[`unread_${pad.dataset.format}`]);
  input.focus();
  return null;
}

export function start(root) {
  for (const pad of $$("[data-keypad]", root)) {
    const input = $("[data-entry]", pad);
    pad.addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]");
      if (!key) return;
      if (key.dataset.key === "back") input.value = input.value.slice(0, -1);
      else if (input.value.length < 10) input.value += key.dataset.key;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    input.addEventListener("input", () => {
      const clean = input.value.replace(/[^\d,.]/g, "");
      if (clean !== input.value) input.value = clean;
    });
    input.addEventListener("blur", () => {
      if (pad.dataset.format === "cents" && value(pad) !== null) input.value = money(value(pad));
      if (pad.dataset.format === "quantity" && value(pad) !== null) input.value = quantity(value(pad));
    });
    input.addEventListener("focus", () => input.select());
    pad.closest("form")?.addEventListener("keydown", (event) => {
      const elsewhere = !event.target.matches("input:not([type=radio], [type=checkbox])");
      if (elsewhere && /^\d$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) input.focus();
    });
  }
}
