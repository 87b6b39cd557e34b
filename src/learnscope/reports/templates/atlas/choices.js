"use strict";
/**
 * @typedef {{path: string, label: string, texts: string[], best: number}} Axis
 * @typedef {{name: string, label: string, up: boolean}} Measure
 * @typedef {{x: number, y: number, measure: number, show: string, at: number[]}} Choice
 */
const BEST_OF = -1;
const SHOWS = [["median", "median"], ["mean", "mean"], ["sd", "spread (sd) over seeds"],
  ["failed", "share that failed"]];

/** The figures of the page. */
const data = JSON.parse(document.getElementById("data").textContent);
/** @type {Axis[]} */
const axes = data.axes;
/** @type {Measure[]} */
const measures = data.measures;
const points = data.points;

/** An element with attributes and children; texts stay texts. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** A number in four digits, a dash for none. */
function text(value) {
  if (value === null || value === undefined) return "–";
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** The choice that the page opens with: the two axes with most values, the rest at the best. */
function firstChoice() {
  const model = axes.map((axis, i) => [axis, i]).filter(([axis]) => axis.texts.length > 1);
  const rank = ([axis]) => (axis.path.startsWith("problem.") ? 1 : 0);
  model.sort((a, b) => rank(a) - rank(b));
  const order = model.map(([, i]) => i);
  return {
    x: order[0] ?? 0,
    y: order[1] ?? -1,
    measure: 0,
    show: "median",
    // A sampled sweep has no two points on one line: a cell holds all that fall into it.
    at: axes.map((axis) => (data.sampled ? BEST_OF : axis.best)),
  };
}

/** A labelled drop-down list. */
function dropDown(label, options, value, change) {
  const select = make("select", { "aria-label": label });
  for (const [key, name] of options) {
    const option = make("option", { value: key }, name);
    option.selected = String(key) === String(value);
    select.append(option);
  }
  select.addEventListener("change", () => change(select.value));
  return make("label", {}, label, select);
}

/** Draws all drop-down lists for a choice; `change` gets the new one. */
function drawChoices(box, choice, change) {
  const held = document.activeElement?.closest?.("label")?.firstChild?.textContent;
  const set = (part) => change({ ...choice, ...part });
  const names = axes.map((axis, i) => [i, axis.path]);
  box.replaceChildren(
    dropDown("Measure", measures.map((m, i) => [i, m.label]), choice.measure,
      (v) => set({ measure: Number(v) })),
    dropDown("Show", SHOWS, choice.show, (v) => set({ show: v })),
    dropDown("Across", names, choice.x, (v) => {
      const x = Number(v);
      set({ x, y: choice.y === x ? choice.x : choice.y });
    }),
    dropDown("Up", [[-1, "nothing"], ...names], choice.y, (v) => {
      const y = Number(v);
      set({ y, x: choice.x === y && y >= 0 ? choice.y : choice.x });
    }),
  );
  axes.forEach((axis, i) => {
    if (i === choice.x || i === choice.y || axis.texts.length < 2) return;
    const options = [[BEST_OF, "the best of each cell"], ...axis.texts.map((t, k) => [k, t])];
    box.append(dropDown(axis.path, options, choice.at[i], (v) => {
      const at = [...choice.at];
      at[i] = Number(v);
      set({ at });
    }));
  });
  for (const label of box.querySelectorAll("label")) {
    if (held && label.firstChild.textContent === held) label.querySelector("select").focus();
  }
}

/** Members of a point that count, and that were lost. */
function lostAt(i) {
  return points.diverged[i] + points.dead[i];
}

/** What a choice shows of a point, null for none. */
function valueAt(choice, i) {
  if (choice.show === "failed") {
    const total = points.n[i] + lostAt(i);
    return total ? lostAt(i) / total : null;
  }
  return points.values[measures[choice.measure].name][choice.show][i];
}

/** Whether more of what is shown is better. */
function moreIsBetter(choice) {
  return measures[choice.measure].up && choice.show !== "sd" && choice.show !== "failed";
}

/**
 * The cells of a choice: one point each, of several the best; `pictured` is the best of those
 * that have a map of what was learned, -1 where none has.
 * @returns {{columns: number, rows: number,
 *   cells: ({point: number, pictured: number, of: number} | null)[]}}
 */
function cellsOf(choice) {
  const columns = axes[choice.x].texts.length;
  const rows = choice.y < 0 ? 1 : axes[choice.y].texts.length;
  const cells = new Array(columns * rows).fill(null);
  const up = moreIsBetter(choice);
  for (let i = 0; i < points.id.length; i++) {
    if (axes.some((_, k) => k !== choice.x && k !== choice.y && choice.at[k] !== BEST_OF
      && points.place[k][i] !== choice.at[k])) continue;
    const row = choice.y < 0 ? 0 : points.place[choice.y][i];
    const at = row * columns + points.place[choice.x][i];
    const before = cells[at] || { point: -1, pictured: -1, of: 0 };
    const better = (j) => {
      if (j < 0) return true;
      const [a, b] = [valueAt(choice, j), valueAt(choice, i)];
      return b !== null && (a === null || (up ? b > a : b < a));
    };
    const mapped = data.maps.index[i] >= 0 && better(before.pictured);
    cells[at] = {
      point: better(before.point) ? i : before.point,
      pictured: mapped ? i : before.pictured,
      of: before.of + 1,
    };
  }
  return { columns, rows, cells };
}
