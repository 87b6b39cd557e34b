const sheet = document.getElementById("sheet");

/** Writes what is known of a cell beside the map. */
function drawDetails(box, choice, view, k) {
  const cell = k < 0 ? null : view.cells[k];
  if (k < 0) {
    box.replaceChildren(make("p", {}, "Point at a cell, or move to one with the arrow keys."));
    return;
  }
  if (!cell) {
    box.replaceChildren(make("h3", {}, placeText(choice, view, k)),
      make("p", {}, "The sweep has no member here."));
    return;
  }
  const i = cell.point;
  const measure = measures[choice.measure];
  const own = points.values[measure.name];
  const rows = axes.map((axis, a) => [axis.path, axis.texts[points.place[a][i]]]);
  rows.push([`median ${measure.label}`, short(own.median[i])]);
  rows.push(["mean ± sd", own.mean[i] === null ? "–" : `${short(own.mean[i])} ± ${short(own.sd[i])}`]);
  rows.push([points.n[i] < 10 ? "range" : "10 to 90 %",
    own.low[i] === null ? "–" : `${short(own.low[i])} to ${short(own.high[i])}`]);
  rows.push(["members that count", text(points.n[i])]);
  if (lostAt(i)) {
    rows.push(["diverged", text(points.diverged[i])]);
    rows.push(["dead", text(points.dead[i])]);
  }
  if (points.parameters) rows.push(["parameters", text(points.parameters[i])]);
  const list = make("dl");
  for (const [name, value] of rows) list.append(make("dt", {}, name), make("dd", {}, value));
  box.replaceChildren(make("h3", {}, `Point ${points.id[i]}`), ...mapOf(cell), list);
  const word = data.words[points.word[i]];
  if (word) box.append(make("p", {}, make("strong", {}, points.word[i]), `: ${word.means}.`));
  if (cell.of > 1) box.append(make("p", {}, `The best of ${cell.of} points in this cell.`));
}

/** A number in three digits, a dash for none. */
function short(value) {
  return value === null ? "–" : String(Number(value.toPrecision(3)));
}

/** The settings of a cell that holds nothing. */
function placeText(choice, view, k) {
  const parts = [`${axes[choice.x].path} = ${axes[choice.x].texts[k % view.columns]}`];
  if (choice.y >= 0) {
    const row = Math.floor(k / view.columns);
    parts.push(`${axes[choice.y].path} = ${axes[choice.y].texts[row]}`);
  }
  return parts.join(", ");
}

/**
 * What the member in the middle of a point answers, cut out of the sheet of all maps. Where the
 * point of a cell has no map, another one of the cell may.
 */
function mapOf(cell) {
  const i = data.maps.index[cell.point] >= 0 ? cell.point : cell.pictured;
  const at = i < 0 ? -1 : data.maps.index[i];
  if (!sheet || at < 0) return data.maps.why ? [] : [make("p", {}, "No map of this point is kept.")];
  const side = data.maps.side;
  const label = `What the member of seed ${data.maps.seeds[i]} answers at point ${points.id[i]}.`;
  const canvas = make("canvas", { width: side, height: side, role: "img", "aria-label": label });
  const left = (at % data.maps.across) * side;
  const top = Math.floor(at / data.maps.across) * side;
  canvas.getContext("2d").drawImage(sheet, left, top, side, side, 0, 0, side, side);
  const whose = i === cell.point ? "" : `Point ${points.id[i]}, of the same cell. `;
  return [canvas,
    make("p", { class: "small" }, `${whose}Seed ${data.maps.seeds[i]}, in the middle by score`)];
}
