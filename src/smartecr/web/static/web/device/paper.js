// Paper: hangs out of the printer, is torn off by a tap, lies below, is taken up to be read or held before the camera.

import { $, act, listen, state, texts } from "./bench.js";
import { show } from "./camera.js";

const zoom = $("#zoom");
let inHand = 0;

const address = (piece) => `paper/${piece.number}.png?v=${piece.parts}`;

/** Bring the children of `place` in line with `pieces`, touching only what differs. */
function lay(place, pieces, make) {
  for (const old of [...place.children]) {
    const here = pieces.some((piece) => piece.number === Number(old.dataset.paper));
    if (!here && !old.classList.contains("leaving")) old.remove();
  }
  for (const piece of pieces) {
    let item = place.querySelector(`[data-paper="${piece.number}"]:not(.leaving)`);
    if (!item) {
      item = make(piece);
      item.dataset.paper = piece.number;
      place.append(item);
    }
    const picture = $("img", item);
    if (picture.dataset.parts !== String(piece.parts)) {
      picture.dataset.parts = piece.parts;
      picture.src = address(piece);
    }
  }
}

function button(className, label) {
  const item = document.createElement("button");
  item.type = "button";
  item.className = className;
  item.setAttribute("aria-label", label);
  const picture = document.createElement("img");
  picture.alt = "";
  picture.draggable = false;
  item.append(picture);
  return item;
}

function draw({ printer }) {
  if (!printer) return;
  lay($("#hanging"), printer.pieces.filter((piece) => !piece.torn), () => button("hanging", texts.hanging));
  const torn = printer.pieces.filter((piece) => piece.torn).reverse();
  if ($("#torn")) {
    lay($("#torn"), torn, (piece) => {
      const item = button("piece", texts.torn.replace("{number}", piece.number));
      item.draggable = true;
      return item;
    });
  }
  const trouble = !printer.on ? texts.no_power : printer.cover ? texts.cover : printer.out ? texts.no_paper : "";
  $("#printer-says").textContent = trouble || texts.paper.replace("{percent}", printer.percent);
  $("#printer").dataset.state = trouble ? "bad" : "ok";
  $("#printer").dataset.cover = printer.cover ? "open" : "shut";
}

async function tear(item) {
  item.classList.add("leaving");
  await act("tear");
  setTimeout(() => item.remove(), 280);
}

function takeUp(number) {
  inHand = number;
  const piece = state().printer.pieces.find((one) => one.number === number);
  $("#zoom-picture").src = address(piece);
  zoom.showModal();
}

export function startPaper() {
  listen(draw);
  $("#hanging")?.addEventListener("click", (event) => {
    const item = event.target.closest(".hanging");
    if (item) tear(item);
  });
  $("#torn")?.addEventListener("click", (event) => {
    const item = event.target.closest(".piece");
    if (item) takeUp(Number(item.dataset.paper));
  });
  $("#zoom-close").addEventListener("click", () => zoom.close());
  zoom.addEventListener("click", (event) => {
    if (event.target === zoom) zoom.close();
  });
  $("#zoom-show")?.addEventListener("click", () => {
    zoom.close();
    show({ paper: inHand });
  });
}
