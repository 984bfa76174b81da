// A PIN pad: dots for digits, keys for fingers, the keyboard as well, and a countdown while tries are locked.

import { $, $$, say } from "./dom.js";

/** Bring a PIN pad and the people beside it to life; returns `{fail(message, wait)}`. */
export function startPin(form) {
  const pad = $("[data-pin]", form);
  const input = $(".pin-input", pad);
  const dots = $(".pin-dots", pad);
  const problem = $(".pin-problem", pad);
  let timer = 0;

  const person = () => $(".person input:checked", form);
  const draw = () => {
    dots.textContent = "•".repeat(input.value.length);
  };
  const lock = (seconds) => {
    clearInterval(timer);
    const keys = $$("button", pad);
    for (const key of keys) key.disabled = seconds > 0;
    input.disabled = seconds > 0;
    if (seconds <= 0) {
      if (problem.dataset.wait > 0) problem.textContent = "";
      problem.dataset.wait = 0;
      if (person()) input.focus({ preventScroll: true });
      return;
    }
    problem.dataset.wait = seconds;
    problem.textContent = say("wait", { seconds });
    timer = setInterval(() => lock(seconds - 1), 1000);
  };
  const choose = () => {
    const one = person();
    input.value = "";
    draw();
    if (!one) return;
    $(".pin-for", pad).textContent = `PIN · ${one.dataset.name}`;
    if (Number(one.dataset.wait) > 0) lock(Number(one.dataset.wait));
    else lock(0);
  };

  pad.addEventListener("click", (event) => {
    const key = event.target.closest("button");
    if (!key || key.disabled) return;
    if (key.dataset.pinDigit && input.value.length < input.maxLength) input.value += key.dataset.pinDigit;
    else if ("pinBack" in key.dataset) input.value = input.value.slice(0, -1);
    draw();
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches(".person input")) choose();
  });
  form.addEventListener("keydown", (event) => {
    if (event.target === input || event.ctrlKey || event.altKey || event.metaKey || input.disabled) return;
    if (/^\d$/.test(event.key)) {
      input.focus({ preventScroll: true });
    } else if (event.key === "Enter" && event.target.matches(".person input") && input.value) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  input.addEventListener("input", () => {
    input.value = input.value.replace(/\D/g, "");
    draw();
  });
  form.addEventListener("submit", (event) => {
    if (person() && input.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    (person() ? input : $(".person input", form))?.focus();
  });
  choose();
  if (Number(problem.dataset.wait) > 0) lock(Number(problem.dataset.wait));

  return {
    fail(message, wait) {
      input.value = "";
      draw();
      problem.textContent = message;
      const one = person();
      if (one) one.dataset.wait = wait;
      if (wait > 0) lock(wait);
      else input.focus({ preventScroll: true });
    },
  };
}
