// The camera: things and papers are dragged onto it, or tapped; a file of one's own as well.

import { $, $$, act, hint, hold, listen, texts } from "./bench.js";

const camera = $("#camera");

/** Hold `{thing}` or `{paper}` before the camera. */
export async function show(what) {
  if ((await act("show", what)) === false) hint(texts.away);
}

async function showFile(file) {
  const effect = await hold(file);
  if (effect === null) hint(texts.unreadable);
  else if (!effect) hint(texts.away);
}

const what = (element) =>
  element.dataset.thing ? { thing: element.dataset.thing } : { paper: Number(element.dataset.paper) };

/** Draw the things one after the other, once both screens are there: those must not wait for pictures. */
async function drawThings() {
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  for (const picture of $$("[data-thing] img")) {
    picture.src = picture.dataset.src;
    await picture.decode().catch(() => {});
  }
}

export function startCamera() {
  if (!camera) return;
  listen(({ camera: seen }) => {
    camera.toggleAttribute("data-busy", seen.busy);
    camera.toggleAttribute("data-away", !seen.seeing);
  });
  document.addEventListener("dragstart", (event) => {
    const thing = event.target.closest?.("[data-thing], .piece");
    if (!thing) return;
    event.dataTransfer.setData("text/plain", JSON.stringify(what(thing)));
    event.dataTransfer.effectAllowed = "copy";
  });
  for (const name of ["dragenter", "dragover"]) {
    camera.addEventListener(name, (event) => {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      camera.dataset.over = "";
    });
  }
  camera.addEventListener("dragleave", () => delete camera.dataset.over);
  camera.addEventListener("drop", (event) => {
    event.preventDefault();
    delete camera.dataset.over;
    const [file] = event.dataTransfer.files;
    if (file) showFile(file);
    else {
      try {
        show(JSON.parse(event.dataTransfer.getData("text/plain")));
      } catch {
        hint(texts.unreadable);
      }
    }
  });
  for (const thing of $$("[data-thing]")) thing.addEventListener("click", () => show(what(thing)));
  camera.addEventListener("click", () => $("[data-thing]").focus());
  drawThings();
  $("#own").addEventListener("change", (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) showFile(file);
  });
}
