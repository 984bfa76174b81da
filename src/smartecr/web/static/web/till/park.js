// Parking under a name. One that a parked ticket bears already is asked about before the sheet closes: afterwards the
// next tap would land on the ticket that was not parked.

import { $, $$, say } from "./dom.js";

const LONGEST = 40;
const same = (name) => name.trim().toLocaleLowerCase("de");

/** Bring the form of the sheet to life; the name a ticket came back with is not asked about again. */
export function start(root) {
  const form = $("form[data-command=park]", root);
  if (!form) return;
  const field = form.elements.label;
  const box = $("#park-same", root);
  const names = new Set($$("[data-recall]", root).map((key) => same(key.dataset.label)));
  let meant = same(field.value);
  let goOn = () => {};

  function ask(event, anew) {
    const name = field.value.trim();
    box.hidden = true;
    if (!name || same(name) === meant || !names.has(same(name))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    field.value = free(name, names);
    $("span", box).textContent = say("name_taken", { name, free: field.value });
    const key = $("button", box);
    key.textContent = say("name_same", { name });
    goOn = () => {
      meant = same(name);
      field.value = name;
      anew();
    };
    box.hidden = false;
  }

  form.addEventListener("submit", (event) => ask(event, () => form.requestSubmit()), true);
  form.addEventListener("click", (event) => {
    const order = event.target.closest("[hx-post]");
    if (order) ask(event, () => order.click());
  }, true);
  $("button", box).addEventListener("click", () => goOn());
}

function free(name, names) {
  for (let number = 2; ; number += 1) {
    const end = ` (${number})`;
    const found = name.slice(0, LONGEST - end.length) + end;
    if (!names.has(same(found))) return found;
  }
}
