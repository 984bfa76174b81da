// What changed, by topic, for every page of ours in this browser over one line: a browser opens only six lines to one
// server, and an event stream keeps its own as long as it lasts.

export const TOPICS = ["basket", "receipt", "payment", "status", "catalog", "scan", "device"];

const RETRY = 2000;
const PULSE = 20_000; // a worker that does not answer within this is gone

/** Open an event stream of one's own; `tell` gets "open", "error" and topics. It comes back by itself. */
export function connect(tell) {
  let source;
  let timer = 0;
  const open = () => {
    source = new EventSource("/live");
    source.onopen = () => tell("open");
    source.onerror = () => {
      tell("error");
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY);
    };
    for (const topic of TOPICS) source.addEventListener(topic, () => tell(topic));
  };
  open();
  return {
    isOpen: () => source.readyState === EventSource.OPEN,
    close() {
      clearTimeout(timer);
      source.close();
    },
  };
}

/** Ask the worker all pages share for what changes; without one, or when it is gone, see for oneself. */
function share(tell) {
  let own = null;
  let heard = true;
  const worker = new SharedWorker(new URL("./streamworker.js", import.meta.url), { type: "module", name: "live" });
  const alone = () => {
    clearInterval(timer);
    worker.port.close();
    own ??= connect(tell);
  };
  const timer = setInterval(() => {
    if (!heard) return alone();
    heard = false;
    return worker.port.postMessage("pulse");
  }, PULSE);
  worker.onerror = alone;
  worker.port.onmessage = ({ data }) => {
    heard = true;
    if (data !== "pulse") tell(data);
  };
  return {
    close() {
      clearInterval(timer);
      worker.port.postMessage("close");
      worker.port.close();
      own?.close();
    },
  };
}

/** Hear what changes while the page lives: `tell` gets "open", "error" and topics, all topics at first. */
export function hear(tell) {
  const begin = () => ("SharedWorker" in window ? share(tell) : connect(tell));
  let line = begin();
  addEventListener("pagehide", () => line.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) line = begin();
  });
}
