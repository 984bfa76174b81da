// The browser's camera as the till's: the newest frame goes to the server as soon as the one before was taken.
// Frames are kept nowhere. While somebody types a PIN the server wants none and the picture goes dark.

const EVERY = 66; // milliseconds between frames: 15 a second
const AWAY = 500;
const LONG = 1280;

const texts = JSON.parse(document.getElementById("texts").textContent);
const eye = document.getElementById("eye");
const video = document.getElementById("video");
const says = document.getElementById("says");
const again = document.getElementById("again");
const canvas = document.createElement("canvas");

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

async function look() {
  const stream = video.srcObject;
  show("looks");
  while (stream.active) {
    const begun = performance.now();
    const answer = document.hidden ? null : await send().catch(() => "lost");
    if (answer === "lost") show("lost");
    else if (answer === 409) show("paused");
    else if (answer === 401 || answer === 403) location.reload();
    else if (answer) show("looks");
    await wait(Math.max(answer === 204 ? 0 : AWAY, EVERY - (performance.now() - begun)));
  }
  show("none");
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
