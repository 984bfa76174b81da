// Five sounds, never alone: what is heard is always seen too.

const KEY = "smartecr.sound";
let audio = null;

export const isOn = () => localStorage.getItem(KEY) !== "off";
export const turn = (on) => localStorage.setItem(KEY, on ? "on" : "off");

function tone(frequency, start, length) {
  const at = audio.currentTime + start;
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.frequency.value = frequency;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.12, at + 0.004);
  volume.gain.setValueAtTime(0.12, at + length - 0.012);
  volume.gain.linearRampToValueAtTime(0, at + length);
  source.connect(volume).connect(audio.destination);
  source.start(at);
  source.stop(at + length);
}

function play(notes) {
  if (!isOn() || !navigator.userActivation?.hasBeenActive) return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
  for (const [frequency, start, length] of notes) tone(frequency, start, length);
}

export const line = () => play([[1200, 0, 0.04]]);
export const step = (times = 1) => play(Array.from({ length: times }, (_, place) => [988, place * 0.14, 0.07]));
export const paid = () => play([[880, 0, 0.09], [1320, 0.09, 0.09]]);
export const alarm = () => play([[660, 0, 0.18], [494, 0.22, 0.18], [660, 0.44, 0.18], [494, 0.66, 0.18]]);
export const error = () => play([[220, 0, 0.2]]);
