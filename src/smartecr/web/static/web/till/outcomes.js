// What the register says to each command: booked, refused, or first a question (the age, a manager's PIN).

import { $, hint, texts } from "./dom.js";
import { approve } from "./approval.js";
import * as park from "./park.js";
import * as queue from "./queue.js";
import * as refusals from "./refusals.js";
import * as sheets from "./sheets.js";
import * as shelf from "./shelf.js";
import * as sound from "./sound.js";
import * as ticket from "./ticket.js";

const OWN = /^(\][A-Za-z]\d)?[A-Z]{2}:/; // cards and vouchers of the shop are no goods
const panel = $("#panel");
const ask = $("#ask");
const asked = [];

/** Take an answer of the register to `batch`; `pending` commands are shown on top of it. */
export function take(html, pending, batch) {
  const commands = new Map(batch.map((command) => [command.id, command]));
  const outcomes = ticket.take(html, pending);
  shelf.setCounts(counts(pending));
  for (const outcome of outcomes) judge(outcome, commands.get(outcome.id));
}

/** Numbers for the tiles: the register's, and what is still on its way. */
function counts(pending) {
  const numbers = JSON.parse(ticket.data.counts);
  for (const command of pending) {
    if (command.do === "article") numbers[command.article] = more(numbers[command.article], command.quantity);
  }
  return numbers;
}

function more(text, thousandths) {
  const sum = Number((text ?? "0").replace(",", ".")) + thousandths / 1000;
  return String(Math.round(sum * 1000) / 1000).replace(".", ",");
}

function judge(outcome, command) {
  if (outcome.ok === "1") {
    if (["learn", "scan"].includes(command?.do)) refusals.settle(command.code);
    if (command?.do === "learn") sound.line();
    if (command?.do === "scan") {
      sound.line();
      ticket.flash("good");
      ticket.learn(command.code, outcome.line);
    } else if (command?.do === "send" && !outcome.code) {
      hint(texts.ordered);
    } else if (["join", "add"].includes(command?.do) && !outcome.code) {
      sound.line();
      ticket.flash("good");
      hint(texts.joined);
    } else if (command?.do === "part_back" && !outcome.code) {
      ticket.flash("good");
      hint(texts.apart_back);
    }
  } else if (outcome.code === "age" && command) {
    askAge({ ...command, age_ok: true }, outcome.message);
  } else if (outcome.code === "name_taken" && command) {
    sound.error();
    park.taken(command.label);
  } else if (outcome.right && command) {
    askRight(command, outcome.right, encodeURIComponent(outcome.about));
  } else if (outcome.code === "receipt" && command) {
    sound.line();
    sheets.open("scanned", new URLSearchParams({ code: command.code }));
  } else {
    sound.error();
    if (command?.do === "scan") ticket.flash("bad");
    const code = command?.do === "scan" ? command.code : "";
    const unknown = outcome.code === "code" && code && !OWN.test(code);
    refusals.refuse(outcome.message, { code, way: unknown && { text: texts.learn, act: () => learn(code) } });
  }
}

const learn = (code) => sheets.open("learn", new URLSearchParams({ code }));

function askAge(command, message) {
  asked.push({ command, message });
  sound.error();
  showQuestion();
}

function showQuestion() {
  const first = asked[0];
  ask.hidden = !first;
  panel.toggleAttribute("data-age", Boolean(first));
  if (first) $("#ask-text").textContent = first.message;
}

/** Somebody looked at the identity card, or did not like what they saw. */
export function answerAge(yes) {
  const all = asked.splice(0);
  showQuestion();
  if (!yes) return;
  for (const { command } of all) {
    queue.push(command);
    ticket.show(command);
  }
}

/** Whether a question stands between the ticket and the money. */
export function isAsking() {
  if (asked.length) {
    ask.querySelector("[data-act=age-yes]").focus();
    sound.error();
  }
  return asked.length > 0;
}

async function askRight(command, right, about) {
  sound.error();
  const answer = await approve(right, about, (grant) => queue.sendApproved(command, grant));
  if (!answer) return;
  if (answer.ok) take(await answer.text(), queue.pending(), [command]);
  else hint(texts.not_reached);
}

