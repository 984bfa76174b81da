// The card terminal at the guest's side: a card in the hand, the field, the slot, and the pad when it asks.

import { $, $$, act, hint, listen, state, texts } from "./bench.js";

const choice = $("#card");
let drawn = "";

const held = () => state().terminal.cards.find((card) => card.id === choice.value);

function drawCards(cards, slot) {
  const now = JSON.stringify(cards.map((card) => [card.id, card.about]));
  if (now !== drawn) {
    drawn = now;
    const before = choice.value;
    choice.replaceChildren(
      ...cards.map((card) => {
        const option = document.createElement("option");
        option.value = card.id;
        option.textContent = `${card.wallet || card.product}, ${card.about}`;
        return option;
      }),
    );
    if (before) choice.value = before;
  }
  if (slot) choice.value = slot;
  choice.disabled = Boolean(slot);
}

function draw({ terminal }) {
  if (!terminal || !choice) return;
  drawCards(terminal.cards, terminal.slot);
  const { screen } = terminal;
  $("#terminal").dataset.tone = terminal.plugged ? screen.tone : "bad";
  $("#terminal-amount").textContent = terminal.plugged ? screen.amount : "";
  $("#terminal-lines").textContent = terminal.plugged ? screen.lines.join("\n") : texts.silent;
  $("#terminal-typed").hidden = !terminal.asking;
  $("#terminal-typed").textContent = terminal.asking === "amount" ? `${terminal.typed} €` : terminal.typed;
  $("#field").dataset.lit = terminal.ways.includes("nfc") ? "yes" : "no";
  const opening = $("#pin").hidden && terminal.asking;
  $("#pin").hidden = !terminal.asking;
  if (opening) $("#pin button").focus();
  const card = held();
  $("#slot").textContent = terminal.slot ? texts.remove : texts.insert;
  $("#slot").disabled = !terminal.slot && (!card || card.phone);
  const plastic = $("#plastic");
  plastic.dataset.in = terminal.slot ? "yes" : "no";
  plastic.dataset.look = card?.look ?? 0;
  plastic.dataset.phone = card?.phone ? "yes" : "no";
}

async function tap() {
  if (!(await act("tap", { card: choice.value, verified: true }))) hint(texts.dark);
}

async function useSlot() {
  const effect = await (state().terminal.slot ? act("remove") : act("insert", { card: choice.value }));
  if (!effect) hint(texts.no_effect);
}

export function startTerminal() {
  listen(draw);
  if (!choice) return;
  choice.addEventListener("change", () => draw(state()));
  $("#field").addEventListener("click", tap);
  $("#slot").addEventListener("click", useSlot);
  for (const key of $$("[data-key]")) key.addEventListener("click", () => act("key", { key: key.dataset.key }));
  document.addEventListener("keydown", (event) => {
    if ($("#pin").hidden || event.ctrlKey || event.altKey || event.metaKey) return;
    const named = { Enter: "OK", Backspace: "C", Escape: "STOP" }[event.key];
    const key = /^\d$/.test(event.key) ? event.key : named;
    if (!key || (event.key === "Enter" && event.target.closest("[data-key]:not(.pin-ok)"))) return;
    event.preventDefault();
    act("key", { key });
  });
}
