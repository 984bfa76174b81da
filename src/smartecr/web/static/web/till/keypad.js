// The number field of a sheet with its own keys. Euros may be typed without a comma: 1250 is 12,50.

import { $, $$, money, quantity } from "./dom.js";
import * as entry from "./entry.js";

const read = {
  cents: (text) => entry.cents(text.replace(".", ",")),
  quantity: (text) => entry.thousandths(text.replace(".", ",")),
  percent: (text) => {
    const thousandths = entry.thousandths(text.replace(".", ","));
    return thousandths === null ? null : thousandths / 10;
  },
};

/** The value typed into a keypad in its unit (cents, thousandths, basis points), null when there is none. */
export function value(pad) {
  return read[pad.dataset.format]($("[data-entry]", pad).value.trim());
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
  }
}
