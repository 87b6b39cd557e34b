const PAGE = 25;

/** Columns of the table for a choice: name, value of a point for sorting, text. */
function columnsOf(choice) {
  const measure = measures[choice.measure];
  const own = points.values[measure.name];
  const columns = axes.map((axis, a) => ({
    name: axis.path,
    value: (i) => points.place[a][i],
    text: (i) => axis.texts[points.place[a][i]],
  }));
  const number = (name, values) => columns.push({
    name, value: (i) => values(i), text: (i) => text(values(i)), number: true,
  });
  number(`Median ${measure.label}`, (i) => own.median[i]);
  number("Mean", (i) => own.mean[i]);
  number("Sd", (i) => own.sd[i]);
  number("Members", (i) => points.n[i]);
  number("Lost", lostAt);
  if (points.parameters) number("Parameters", (i) => points.parameters[i]);
  columns.push({ name: "Limit", value: (i) => points.word[i], text: (i) => points.word[i] });
  return columns;
}

/** Places of the points in the order of a column; what has no value stands last. */
function ordered(column, down) {
  const order = points.id.map((_, i) => i);
  const sign = down ? -1 : 1;
  return order.sort((a, b) => {
    const [u, v] = [column.value(a), column.value(b)];
    if (u === null || v === null) return (u === null) - (v === null) || a - b;
    return (u < v ? -sign : u > v ? sign : 0) || a - b;
  });
}

/** Draws the table; `sort` is the number of a column and whether it falls, `shown` rows. */
function drawTable(table, more, choice, state, change) {
  const columns = columnsOf(choice);
  const chosen = Math.min(state.column ?? axes.length, columns.length - 1);
  const order = ordered(columns[chosen], state.down);
  const head = make("tr");
  columns.forEach((column, k) => {
    const sorted = k === chosen ? (state.down ? "descending" : "ascending") : "none";
    const button = make("button", { type: "button" },
      column.name + (k === chosen ? (state.down ? " ▼" : " ▲") : ""));
    button.addEventListener("click", () => {
      change({ ...state, column: k, down: k === chosen ? !state.down : Boolean(column.number) });
      table.querySelectorAll("th button")[k].focus();
    });
    head.append(make("th", { scope: "col", "aria-sort": sorted }, button));
  });
  const body = make("tbody");
  for (const i of order.slice(0, state.shown)) {
    body.append(make("tr", {}, ...columns.map((column) =>
      make("td", column.number ? { class: "number" } : {}, column.text(i)))));
  }
  const shown = Math.min(state.shown, order.length);
  const caption = make("caption", {}, `${shown} of ${order.length} points, by ${columns[chosen].name}.`);
  table.replaceChildren(caption, make("thead", {}, head), body);
  more.hidden = shown >= order.length;
  more.onclick = () => change({ ...state, shown: state.shown + 4 * PAGE });
}
