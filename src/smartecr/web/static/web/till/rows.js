// Rows of a list that open beside it: the shown one is marked; where nothing fits beside the list, its own page opens.

const NARROW = matchMedia("(max-width: 1099px)"); // as .halves in pages.css

export function start() {
  let keyed = false;
  document.addEventListener("click", (event) => {
    const row = event.target.closest(".row-link[hx-get]");
    if (!row) return;
    keyed = event.detail === 0; // by Enter, not by a finger
    for (const other of document.querySelectorAll(".row-link[aria-current]")) other.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
  });
  document.body.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target.id !== "detail" || !keyed) return;
    keyed = false;
    target.tabIndex = -1;
    target.focus({ preventScroll: true }); // the next Tab is the first key beside the list, not the next of a hundred rows
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const row = event.target.closest(".row-link[hx-get]");
    if (!row || !NARROW.matches) return;
    event.preventDefault();
    location.assign(row.href);
  });
}
