/** Wires the map, what is said of a cell, and the table to each other. */
function start() {
  const find = (id) => document.getElementById(id);
  const [explorer, box, details, key] = ["explorer", "map", "details", "key"].map(find);
  let choice = firstChoice();
  let table = { column: axes.length, down: measures[0].up, shown: PAGE };
  let view = null, cursor = -1, kept = false;
  document.documentElement.classList.add("scripted");
  explorer.hidden = false;

  const look = (k) => {
    cursor = k;
    drawCursor(view, k);
    drawDetails(details, choice, view, k);
  };
  const draw = () => {
    drawChoices(explorer.querySelector(".choices"), choice, (next) => {
      if (next.measure !== choice.measure) {
        table = { ...table, column: axes.length, down: measures[next.measure].up };
      }
      choice = next;
      kept = false;
      draw();
    });
    view = drawMap(box, choice);
    key.textContent = keyText(view);
    look(view.best);
    redraw();
  };
  const redraw = () => drawTable(find("table"), find("more"), choice, table, (next) => {
    table = next;
    redraw();
  });

  const cellAt = (event) => {
    const frame = view.root.getBoundingClientRect();
    const scale = WIDTH / frame.width;
    const column = Math.floor(((event.clientX - frame.left) * scale - LEFT) / view.w);
    const row = view.rows - 1 - Math.floor(((event.clientY - frame.top) * scale - TOP) / view.h);
    const inside = column >= 0 && column < view.columns && row >= 0 && row < view.rows;
    return inside ? row * view.columns + column : -1;
  };
  box.addEventListener("pointermove", (event) => {
    const k = cellAt(event);
    if (!kept && k >= 0 && k !== cursor) look(k);
  });
  box.addEventListener("click", (event) => {
    const k = cellAt(event);
    kept = k >= 0 && !(kept && k === cursor);
    if (k >= 0) look(k);
  });
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.key === "Escape") kept = false;
    if (event.key === "Enter") kept = true;
    if (!(event.key in steps)) return;
    event.preventDefault();
    const [dx, dy] = steps[event.key];
    const from = Math.max(cursor, 0);
    const column = Math.min(Math.max((from % view.columns) + dx, 0), view.columns - 1);
    const row = Math.min(Math.max(Math.floor(from / view.columns) + dy, 0), view.rows - 1);
    look(row * view.columns + column);
  });
  // The sheet of maps may be read after the first drawing.
  if (sheet && !sheet.complete) sheet.addEventListener("load", () => look(cursor));
  draw();
}

/** What the marks on the map mean. */
function keyText(view) {
  const lost = view.cells.some((c) => c && lostAt(c.point));
  const parts = ["The frame is around the best cell."];
  if (lost) parts.push("▼ some members diverged or died, × all did.");
  if (view.cells.some((c) => !c)) parts.push("Hatched: no member.");
  if (data.maps.why) parts.push(data.maps.why);
  return parts.join(" ");
}

start();
