/** Stops of the map viridis (S. van der Walt and N. Smith), dark to light. */
const STOPS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141],
  [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
const NS = "http://www.w3.org/2000/svg";
const WIDTH = 640, LEFT = 92, RIGHT = 96, TOP = 8, BOTTOM = 52;
const MOST_TEXTS = 120;

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** Red, green and blue at a share of the way through the map. */
function colourAt(share) {
  const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1);
  const low = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[low].map((v, k) => Math.round(v + (STOPS[low + 1][k] - v) * (place - low)));
}

/** How values become shares: linear, or by their logarithms where errors span decades. */
function scaleOf(values, up) {
  const known = values.filter((v) => v !== null);
  let low = Math.min(...known), high = Math.max(...known);
  if (!known.length) [low, high] = [0, 1];
  if (high <= low) [low, high] = [low - 0.5 * (Math.abs(low) || 1), high + 0.5 * (Math.abs(high) || 1)];
  const log = !up && low > 0 && high > 50 * low;
  const f = log ? Math.log : (v) => v;
  const share = (v) => (f(v) - f(low)) / (f(high) - f(low));
  return { low, high, log, share: (v) => (up ? share(v) : 1 - share(v)) };
}

/** Every so-manieth label, so that none overlap. */
function everyNth(texts, room, size) {
  return Math.max(1, Math.ceil((texts.length * size) / room));
}

/** Draws the map of a choice and returns where its cells are. */
function drawMap(box, choice) {
  const { columns, rows, cells } = cellsOf(choice);
  const values = cells.map((c) => (c ? valueAt(choice, c.point) : null));
  const scale = scaleOf(values, moreIsBetter(choice));
  const w = (WIDTH - LEFT - RIGHT) / columns;
  const h = rows === 1 ? 64 : Math.min(Math.max(360 / rows, 3), 84);
  const height = TOP + rows * h + BOTTOM;
  const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, "aria-hidden": "true" });
  root.append(hatching());
  const at = (k) => [LEFT + (k % columns) * w, TOP + (rows - 1 - Math.floor(k / columns)) * h];
  const gap = w > 6 && h > 6 ? 0.75 : 0;
  cells.forEach((cell, k) => {
    const [x, y] = at(k);
    root.append(...drawCell(cell, values[k], scale, { x, y, w, h, gap }, columns * rows));
  });
  root.append(svg("rect", { class: "edge", x: LEFT, y: TOP, width: columns * w, height: rows * h }));
  drawTicks(root, choice, { columns, rows, w, h });
  drawBar(root, scale, moreIsBetter(choice), TOP, Math.max(rows * h, 64));
  const best = bestOf(values, moreIsBetter(choice));
  if (best >= 0 && (choice.show === "median" || choice.show === "mean")) {
    const [x, y] = at(best);
    for (const name of ["best-under", "best"]) {
      root.append(svg("rect", { class: name, x, y, width: w, height: h }));
    }
  }
  box.replaceChildren(root);
  return { root, columns, rows, cells, values, best, at, w, h };
}

/** The cell with the best value, -1 for none. */
function bestOf(values, up) {
  let best = -1;
  values.forEach((v, k) => {
    if (v !== null && (best < 0 || (up ? v > values[best] : v < values[best]))) best = k;
  });
  return best;
}

function hatching() {
  const line = svg("path", { class: "hatch", d: "M0,8 L8,0" });
  const attributes = { id: "hatch", width: 8, height: 8, patternUnits: "userSpaceOnUse" };
  return svg("defs", {}, svg("pattern", attributes, line));
}

