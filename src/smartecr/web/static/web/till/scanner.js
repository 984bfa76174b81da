// A hardware scanner types like a person who needs less than 30 ms a key and ends with Enter. Heard wherever the focus is.

const PAUSE = 150; // a longer one ends what may be a scan; radio scanners stutter a little
const FASTEST_HAND = 35; // nobody types faster on average
const SHORTEST = 6;

/**
 * Listen to the whole window. `remember()` is called before the first key of what may become a scan and returns what
 * `restore(kept)` needs to take the keys back; `scanned(code)` gets the code.
 */
export function listen({ remember, restore, scanned }) {
  let code = "";
  let first = 0;
  let last = -1e9;
  let kept = null;

  window.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
      const gap = event.timeStamp - last;
      if (event.key.length === 1) {
        if (gap > PAUSE || !code) {
          code = "";
          first = event.timeStamp;
          kept = remember();
        }
        code += event.key;
        last = event.timeStamp;
        return;
      }
      if (event.key === "Enter" && code.length >= SHORTEST && last - first <= FASTEST_HAND * code.length) {
        event.preventDefault();
        event.stopImmediatePropagation();
        const whole = code.trim();
        code = "";
        restore(kept);
        if (whole) scanned(whole);
        return;
      }
      if (event.key !== "Shift") code = "";
    },
    true,
  );
}

/** What a text field held before the scan's keys fell into it. */
export function fieldState() {
  const field = document.activeElement;
  if (!field?.matches("input:not([type=radio], [type=checkbox], [type=file]), textarea")) return null;
  return { field, value: field.value };
}

export function restoreField(kept) {
  if (!kept || kept.field.value === kept.value) return;
  kept.field.value = kept.value;
  kept.field.dispatchEvent(new Event("input", { bubbles: true }));
}
