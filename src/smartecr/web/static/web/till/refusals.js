// What was refused stands in red over the lines. Goods whose code nobody knows stay there until somebody has dealt with
// them: the next scan must not take them out of sight.

import { $, $$ } from "./dom.js";

const SEEN = 4000;
const box = document.createElement("div");
box.id = "refusals";
box.setAttribute("role", "alert");
$("#lines").before(box);

/** Say why something was refused: a scan of `code`; `way` {text, act} is what can be done about it. */
export function refuse(text, { code = "", way = null } = {}) {
  for (const row of box.children) if (row.dataset.text === text) row.remove();
  const row = document.createElement("div");
  row.className = "refusal";
  Object.assign(row.dataset, { text, code, since: performance.now(), ...(way && { open: "" }) });
  row.append(key("refused", text, () => row.remove()));
  if (way) row.append(key("key refused-way", way.text, way.act));
  box.prepend(row);
  box.scrollTop = 0;
}

function key(name, text, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = name;
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
}

const drop = (which) => {
  for (const row of $$(".refusal", box)) if (which(row.dataset)) row.remove();
};

/** Somebody scans on: what could only be read has been read. */
export const makeRoom = () => drop(({ open, since }) => open === undefined && performance.now() - since > SEEN);

/** `code` is on the ticket now. */
export const settle = (code) => drop((row) => row.code === code);

export const forget = () => drop(() => true);
