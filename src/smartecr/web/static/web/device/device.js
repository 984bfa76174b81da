// The whole device: draws how its parts are, and does what hands do to them. It talks to the bench alone.

import { $, $$, act, hint, listen, said, start, state, texts } from "./bench.js";
import { startCamera } from "./camera.js";
import { startPaper } from "./paper.js";
import { startTerminal } from "./terminal.js";

function drawFaults({ faults }) {
  const active = faults.filter((fault) => fault.on);
  for (const fault of faults) {
    $(`.switch[data-fault="${fault.id}"]`).setAttribute("aria-checked", fault.on);
    for (const key of $$(`[data-off][data-fault="${fault.id}"]`)) key.hidden = !fault.on;
  }
  $("#effect").textContent = active.map((fault) => fault.effect).join(" ");
  const names = active.map((fault) => fault.name).join(", ");
  said(active.length ? texts.count.replace("{count}", active.length).replace("{names}", names) : texts.well, active.length);
}

function drawDrawer({ printer }) {
  const drawer = $("#drawer");
  if (!drawer || !printer) return;
  drawer.dataset.open = printer.drawer ? "yes" : "no";
  $("#drawer-says").textContent = printer.drawer ? texts.drawer_open : texts.drawer_closed;
}

function drawScale({ scale }) {
  if (!scale) return;
  const kilograms = (scale.grams / 1000).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 3 });
  $("#scale-says").textContent = `${kilograms} kg`;
}

function drawTse({ tse }) {
  const slot = $("#tse");
  if (!slot || !tse) return;
  slot.dataset.in = tse.in ? "yes" : "no";
  slot.dataset.state = tse.in ? "ok" : "bad";
  $("#tse-says").textContent = tse.in ? texts.tse_in : texts.tse_out;
}

for (const key of $$("[data-fault]")) {
  key.addEventListener("click", () => {
    const on = key.matches("[data-off]") ? false : key.getAttribute("aria-checked") !== "true";
    act("fault", { id: key.dataset.fault, on });
  });
}
$("#drawer")?.addEventListener("click", () => act("drawer"));
async function load(grams) {
  if ((await act("load", grams)) === false) hint(texts.scale_full);
}

for (const key of $$("[data-load]")) {
  key.addEventListener("click", () => load({ more: Number(key.dataset.load) }));
}
$("[data-empty]")?.addEventListener("click", () => load({ grams: 0 }));
$("#tse")?.addEventListener("click", () => act("fault", { id: "tse-pulled", on: state().tse.in }));

/** On narrow screens the guest's display is as wide as the page: shown at its real size, made to fit. */
const glass = $(".glass-guest");
new ResizeObserver(() => glass.style.setProperty("--fit", glass.clientWidth / 800)).observe(glass);

listen(drawFaults);
listen(drawDrawer);
listen(drawTse);
listen(drawScale);
startPaper();
startTerminal();
startCamera();
start();
document.documentElement.dataset.ready = "";
