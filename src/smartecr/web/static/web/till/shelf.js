// Groups and their tiles: pages on a counter, one long page on a handheld, and the numbers already on the ticket.

import { $, $$, get, quantity, say, texts } from "./dom.js";
import { onTap } from "./taps.js";

const tiles = $("#tiles");
const dots = $("#dots");
const groups = $("#groups");
const narrow = matchMedia("(max-width: 699px)");
const cache = new Map([[tiles.dataset.group, tiles.innerHTML]]);
const articles = new Map();
let group = tiles.dataset.group;
let page = 0;
let counts = {};

function index(root) {
  for (const { dataset } of $$(".tile", root)) {
    articles.set(dataset.article, {
      name: dataset.name,
      cents: Number(dataset.cents),
      deposit: Number(dataset.deposit ?? 0),
      age: Number(dataset.age ?? 0),
      open: "open" in dataset,
      unit: dataset.unit ?? "",
    });
  }
}

/** What is known of an article whose tile was ever shown. */
export const article = (id) => articles.get(id);
export const learnTiles = (root) => {
  index(root);
  paintCounts(root);
};

export function select(id, focus = false) {
  group = id;
  page = 0;
  for (const tab of groups.children) {
    const here = tab.dataset.tab === id;
    tab.setAttribute("aria-selected", here);
    tab.tabIndex = here ? 0 : -1;
    if (here && (focus || narrow.matches)) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (here && focus) tab.focus();
  }
  show();
}

async function show() {
  const wanted = group;
  if (!cache.has(wanted)) await load(wanted);
  if (wanted !== group || !cache.has(wanted)) return;
  const focused = tiles.contains(document.activeElement) ? document.activeElement.dataset.article : "";
  tiles.innerHTML = cache.get(wanted);
  tiles.dataset.group = wanted;
  index(tiles);
  lay();
  paintCounts(tiles);
  if (focused) ($(`.tile[data-article="${focused}"]:not([hidden])`, tiles) ?? $(".tile", tiles))?.focus({ preventScroll: true });
}

async function load(id) {
  try {
    const answer = await get(texts.url_tiles.replace("GROUP", encodeURIComponent(id)));
    if (answer.ok) cache.set(id, await answer.text());
  } catch {
    // the banner says that the register is away; the next tap on the group tries again
  }
}

/** Add the tiles that follow when the last page of what is here comes into view; later when they cannot come now. */
async function loadMore() {
  const marker = $(".next", tiles);
  if (!marker) return;
  const start = marker.dataset.next;
  marker.remove();
  const wanted = group;
  const answer = await get(`${texts.url_tiles.replace("GROUP", encodeURIComponent(wanted))}?start=${start}`).catch(() => null);
  if (wanted !== group) return;
  if (!answer?.ok) {
    tiles.append(marker);
    return;
  }
  tiles.insertAdjacentHTML("beforeend", await answer.text());
  cache.set(wanted, tiles.innerHTML);
  index(tiles);
  lay();
  paintCounts(tiles);
}

/** Show one page of tiles: as many as columns and rows of this screen hold. */
function lay() {
  const items = [...tiles.children].filter((item) => !item.matches(".next, .tiles-empty"));
  if (narrow.matches) {
    for (const item of items) item.hidden = false;
    dots.replaceChildren();
    rove(items[0]);
    return;
  }
  const style = getComputedStyle(document.body);
  const size = Number(style.getPropertyValue("--cols")) * Number(style.getPropertyValue("--rows"));
  const pages = Math.max(1, Math.ceil(items.length / size));
  page = Math.min(page, pages - 1);
  items.forEach((item, place) => {
    item.hidden = Math.floor(place / size) !== page;
  });
  drawDots(pages);
  rove(items[page * size]);
  if (page === pages - 1) loadMore();
}

function drawDots(pages) {
  if (dots.children.length !== pages || pages < 2) {
    dots.replaceChildren(
      ...Array.from({ length: pages > 1 ? pages : 0 }, (_, place) => {
        const dot = document.createElement("button");
        dot.type = "button";
        dot.className = "dot";
        dot.dataset.page = place;
        dot.setAttribute("aria-label", say("page", { page: place + 1 }));
        return dot;
      }),
    );
  }
  for (const dot of dots.children) dot.setAttribute("aria-current", Number(dot.dataset.page) === page);
}

