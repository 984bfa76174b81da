// Forms on sheets that are commands: read the fields, queue the command, close the sheet.

import { $, $$ } from "./dom.js";
import * as apart from "./apart.js";
import * as join from "./join.js";
import * as keypad from "./keypad.js";
import * as park from "./park.js";
import * as sheets from "./sheets.js";
import { choose, tender } from "./paying.js";

/** Bring the forms of a sheet to life; `run(command)` queues, `sell(article)` taps. */
export function start(root, { run, reserve }) {
  park.start(root, run);
  apart.start(root, run);
  for (const form of $$("form[data-command]", root)) startCommand(form, run);
  for (const form of $$("form[data-other]", root)) startOther(form);
  for (const form of $$("form[data-learn]", root)) startLearn(form, run);
  for (const form of $$("form[data-part]", root)) startPart(form, (cents) => choose({ [form.dataset.part]: String(cents) }));
  for (const form of $$("form[data-tab]", root)) startPart(form, (cents) => reserve(cents));
  const after = (command) => {
    sheets.close();
    run(command);
  };
  join.start(root, (...commands) => {
    sheets.close();
    for (const command of commands) run(command);
  });
  for (const key of $$("[data-recall]", root)) {
    key.addEventListener("click", () => {
      if (!join.takes(key)) after({ do: "recall", basket: key.dataset.recall });
    });
  }
  for (const key of $$("[data-do]", root)) {
    key.addEventListener("click", () => after({ do: key.dataset.do, receipt: key.dataset.receipt }));
  }
  for (const key of $$("[data-discard]", root)) key.addEventListener("click", () => after({ do: "discard", basket: key.dataset.discard }));
  for (const key of $$("[data-times]", root)) {
    const article = key.parentElement.dataset.articleTimes;
    key.addEventListener("click", () => after({ do: "article", article, quantity: Number(key.dataset.times) * 1000 }));
  }
  for (const key of $$("[data-return]", root)) {
    key.addEventListener("click", () => after({ do: "article", article: key.dataset.return, quantity: -1000 }));
  }
}

function startCommand(form, run) {
  const pad = $("[data-keypad]", form);
  const input = pad && $("[data-entry]", pad);
  const format = () => {
    const kind = $("input[name=kind]:checked", form)?.value;
    if (!kind) return;
    pad.dataset.format = kind === "percent" ? "percent" : "cents";
    for (const part of $$("[data-only]", form)) part.hidden = part.dataset.only !== kind;
  };
  form.addEventListener("change", format);
  for (const key of $$("[data-set]", form)) {
    key.addEventListener("click", () => {
      input.value = key.dataset.set;
    });
  }
  for (const key of $$("[data-set-submit]", form)) {
    key.addEventListener("click", () => {
      input.value = key.dataset.setSubmit;
      form.requestSubmit();
    });
  }
  $("[data-remove]", form)?.addEventListener("click", () => {
    sheets.close();
    run(command(form, 0));
  });
  const wish = $("#wish", form);
  if (wish) startWords(form, wish);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = pad ? keypad.take(pad) : null;
    if (pad && value === null) return;
    const order = command(form, value);
    if (order.do === "park") {
      park.send(order, run);
      return;
    }
    sheets.close();
    run(order);
  });
}

/** Words to tap beside what is typed: each comes to the others in the field, or goes again. */
function startWords(form, field) {
  const words = () => field.value.split(",").map((word) => word.trim()).filter(Boolean);
  const show = () => {
    for (const key of $$("[data-word]", form)) key.setAttribute("aria-pressed", words().includes(key.dataset.word));
  };
  for (const key of $$("[data-word]", form)) {
    key.addEventListener("click", () => {
      const { word } = key.dataset;
      const now = words().includes(word) ? words().filter((one) => one !== word) : [...words(), word];
      if (now.join(", ").length <= field.maxLength) field.value = now.join(", ");
      show();
    });
  }
  field.addEventListener("input", show);
  $("[data-nothing]", form)?.addEventListener("click", () => {
    field.value = "";
    form.requestSubmit();
  });
  show();
}

function command(form, value) {
  const fields = new FormData(form);
  const order = { do: form.dataset.command };
  for (const name of ["basket", "line", "article"]) if (form.dataset[name]) order[name] = form.dataset[name];
  for (const field of ["label", "same", "kind", "name", "text", "group", "wish"]) {
    if (fields.has(field)) order[field] = fields.get(field);
  }
  if (fields.has("choice") || fields.has("reason")) order.reason = fields.get("reason")?.trim() || fields.get("choice") || "";
  if (fields.get("share") === "one") order.one = true;
  const name = $("[data-entry]", form)?.dataset.entry;
  if (name) order[name] = value;
  if (order.do === "article") order.quantity ??= 1000;
  return order;
}

function startLearn(form, run) {
  const pad = $("[data-keypad]", form);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", (event) => {
    const group = event.target.closest("[data-learn-group]");
    if (!group) return;
    const cents = keypad.take(pad);
    if (!cents) return;
    const name = form.elements.name.value.trim();
    sheets.close();
    run({
      do: "learn", code: form.dataset.learn, group: group.dataset.learnGroup, cents, name, quantity: 1000,
    });
  });
}

function startOther(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const cents = keypad.take($("[data-keypad]", form));
    if (cents === null) return;
    sheets.close();
    tender(cents, form.dataset.currency);
  });
}

/** A part of what is due, or a tip, for the payment that comes. */
function startPart(form, take) {
  const input = $("[data-entry]", form);
  for (const key of $$("[data-set-submit]", form)) {
    key.addEventListener("click", () => {
      input.value = key.dataset.setSubmit;
      form.requestSubmit();
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const cents = keypad.take($("[data-keypad]", form));
    const fits = cents > 0 && cents <= Number(form.dataset.most ?? cents);
    $("[data-problem]", form).hidden = fits;
    if (!fits) return;
    sheets.close();
    take(cents);
  });
}
