// What changed elsewhere: server-sent events by topic. They carry no content; the page fetches what it shows.

import { hear } from "../stream.js";
import { $, $$ } from "./dom.js";
import * as sound from "./sound.js";

const QUIET = { payment: 0, scan: 0 };
const QUIET_ELSE = 120;

/** Show the outcome of a look at the device: dots, banners, and a sound for a banner that calls for somebody. */
export function showStatus(html) {
  const part = document.createElement("template");
  part.innerHTML = html;
  const alarms = () => $$("#outage [data-alarm]").map((banner) => banner.textContent.trim());
  const before = new Set(alarms());
  $("#statuses").innerHTML = $("#statuses-new", part.content).innerHTML;
  $("#outage").innerHTML = $("#outage-new", part.content).innerHTML;
  if (alarms().some((text) => !before.has(text))) sound.alarm();
}

/** Listen to what changes. `on` has a function per topic, and `lost` and `back` for the connection. */
export function listen(on) {
  const timers = {};
  let lost = 0;
  hear((name) => {
    if (name === "open") {
      clearTimeout(lost);
      lost = 0;
      on.back?.();
    } else if (name === "error") {
      lost ||= setTimeout(() => on.lost?.(), 2500);
    } else if (on[name]) {
      clearTimeout(timers[name]);
      timers[name] = setTimeout(on[name], QUIET[name] ?? QUIET_ELSE);
    }
  });
}
