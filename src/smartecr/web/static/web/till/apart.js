// Paying apart: what one guest had is tapped piece by piece, what it comes to is asked of the register, and the part
// becomes the ticket that is paid.

import { $, $$, newId, post, texts } from "./dom.js";
import * as paying from "./paying.js";
import * as sheets from "./sheets.js";
import * as sound from "./sound.js";
import * as ticket from "./ticket.js";

/** Bring the sheet to life; `run(command)` queues. */
export function start(root, run) {
  const form = $("form[data-apart]", root);
  if (!form) return;
  const rows = $$(".apart-row", form).map((row) => new Row(row, changed));
  const [key, problem] = [$("[type=submit]", form), $("[data-problem]", form)];
  let asked = 0;

  const pieces = () => rows.filter((row) => row.count).map((row) => row.piece());
  const isAll = () => rows.every((row) => row.count === row.pieces);

  function show(part, rest, wrong = "") {
    $("[data-sum]", form).textContent = part;
    $("[data-left]", form).textContent = rest;
    problem.textContent = wrong;
    problem.hidden = !wrong;
    key.disabled = Boolean(wrong) || !pieces().length;
    key.textContent = isAll() ? texts.apart_all : texts.apart_these;
  }

  async function changed() {
    const mine = ++asked;
    key.disabled = true;
    if (!pieces().length) return show("0,00", form.dataset.total);
    if (isAll()) return show(form.dataset.total, "0,00");
    const answer = await post(texts.url_apart, { basket: form.dataset.apart, pieces: pieces() }).catch(() => null);
    const text = await answer?.text().catch(() => "");
    if (mine !== asked) return undefined;
    if (answer?.status === 401) location.assign(texts.url_login);
    if (!answer?.ok) return show("–", "–", answer?.status === 422 ? text : texts.not_reached);
    const { part, rest } = JSON.parse(text);
    return show(part, rest);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (key.disabled) return sound.error();
    const order = { do: "part", basket: form.dataset.apart, into: newId(), pieces: pieces() };
    const all = isAll();
    sheets.close();
    if (all) return paying.open();
    run(order);
    if ((await paying.ready()) && ticket.data.basket === order.into) paying.open();
    return undefined;
  });
  form.addEventListener("keydown", (event) => byKey(event, form, rows));
}

/** Arrows go from line to line, + and - take and put back, * takes the line, F10 pays. */
function byKey(event, form, rows) {
  const at = rows.findIndex((row) => row.element.contains(document.activeElement));
  const row = rows[at];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const act = { "+": () => row.take(1), "-": () => row.take(-1), "*": () => row.take(row.pieces) }[event.key];
  if (event.key === "F10") form.requestSubmit();
  else if (step) (rows[at + step] ?? rows.at(step > 0 ? 0 : -1)).focus();
  else if (act && row) act();
  else return;
  event.preventDefault();
}

class Row {
  constructor(element, changed) {
    this.element = element;
    this.count = 0;
    this.pieces = Number(element.dataset.pieces);
    this.id = newId();
    this.changed = changed;
    $("[data-take]", element).addEventListener("click", () => {
      if (this.pieces === 1 && this.count) this.take(-1);
      else this.take(1);
    });
    $("[data-less]", element)?.addEventListener("click", () => this.take(-1));
    $("[data-all]", element)?.addEventListener("click", () => this.take(this.pieces));
  }

  take(by) {
    const count = Math.min(this.pieces, Math.max(0, this.count + by));
    if (count === this.count) return;
    this.count = count;
    $("[data-count]", this.element).textContent = count;
    this.element.toggleAttribute("data-chosen", count > 0);
    const less = $("[data-less]", this.element);
    if (less && !count && document.activeElement === less) this.focus();
    if (less) less.disabled = !count;
    this.changed();
  }

  focus() {
    $("[data-take]", this.element).focus();
  }

  piece() {
    return { line: this.element.dataset.line, quantity: this.count * Number(this.element.dataset.step), id: this.id };
  }
}
