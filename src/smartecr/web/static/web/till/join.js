// Laying two tickets together: a parked one to the one on the screen, or two parked ones. It cannot be undone, so both
// are named before it is done; the register refuses when another ticket is on the screen by then.

import { $, $$, say } from "./dom.js";

let take = () => false;
let stop = () => {};

/** Whether the tapped ticket is the second one of two, and is not called back. */
export const takes = (key) => take(key);

/** Something else is asked now. */
export const forget = () => stop();

/** Bring the keys of the list to life; `send(...commands)` queues them and closes the sheet. */
export function start(root, send) {
  take = () => false;
  stop = () => {};
  const list = $("#parked", root);
  if (!list) return;
  const ask = $("#join-ask", list);
  const [no, yes] = [$("[data-join-no]", ask), $("[data-join-yes]", ask)];
  const keyOf = (id) => $(`[data-recall="${id}"]`, list);
  let first = null;

  function tell(text, commands) {
    $("span", ask).textContent = text;
    yes.hidden = !commands;
    yes.onclick = () => send(...commands);
    ask.hidden = false;
    ask.scrollIntoView({ block: "nearest" });
    if (commands) yes.focus();
  }

  function mark(...ids) {
    for (const key of $$(".parked-key", list)) key.toggleAttribute("data-chosen", ids.includes(key.dataset.recall));
    for (const key of $$("[data-join]", list)) key.setAttribute("aria-pressed", key === first);
    list.toggleAttribute("data-choosing", ids.length > 0);
  }

  function choose(key) {
    first = key;
    const { into } = list.dataset;
    const basket = key.dataset.join;
    const { name, amount } = keyOf(basket).dataset;
    mark(basket);
    if (into) return tell(say("join_here", { name, amount }), [{ do: "join", basket, into }]);
    tell(say("join_which", { name }));
    return $(".parked-key:not([data-chosen])", list).focus();
  }

  stop = () => {
    first = null;
    mark();
    ask.hidden = true;
  };

  take = ({ dataset: { recall: into, name: other, amount: total } }) => {
    if (!first) return false;
    const basket = first.dataset.join;
    if (into === basket) {
      stop();
      return true;
    }
    const { name, amount } = keyOf(basket).dataset;
    mark(basket, into);
    tell(say("join_ask", { name, amount, other, total }), [{ do: "recall", basket: into }, { do: "join", basket, into }]);
    return true;
  };

  for (const key of $$("[data-join]", list)) {
    key.addEventListener("click", () => (key === first ? stop() : choose(key)));
  }
  no.addEventListener("click", () => {
    const was = first;
    stop();
    was.focus();
  });
}
