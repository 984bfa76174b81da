// The TSE's pages: print the slip, and send an archive of any size in pieces.

import { $ } from "../till/dom.js";

const PIECE = 8 * 1024 * 1024;

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

const form = $("#upload");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = form.elements.archive.files[0];
  const [bar, wrong, key] = [$("progress", form), $(".problem", form), $("button", form)];
  if (!file) return;
  key.disabled = true;
  bar.hidden = false;
  wrong.hidden = true;
  const problem = await send(file, (share) => {
    bar.value = share;
  }).catch(() => wrong.dataset.lost);
  if (problem === null) {
    location.assign(form.dataset.done);
    return;
  }
  wrong.textContent = problem;
  wrong.hidden = false;
  key.disabled = false;
});

let sent = { file: null, offset: 0 };

/** Send `file` from where it stopped; null when all of it is there, else what is the matter. */
async function send(file, tell) {
  if (sent.file !== file) sent = { file, offset: 0 };
  do {
    const piece = file.slice(sent.offset, sent.offset + PIECE);
    const query = new URLSearchParams({
      offset: sent.offset,
      size: file.size,
      name: file.name,
      complete: form.elements.complete.checked ? 1 : 0,
    });
    const answer = await fetch(`${form.dataset.url}?${query}`, {
      method: "POST",
      body: piece,
      headers: { "Content-Type": "application/octet-stream", "X-CSRFToken": token() },
    });
    if (!answer.ok) {
      sent.file = null;
      return (await answer.text()) || form.querySelector(".problem").dataset.lost;
    }
    sent.offset += piece.size;
    tell(file.size ? (100 * sent.offset) / file.size : 100);
  } while (sent.offset < file.size);
  sent.file = null;
  return null;
}

function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? $("meta[name=csrf]").content;
}
