// Parking under a name. One that a parked ticket bears already is asked about before the sheet closes: afterwards the
// next tap would land on the ticket that was not parked. The sheet knows the names of the moment it rose; the register
// knows those that another window gave since, and refuses, so the sheet waits for its answer. Mostly the same table is
// meant, and the two tickets become one.

import { $, $$, hint, say, texts } from "./dom.js";
import * as join from "./join.js";
import * as queue from "./queue.js";
import * as sheets from "./sheets.js";

const LONGEST = 40;
const same = (name) => name.trim().toLocaleLowerCase("de");
let refused = false;
let question = null;

/** Bring the form of the sheet to life; the name a ticket came back with is not asked about again. `run` queues. */
export function start(root, run) {
  question = null;
  const form = $("form[data-command=park]", root);
  if (!form) return;
  const field = form.elements.label;
  const insisted = form.elements.same;
  const box = $("#park-same", root);
  const names = new Map($$("[data-recall]", root).map((key) => [same(key.dataset.label), key.dataset]).reverse());
  const shown = $("#order-ids [name=basket]", root);
  const [other, both] = $$("button", box);
  let meant = same(field.value);
  let goOn = () => {};
  let last = () => {};
  let ordering = null;

  /** Lay this ticket to the parked one, which keeps its place, its orders and its card. */
  const add = (into) => run({ do: "add", basket: shown.value, into });

  async function addAndOrder({ recall: into, label }, order) {
    both.disabled = true;
    add(into);
    run({ do: "recall", basket: into });
    if (await queue.settled(12000)) {
      shown.value = into;
      meant = same(label);
      field.value = label;
      box.hidden = true;
      order.click();
    } else {
      sheets.close();
      hint(texts.not_reached);
    }
  }

  function show(name, anew) {
    field.value = free(name, names);
    join.forget();
    $("span", box).textContent = say("name_taken", { name, free: field.value });
    other.textContent = say("name_same", { name });
    const known = names.get(same(name));
    both.hidden = !known; // another window parked it meanwhile
    if (known) both.textContent = say("join_same", { name: known.label });
    both.onclick = () => {
      if (ordering) return addAndOrder(known, ordering);
      sheets.close();
      return add(known.recall);
    };
    goOn = () => {
      meant = same(name);
      field.value = name;
      insisted.value = "1";
      anew();
    };
    box.hidden = false;
  }

  function ask(event, anew, order = null) {
    const name = field.value.trim();
    last = anew;
    ordering = order;
    box.hidden = true;
    if (!name || same(name) === meant) return;
    insisted.value = "";
    if (!names.has(same(name))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    show(name, anew);
  }

  question = (name) => {
    if (!names.has(same(name))) names.set(same(name), null);
    show(name.trim(), last);
  };
  form.addEventListener("submit", (event) => ask(event, () => form.requestSubmit()), true);
  form.addEventListener("click", (event) => {
    const order = event.target.closest("[hx-post]");
    if (order) ask(event, () => order.click(), order);
  }, true);
  form.addEventListener("name-taken", () => question(field.value));
  other.addEventListener("click", () => goOn());
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
