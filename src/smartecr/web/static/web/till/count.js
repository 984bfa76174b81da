// Counting the drawer: pieces times value, summed while typing.

import { $, $$, money } from "./dom.js";

export function startCount(form) {
  const rows = $$(".count-row", form).map((row) => ({
    value: Number(row.dataset.value),
    input: $("input", row),
    sum: $("output", row),
    row,
  }));
  const expected = form.dataset.expected === undefined ? null : Number(form.dataset.expected);

  const add = () => {
    let total = 0;
    for (const { value, input, sum, row } of rows) {
      const cents = value * Number(input.value || 0);
      total += cents;
      sum.textContent = money(cents);
      row.toggleAttribute("data-counted", cents > 0);
    }
    $("#counted").textContent = money(total);
    if (expected !== null) $("#live-difference").textContent = money(total - expected);
    $("#difference").replaceChildren();
  };
  form.addEventListener("input", (event) => {
    if (!event.target.matches(".count-input")) return;
    event.target.value = event.target.value.replace(/\D/g, "");
    add();
  });
  form.addEventListener("click", (event) => {
    const key = event.target.closest("[data-step]");
    if (!key) return;
    const input = $("input", key.parentElement);
    input.value = Math.max(0, Number(input.value || 0) + Number(key.dataset.step)) || "";
    add();
  });
  form.addEventListener("keydown", (event) => {
    if (!event.target.matches(".count-input")) return;
    const place = rows.findIndex(({ input }) => input === event.target);
    const next = { Enter: rows[place + 1], ArrowDown: rows[place + 1], ArrowUp: rows[place - 1] }[event.key];
    if (event.key === "Enter" || next) event.preventDefault();
    next?.input.focus();
    next?.input.select();
  });
  rows[0].input.focus();
}
