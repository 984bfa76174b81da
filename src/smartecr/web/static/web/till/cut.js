// A browser cuts what is pasted to the length of the field and says nothing: here it is said, until it is mended.

import { say } from "./dom.js";

const NOTE = "data-cut";

/** Whether what is put in is longer than the room left for it. */
function tooLong(field, text) {
  if (!(field.maxLength > 0) || !text) return false;
  const put = field.matches("textarea") ? text : text.replace(/[\r\n]/g, "");
  const replaced = (field.selectionEnd ?? 0) - (field.selectionStart ?? 0);
  return field.value.length - replaced + put.length > field.maxLength;
}

export function start() {
  let cut = null;
  document.addEventListener("beforeinput", (event) => {
    if (!event.target.matches("input, textarea")) return;
    const text = event.data ?? event.dataTransfer?.getData("text/plain");
    cut = /^insertFrom/.test(event.inputType) && tooLong(event.target, text) ? event.target : null;
  });
  document.addEventListener("input", (event) => {
    const field = event.target;
    const told = field.nextElementSibling;
    if (told?.hasAttribute(NOTE)) told.remove();
    if (field !== cut) return;
    cut = null;
    const note = document.createElement("p");
    note.className = "wrong";
    note.setAttribute("role", "alert");
    note.setAttribute(NOTE, "");
    note.textContent = say("cut", { count: field.maxLength });
    field.after(note);
  });
}
