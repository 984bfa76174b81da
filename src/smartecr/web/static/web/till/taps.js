// Taps and long presses, two thumbs at a time: a browser makes clicks only of the first finger, so we use the pointers.

const SLOP = 14;
const LONG = 520;

/**
 * Call `act(element, event)` when an element matching `selector` below `root` is tapped or activated by key,
 * `hold(element)` when it is pressed for long.
 */
export function onTap(root, selector, act, hold = null) {
  const fingers = new Map();
  const done = new WeakMap();

  const release = (id) => {
    const finger = fingers.get(id);
    if (!finger) return null;
    fingers.delete(id);
    clearTimeout(finger.timer);
    finger.element.classList.remove("pressed");
    return finger;
  };

  root.addEventListener("pointerdown", (event) => {
    const element = event.target.closest(selector);
    if (!element || element.disabled || event.button > 0) return;
    element.classList.add("pressed");
    const finger = { element, x: event.clientX, y: event.clientY, timer: 0 };
    if (hold) {
      finger.timer = setTimeout(() => {
        if (release(event.pointerId)) {
          done.set(element, performance.now());
          hold(element);
        }
      }, LONG);
    }
    fingers.set(event.pointerId, finger);
  });
  root.addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (finger && Math.hypot(event.clientX - finger.x, event.clientY - finger.y) > SLOP) {
      release(event.pointerId);
      done.set(finger.element, event.timeStamp);
    }
  });
  root.addEventListener("pointercancel", (event) => release(event.pointerId));
  root.addEventListener("pointerup", (event) => {
    const finger = release(event.pointerId);
    if (!finger) return;
    done.set(finger.element, event.timeStamp);
    act(finger.element, event);
  });
  root.addEventListener("click", (event) => {
    const element = event.target.closest(selector);
    if (!element || element.disabled) return;
    // by the event's own time: a page that stalls hears of the click of a tap long after it
    if (event.timeStamp - (done.get(element) ?? -1e9) < 700) return;
    act(element, event);
  });
  if (hold) {
    root.addEventListener("contextmenu", (event) => {
      const element = event.target.closest(selector);
      if (!element) return;
      event.preventDefault();
      if (event.timeStamp - (done.get(element) ?? -1e9) > 700) {
        done.set(element, performance.now());
        hold(element);
      }
    });
  }
}