/** One cell: its colour, a cross where all failed, hatching where there is nothing. */
function drawCell(cell, value, scale, { x, y, w, h, gap }, count) {
  const size = { x: x + gap / 2, y: y + gap / 2, width: w - gap, height: h - gap };
  if (!cell) return [svg("rect", { ...size, fill: "url(#hatch)" })];
  const middle = { x: x + w / 2, y: y + h / 2 + 4.5, "text-anchor": "middle" };
  const wide = count <= MOST_TEXTS && w >= 34 && h >= 16;
  if (value === null) {
    const found = [svg("rect", { ...size, class: "failed" })];
    if (w > 8 && h > 12) found.push(svg("text", { ...middle, class: "on-light" }, "×"));
    return found;
  }
  const [r, g, b] = colourAt(scale.share(value));
  const found = [svg("rect", { ...size, fill: `rgb(${r},${g},${b})` })];
  const dark = 0.299 * r + 0.587 * g + 0.114 * b < 140;
  if (wide) {
    const shown = Math.abs(value) >= 0.01 && Math.abs(value) < 10 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
    found.push(svg("text", { ...middle, class: dark ? "on-dark" : "on-light" }, shown));
  }
  if (lostAt(cell.point) && w > 14 && h > 12) {
    const [right, top] = [x + w - 4, y + 4];
    found.push(svg("path", { class: "lost", d: `M${right - 8},${top}h8l-4,7z` }));
  }
  return found;
}

function drawTicks(root, choice, { columns, rows, w, h }) {
  const across = axes[choice.x].texts;
  const longest = Math.max(...across.map((t) => t.length));
  const stepX = everyNth(across, columns * w, 7 * longest + 12);
  across.forEach((t, k) => {
    if (k % stepX) return;
    root.append(svg("text", { class: "tick", "text-anchor": "middle", x: LEFT + (k + 0.5) * w,
      y: TOP + rows * h + 17 }, t));
  });
  root.append(svg("text", { "text-anchor": "middle", x: LEFT + (columns * w) / 2,
    y: TOP + rows * h + 40 }, axes[choice.x].label));
  if (choice.y < 0) return;
  const up = axes[choice.y].texts;
  const stepY = everyNth(up, rows * h, 15);
  up.forEach((t, k) => {
    if (k % stepY) return;
    const short = t.length > 9 ? `${t.slice(0, 8)}…` : t;
    root.append(svg("text", { class: "tick", "text-anchor": "end", x: LEFT - 7,
      y: TOP + (rows - 0.5 - k) * h + 4 }, short));
  });
  const middle = TOP + (rows * h) / 2;
  const fits = axes[choice.y].label.length * 7 < rows * h + 20;
  root.append(svg("text", { "text-anchor": "middle", x: 14, y: middle,
    transform: `rotate(-90 14 ${middle})` },
  fits ? axes[choice.y].label : axes[choice.y].path.split(".").pop()));
}

/** The bar of colours with its ends. */
function drawBar(root, scale, up, top, height) {
  const x = WIDTH - RIGHT + 16, parts = 40;
  for (let i = 0; i < parts; i++) {
    const share = (i + 0.5) / parts;
    const [r, g, b] = colourAt(up ? share : 1 - share);
    root.append(svg("rect", { x, y: top + height * (1 - (i + 1) / parts), width: 14,
      height: height / parts + 0.6, fill: `rgb(${r},${g},${b})` }));
  }
  const middle = scale.log ? Math.sqrt(scale.low * scale.high) : (scale.low + scale.high) / 2;
  [[scale.low, height - 2], [middle, height / 2 + 4], [scale.high, 11]].forEach(([v, y]) => {
    root.append(svg("text", { class: "tick", x: x + 19, y: top + y }, String(Number(v.toPrecision(3)))));
  });
}

/** Marks the cell that is looked at. */
function drawCursor(view, k) {
  view.root.querySelectorAll(".cursor, .cursor-under").forEach((e) => e.remove());
  if (k < 0) return;
  const [x, y] = view.at(k);
  for (const name of ["cursor-under", "cursor"]) {
    view.root.append(svg("rect", { class: name, x, y, width: view.w, height: view.h }));
  }
}
