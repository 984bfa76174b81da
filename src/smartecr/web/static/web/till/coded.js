// What codes stand for, as the register told it beforehand, so that a scanned line is whole at once. The register's answer
// is the truth and replaces it; codes that need a look, a right or a rule are not here.

import { get, texts } from "./dom.js";

const known = new Map();

/** Load the codes while nobody waits; again after a change of the catalogue. */
export async function load() {
  const answer = await get(texts.url_codes).catch(() => null);
  if (answer?.status !== 200) return;
  const rows = await answer.json();
  known.clear();
  for (const [code, article, name, cents, deposit] of rows) known.set(code, { article, name, cents, deposit, age: 0 });
  document.documentElement.dataset.codes = rows.length;
}

/** The article of a code as a scanner or a hand gives it: {article, name, cents, deposit, age}, or undefined. */
export const find = (code) => known.get(canonical(code));

/** A GTIN has one form, however many leading zeros it comes with. */
function canonical(code) {
  if (!/^(\d{8}|\d{12,14})$/.test(code)) return code;
  const digits = code.replace(/^0+/, "");
  return digits.padStart(digits.length <= 8 ? 8 : digits.length <= 13 ? 13 : 14, "0");
}
