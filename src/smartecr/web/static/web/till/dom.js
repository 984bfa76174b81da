// Small helpers every module uses: texts of the page, money as text, ids, requests.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

export const texts = JSON.parse($("#texts").textContent);

/** Fill `{name}` places of a text of the page. */
export function say(name, values = {}) {
  return texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** Cents as "1.234,56", with a true minus sign. */
export function money(cents) {
  const size = Math.abs(cents);
  const euros = String(Math.floor(size / 100)).replace(/\B(?=(\d{3})+$)/g, ".");
  return `${cents < 0 ? "−" : ""}${euros},${String(size % 100).padStart(2, "0")}`;
}

/** Thousandths as "2" or "0,275". */
export function quantity(thousandths) {
  const size = Math.abs(thousandths);
  const rest = String(size % 1000).padStart(3, "0").replace(/0+$/, "");
  return `${thousandths < 0 ? "−" : ""}${Math.floor(size / 1000)}${rest ? `,${rest}` : ""}`;
}

/** A fresh id: 32 hex digits, ordered by time. */
export function newId() {
  const random = crypto.getRandomValues(new Uint8Array(10));
  const tail = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return Date.now().toString(16).padStart(12, "0") + tail;
}

/** The CSRF token as it stands now: another window may have logged somebody else in. */
export function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? $("meta[name=csrf]").content;
}

/** Ask for a part of a page. */
export function get(url) {
  return fetch(url, { headers: { "HX-Request": "true" } });
}

/** Post fields or a JSON object; `signal` may end it. */
export function post(url, body, options = {}) {
  const headers = { "HX-Request": "true", "X-CSRFToken": token() };
  if (!(body instanceof FormData || body instanceof URLSearchParams)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  return fetch(url, { method: "POST", headers, body, ...options });
}

/** The words of a piece of HTML, for where only words go. */
export const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent.trim();

/** A sentence that goes by itself, above an open sheet too. */
export function hint(text) {
  const box = $("#hint");
  box.textContent = text;
  box.hidePopover();
  box.showPopover();
  clearTimeout(hint.timer);
  hint.timer = setTimeout(() => box.hidePopover(), 3200);
}

/** Keep the clock in the bar right, in the time of the shop. */
export function runClock() {
  const clock = $("#clock");
  if (!clock) return;
  const format = new Intl.DateTimeFormat("de-DE", {
    hour: "numeric", minute: "2-digit", timeZone: document.body.dataset.zone || undefined,
  });
  const show = () => {
    const text = format.format(new Date()).replace(/^0(?=\d)/, "");
    if (clock.textContent !== text) clock.textContent = text;
  };
  show();
  setInterval(show, 5000);
}
