// The browser's camera as the till's: every new frame goes to the server while something moves, few while nothing does.
// Frames are kept nowhere. While somebody types a PIN the server wants none and the picture goes dark.

const LIVELY = 1500; // milliseconds after the last motion in which every frame counts
const CALM = 150; // between frames of a still picture
const AWAY = 500;
const ON_THE_WAY = 2; // the next frame is packed while the one before travels
const LONG = 1280;
const CHANGE = 6; // mean difference of a spot's brightness that is more than noise

const texts = JSON.parse(document.getElementById("texts").textContent);
const eye = document.getElementById("eye");
const video = document.getElementById("video");
const says = document.getElementById("says");
const again = document.getElementById("again");
const canvas = document.createElement("canvas");
const small = new OffscreenCanvas(32, 18).getContext("2d", { willReadFrequently: true });
let before = [];
let moved = 0;
let quietUntil = 0;

function show(state) {
  if (eye.dataset.state === state) return;
  eye.dataset.state = state;
  says.textContent = texts[state];
  again.hidden = !["denied", "none"].includes(state);
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector("meta[name=csrf]").content;

async function open() {
  if (!navigator.mediaDevices?.getUserMedia) return show("none");
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: LONG }, height: { ideal: 720 } }, audio: false,
    });
    await video.play();
    return look();
  } catch (error) {
    return show(["NotFoundError", "OverconstrainedError"].includes(error.name) ? "none" : "denied");
  }
}

/** Whether something moves, or has just now. */
function lively(now) {
  small.drawImage(video, 0, 0, 32, 18);
  const { data } = small.getImageData(0, 0, 32, 18);
  const spots = Uint8Array.from({ length: 32 * 18 }, (_, place) => data[4 * place + 1]);
  if (spots.some((spot, place) => Math.abs(spot - before[place]) >= CHANGE) || !before.length) {
    before = spots; // what changes slowly adds up
    moved = now;
  }
  return now - moved < LIVELY;
}

const newFrame = () =>
  Promise.race([
    "requestVideoFrameCallback" in video ? new Promise((resolve) => video.requestVideoFrameCallback(resolve)) : wait(33),
    wait(1000),
  ]);

async function look() {
  const stream = video.srcObject;
  let sent = 0;
  let travelling = 0;
  show("looks");
  while (stream.active) {
    await newFrame();
    const now = performance.now();
    const awake = lively(now);
    if (document.hidden || now < quietUntil || travelling >= ON_THE_WAY || (!awake && now - sent < CALM)) continue;
    sent = now;
    travelling += 1;
    send().catch(() => "lost").then(heard).finally(() => {
      travelling -= 1;
    });
  }
  show("none");
}

function heard(answer) {
  if (answer === 401 || answer === 403) location.reload();
  show({ lost: "lost", 409: "paused" }[answer] ?? "looks");
  if (answer !== 204) quietUntil = performance.now() + AWAY;
}

async function send() {
  const scale = Math.min(1, LONG / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  const answer = await fetch(document.body.dataset.frame, {
    method: "POST", body: picture, headers: { "HX-Request": "true", "X-CSRFToken": token(), "Content-Type": "image/jpeg" },
  });
  return answer.status;
}

again.addEventListener("click", open);
open();
document.documentElement.dataset.ready = "";
