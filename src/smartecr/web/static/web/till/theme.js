// Light, dark or as the system has it; and sounds. Kept on this device.

import { $$ } from "./dom.js";
import * as sound from "./sound.js";

const YEAR = 31536000;

function chosen() {
  return document.documentElement.dataset.theme ?? "auto";
}

function turn(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=${theme === "auto" ? 0 : YEAR}; samesite=strict`;
}

/** Mark what is chosen below `root`, and listen. */
export function show(root) {
  const mark = () => {
    for (const key of $$("[data-theme-set]", root)) key.setAttribute("aria-pressed", key.dataset.themeSet === chosen());
    for (const key of $$("[data-sound-set]", root)) {
      key.setAttribute("aria-pressed", (key.dataset.soundSet === "on") === sound.isOn());
    }
  };
  for (const key of $$("[data-theme-set]", root)) {
    key.addEventListener("click", () => {
      turn(key.dataset.themeSet);
      mark();
    });
  }
  for (const key of $$("[data-sound-set]", root)) {
    key.addEventListener("click", () => {
      sound.turn(key.dataset.soundSet === "on");
      mark();
      sound.line();
    });
  }
  mark();
}
