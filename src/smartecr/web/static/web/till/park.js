// Parking under a name. One that a parked ticket bears already is asked about before the sheet closes: afterwards the
// next tap would land on the ticket that was not parked. The sheet knows the names of the moment it rose; the register
// knows those that another window gave since, and refuses, so the sheet waits for its answer.

import { $, $$, say } from "./dom.js";
import * as queue from "./queue.js";
import * as sheets from "./sheets.js";

const LONGEST = 40;
const same = (name) => name.trim().toLocaleLowerCase("de");
let refused = false;
let question = null;

/** Bring the form of the sheet to life; the name a ticket came back with is not asked about again. */
export function start(root) {
  question = null;
  const form = $("form[data-command=park]", root);
  if (!form) return;
  const field = form.elements.label;
  const insisted = form.elements.same;
  const box = $("#park-same", root);
  const names = new Set($$("[data-recall]", root).map((key) => same(key.dataset.label)));
  let meant = same(field.value);
  let goOn = () => {};
  let last = () => {};

  function show(name, anew) {
    field.value = free(name, names);
    $("span", box).textContent = say("name_taken", { name, free: field.value });
    const key = $("button", box);
    key.textContent = say("name_same", { name });
    goOn = () => {
      meant = same(name);
      field.value = name;
      insisted.value = "1";
      anew();
    };
    box.hidden = false;
  }

  function ask(event, anew) {
    const name = field.value.trim();
    last = anew;
    box.hidden = true;
    if (!name || same(name) === meant) return;
    insisted.value = "";
    if (!names.has(same(name))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    show(name, anew);
  }

  question = (name) => {
    names.add(same(name));
    show(name.trim(), last);
  };
  form.addEventListener("submit", (event) => ask(event, () => form.requestSubmit()), true);
  form.addEventListener("click", (event) => {
    const order = event.target.closest("[hx-post]");
    if (order) ask(event, () => order.click());
  }, true);
  form.addEventListener("name-taken", () => question(field.value));
  $("button", box).addEventListener("click", () => goOn());
}

/** Park; the sheet stays until the register has answered or cannot be reached. */
export async function send(order, run) {
  refused = false;
  run(order);
  await queue.settled();
  if (!refused) sheets.close();
}

/** Another window parked a ticket as `name` meanwhile: ask as if the sheet had known. */
export async function taken(name) {
  refused = true;
  if (!question || !$("#park-label")) await sheets.open("park");
  question?.(name);
}

function free(name, names) {
  for (let number = 2; ; number += 1) {
    const end = ` (${number})`;
    const found = name.slice(0, LONGEST - end.length) + end;
    if (!names.has(same(found))) return found;
  }
}
