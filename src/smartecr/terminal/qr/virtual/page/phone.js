// The phone: shows a code, asks its holder when a shop charges it.

const $ = (id) => document.getElementById(id);
let shown = "";

async function look() {
  try {
    const state = await (await fetch("state")).json();
    if (state.code !== shown) {
      shown = state.code;
      $("code").textContent = shown.replace(/(\d{4})(?=\d)/g, "$1 ");
      $("picture").src = `code.svg?${shown.slice(-4)}`;
    }
    const asks = state.asks !== null;
    $("ask").hidden = !asks;
    $("show").hidden = asks;
    if (asks) $("amount").textContent = `${(state.asks / 100).toFixed(2).replace(".", ",")} €`;
  } catch {
    // the register ended; it may come back
  }
  setTimeout(look, 500);
}

function send(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

$("fresh").addEventListener("click", () => send("fresh", {}));
$("yes").addEventListener("click", () => send("answer", { yes: true }));
$("no").addEventListener("click", () => send("answer", { yes: false }));
look();