/** One tile is in the tab order; arrows lead to the others. */
function rove(item) {
  for (const tile of $$(".tile", tiles)) tile.tabIndex = tile === item ? 0 : -1;
  if (item && !item.matches(".tile")) {
    const first = $(".tile:not([hidden])", tiles);
    if (first) first.tabIndex = 0;
  }
}

export function turn(step) {
  if (narrow.matches) return;
  const target = page + step;
  const beyond = target >= Math.max(1, dots.children.length);
  if (beyond) loadMore();
  if (target < 0 || beyond) return;
  page = target;
  lay();
  paintCounts(tiles);
  tiles.dataset.turn = step > 0 ? "next" : "back";
  tiles.addEventListener("animationend", () => delete tiles.dataset.turn, { once: true });
}

/** Move the focus among the visible tiles; returns false when there is nowhere to go. */
export function step(from, key) {
  const here = $$(".tile:not([hidden])", tiles);
  const place = here.indexOf(from);
  const cols = getComputedStyle(tiles).gridTemplateColumns.split(" ").length;
  const target = here[place + { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -cols, ArrowDown: cols }[key]];
  if (!target) return false;
  rove(target);
  target.focus();
  return true;
}

export function focus() {
  ($(".tile[tabindex='0']:not([hidden])", tiles) ?? groups.firstElementChild).focus({ preventScroll: true });
}

/** Numbers on the tiles as the register counts them: {article: "2"}. */
export function setCounts(fresh) {
  counts = fresh;
  paintCounts(document);
}

/** Add to the number of an article, before the register says so. */
export function count(id, thousandths) {
  const now = Number((counts[id] ?? "0").replace(",", ".")) * 1000 + thousandths;
  counts[id] = quantity(Math.round(now));
  for (const tile of $$(`.tile[data-article="${id}"]`)) paint(tile, counts[id]);
}

function paint(tile, text) {
  if (text) tile.dataset.count = text;
  else delete tile.dataset.count;
  $(".tile-count", tile).textContent = text;
}

function paintCounts(root) {
  for (const tile of $$(".tile", root)) {
    const text = counts[tile.dataset.article] ?? "";
    if ((tile.dataset.count ?? "") !== text) paint(tile, text);
  }
}

/** The catalogue may have changed: fetch what is shown again, unless it has not. */
export async function refresh() {
  const { catalogue } = document.body.dataset;
  const answer = await get(`${texts.url_tiles.replace("GROUP", encodeURIComponent(group))}?have=${catalogue}`).catch(() => null);
  if (answer?.status !== 200) return;
  document.body.dataset.catalogue = answer.headers.get("X-Catalogue");
  cache.clear();
  cache.set(tiles.dataset.group, await answer.text());
  show();
}

/** Load the other groups while nobody waits, so that a tap on a group shows its tiles at once. */
function prefetch() {
  const next = [...groups.children].map((tab) => tab.dataset.tab).find((id) => !cache.has(id));
  if (!next || groups.children.length > 24) return;
  requestIdleCallback(async () => {
    await load(next);
    if (cache.has(next)) prefetch();
  });
}

export function start({ tapTile, holdTile, tapGroup }) {
  onTap(tiles, ".tile", tapTile, holdTile);
  onTap(groups, ".group", tapGroup);
  onTap(dots, ".dot", (dot) => turn(Number(dot.dataset.page) - page));
  let touch = null;
  tiles.addEventListener("pointerdown", (event) => {
    touch = { x: event.clientX, y: event.clientY };
  });
  tiles.addEventListener("pointerup", (event) => {
    if (!touch) return;
    const far = event.clientX - touch.x;
    if (Math.abs(far) > 64 && Math.abs(event.clientY - touch.y) < Math.abs(far) / 2) turn(far < 0 ? 1 : -1);
    touch = null;
  });
  tiles.addEventListener(
    "wheel",
    (event) => {
      if (narrow.matches || performance.now() - (tiles.turned ?? 0) < 250) return;
      tiles.turned = performance.now();
      turn(event.deltaY > 0 || event.deltaX > 0 ? 1 : -1);
    },
    { passive: true },
  );
  $("#shelf").addEventListener("scroll", ({ target }) => {
    if (narrow.matches && target.scrollTop + target.clientHeight > target.scrollHeight - 400) loadMore();
  });
  let timer = 0;
  addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(lay, 60);
  });
  index(tiles);
  lay();
  setTimeout(prefetch, 300);
}
