// The log-in: people as keys, a PIN pad, and the numbers of the keyboard.

import { $, runClock } from "./till/dom.js";
import { startPin } from "./till/pin.js";

runClock();
const form = $(".entrance-form");
if ($("[data-pin]", form)) startPin(form);
if (!$(".person input:checked", form)) $(".person input", form)?.focus();
document.documentElement.dataset.ready = "";
