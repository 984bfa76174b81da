// The one event stream of this browser, handed on to all pages of ours.

import { TOPICS, connect } from "./stream.js";

const ports = new Set();
let line = null;

onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data === "close") ports.delete(port);
    else port.postMessage(data);
  };
  if (line?.isOpen()) for (const name of ["open", ...TOPICS]) port.postMessage(name);
  line ??= connect((name) => {
    for (const one of ports) one.postMessage(name);
  });
};
