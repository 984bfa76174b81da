// Every page of the office: sheets, approval, the switches of this screen, and what changed elsewhere.

import { $, get, texts } from "../till/dom.js";
import * as live from "../till/live.js";
import * as rows from "../till/rows.js";
import * as sheets from "../till/sheets.js";
import * as theme from "../till/theme.js";

sheets.start();
rows.start();
theme.show(document.body);

/** Tell the page: parts with `hx-trigger="live-receipt from:body"` and the like fetch themselves anew. */
const tell = (topic) => () => document.body.dispatchEvent(new CustomEvent(`live-${topic}`));

live.listen({
  async status() {
    const answer = await get(texts.url_status).catch(() => null);
    if (!answer?.ok) return;
    const part = document.createElement("template");
    part.innerHTML = await answer.text();
    $("#outage").innerHTML = $("#outage-new", part.content).innerHTML;
    tell("status")();
  },
  receipt: tell("receipt"),
  payment: tell("payment"),
  catalog: tell("catalog"),
  lost: () => {
    $("#offline").hidden = false;
  },
  back: () => {
    $("#offline").hidden = true;
  },
});

document.documentElement.dataset.ready = "";

for (const choice of document.querySelectorAll("[data-submit]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}

// Groups of the side bar stay as they were left; the one of this page is open.
const KEPT = "office-groups";
const folded = new Set((localStorage.getItem(KEPT) ?? "").split(" ").filter(Boolean));
for (const group of document.querySelectorAll(".office-group")) {
  const key = group.dataset.group;
  if (folded.has(`${key}+`)) group.open = true;
  if (folded.has(`${key}-`) && !("here" in group.dataset)) group.open = false;
  group.addEventListener("toggle", () => {
    folded.delete(`${key}+`);
    folded.delete(`${key}-`);
    folded.add(`${key}${group.open ? "+" : "-"}`);
    localStorage.setItem(KEPT, [...folded].join(" "));
  });
}

// The search over everything: "/" goes there, the arrows walk through what was found, Escape goes back.
const search = document.querySelector("#find-all");
const found = document.querySelector("#find-found");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || !search?.checkVisibility()) return;
  event.preventDefault();
  search.focus();
});
for (const part of [search?.form, found]) {
  part?.addEventListener("keydown", (event) => {
    const places = [search, ...found.querySelectorAll("a")];
    const here = places.indexOf(document.activeElement);
    if (event.key === "Escape") {
      found.replaceChildren();
      search.value = "";
      search.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      places.at((here + (event.key === "ArrowDown" ? 1 : -1)) % places.length)?.focus();
    } else if (event.key === "Enter" && here === 0 && places[1]) {
      event.preventDefault();
      places[1].click();
    }
  });
}
document.addEventListener("click", (event) => {
  if (!event.target.closest(".office-find, .office-found")) found?.replaceChildren();
});

// A table of fields: up and down go to the same field of the next row, as in a spreadsheet.
document.querySelector("[data-table]")?.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const cell = event.target.closest("td");
  const row = cell?.parentElement;
  const next = event.key === "ArrowDown" ? row?.nextElementSibling : row?.previousElementSibling;
  const field = next?.children[cell.cellIndex]?.querySelector("input");
  if (!field) return;
  event.preventDefault();
  field.focus();
  if (field.type !== "checkbox") field.select();
});

// A scanner types a code and Enter: the row that has it lights up, and its quantity takes what is typed next.
const finder = document.querySelector("[data-find-row]");
finder?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const wanted = finder.value.trim().toLocaleLowerCase();
  if (!wanted) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  const row = rows.find((one) => one.dataset.row.split(" ").includes(wanted)) ?? rows.find((one) => one.dataset.row.includes(wanted));
  for (const other of document.querySelectorAll("[data-found]")) delete other.dataset.found;
  finder.setAttribute("aria-invalid", String(!row));
  if (!row) return finder.select();
  row.dataset.found = "";
  finder.value = "";
  const field = row.querySelector("input:not([type=hidden])");
  field.scrollIntoView({ block: "center" });
  field.select();
});

for (const field of document.querySelectorAll(".stock-form .input-amount")) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // the next scan comes into the search, not the form away
    finder?.focus();
  });
}

// A search over what is on the page: parts whose `data-setting` lacks a typed word go, and panels left empty with them.
for (const filter of document.querySelectorAll("[data-filter]")) {
  filter.addEventListener("input", () => {
    const wanted = filter.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    for (const part of document.querySelectorAll(filter.dataset.filter)) {
      const text = part.dataset.setting.toLocaleLowerCase();
      part.hidden = !wanted.every((word) => text.includes(word));
    }
    const panels = [...document.querySelectorAll("[data-filtered]")];
    for (const panel of panels) panel.hidden = !panel.querySelector(`${filter.dataset.filter}:not([hidden])`);
    $("#nothing").hidden = panels.some((panel) => !panel.hidden);
  });
}
