// What changed elsewhere: server-sent events by topic. They carry no content; the page fetches what it shows.

const QUIET = { payment: 0, scan: 0 };
const QUIET_ELSE = 120;

/** Listen to /live. `on` has a function per topic, and `lost` and `back` for the connection. */
export function listen(on) {
  const timers = {};
  let source = null;
  let lost = 0;

  const connect = () => {
    source = new EventSource("/live");
    for (const topic of ["basket", "receipt", "payment", "status", "catalog", "scan"]) {
      source.addEventListener(topic, () => {
        clearTimeout(timers[topic]);
        timers[topic] = setTimeout(() => on[topic]?.(), QUIET[topic] ?? QUIET_ELSE);
      });
    }
    source.addEventListener("open", () => {
      clearTimeout(lost);
      lost = 0;
      on.back?.();
    });
    source.addEventListener("error", () => {
      lost ||= setTimeout(() => on.lost?.(), 2500);
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
    });
  };
  connect();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
}
