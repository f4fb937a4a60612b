"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const [STATUS, ADDED, DELETED, BEFORE, AFTER, FROM, FUNCTIONS] = [0, 1, 2, 3, 4, 5, 6];
const number = new Intl.NumberFormat("en-US");
const churn = (cell) => (cell ? cell[ADDED] + cell[DELETED] : 0);
const sum = (row, of) => row.cells.reduce((all, cell) => all + (cell ? of(cell) : 0), 0);
const added = (row) => sum(row, (cell) => cell[ADDED]);
const deleted = (row) => sum(row, (cell) => cell[DELETED]);
const total = (row) => sum(row, churn);
const most = Math.max(1, ...data.rows.flatMap((row) => row.cells.map(churn)));
const single = data.steps.length === 1;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function colour(heat) {
  const mix = (pale, deep) => Math.round(pale + (deep - pale) * heat);
  return `rgb(${mix(255, 154)},${mix(247, 52)},${mix(237, 18)})`;
}
const heat = (lines) => Math.log1p(lines) / Math.log1p(most);

// Columns: what they are called, what they sort by, and how a cell of theirs is made.
const columns = [{ title: "file", key: (row) => row.path, text: true, cell: pathCell }];
data.steps.forEach((step, at) => {
  const cell = (row) => heatCell(row, at);
  const title = single ? "changed" : step.to;
  columns.push({ title, hint: `Go ${step.from} to ${step.to}`, key: (row) => churn(row.cells[at]), cell });
});
columns.push({ title: "added", key: added, cell: (row) => element("td", `+${number.format(added(row))}`, "added") });
columns.push({ title: "deleted", key: deleted, cell: (row) => element("td", `−${number.format(deleted(row))}`, "deleted") });
if (single) {
  const lines = (row) => row.cells[0][AFTER];
  const share = (row) => total(row) / Math.max(1, row.cells[0][BEFORE] + row.cells[0][AFTER]);
  const status = (row) => row.cells[0][STATUS];
  columns.push({ title: "lines", key: lines, cell: (row) => element("td", number.format(lines(row))) });
  columns.push({ title: "share", key: share, cell: (row) => element("td", `${Math.round(share(row) * 100)} %`) });
  columns.push({ title: "status", key: status, text: true, cell: (row) => element("td", status(row)) });
} else {
  columns.push({ title: "all", key: total, cell: (row) => element("td", number.format(total(row))) });
}

function pathCell(row) {
  const cell = element("td", undefined, "path");
  cell.title = row.path + (row.used ? " (gopeek depends on it)" : "");
  const button = element("button", row.path, row.used ? "used" : "");
  button.type = "button";
  button.setAttribute("aria-expanded", String(open.has(row.path)));
  cell.append(button);
  cell.addEventListener("click", () => {
    if (!open.delete(row.path)) open.add(row.path);
    draw();
  });
  return cell;
}

function heatCell(row, at) {
  const change = row.cells[at];
  if (!change) return element("td", "·", "none");
  const cell = element("td", (change[STATUS] === "changed" ? "" : `${change[STATUS][0].toUpperCase()} `) + number.format(churn(change)));
  const hot = heat(churn(change));
  cell.style.background = colour(hot);
  cell.style.color = hot > 0.62 ? "#ffffff" : "#1c1917";
  const step = data.steps[at];
  const from = change[FROM] ? ` from ${change[FROM]}` : "";
  cell.title = `${row.path}\nGo ${step.from} to ${step.to}: ${change[STATUS]}${from}\n` +
    `+${number.format(change[ADDED])} −${number.format(change[DELETED])}, ` +
    `${number.format(change[BEFORE])} to ${number.format(change[AFTER])} lines`;
  return cell;
}

function functionsRow(row) {
  const line = element("tr", undefined, "functions");
  const cell = element("td");
  cell.colSpan = columns.length;
  row.cells.forEach((change, at) => {
    if (!change) return;
    const step = data.steps[at];
    cell.append(element("h3", `Go ${step.from} to ${step.to}: ${change[STATUS]}${change[FROM] ? ` from ${change[FROM]}` : ""}`));
    if (change[FUNCTIONS].length === 0) {
      cell.append(element("p", "No declaration changed."));
      return;
    }
    const table = element("table");
    for (const [name, status, more, fewer, lines, from] of change[FUNCTIONS]) {
      const tr = element("tr");
      tr.append(element("td", name, "name"), element("td", `+${number.format(more)}`, "added"));
      tr.append(element("td", `−${number.format(fewer)}`, "deleted"));
      const where = from && from !== row.path ? `${status} from ${from}` : status;
      const said = element("td", `${where}${lines ? `, ${number.format(lines)} ${lines === 1 ? "line" : "lines"}` : ""}`, "name");
      tr.append(said);
      table.append(tr);
    }
    cell.append(table);
  });
  line.append(cell);
  return line;
}

const open = new Set();
let sorted = { column: single ? 1 : columns.length - 1, down: true };
const filter = document.getElementById("filter");
const used = document.getElementById("used");

function wanted(row) {
  if (used.checked && !row.used) return false;
  const text = filter.value.trim().toLowerCase();
  if (!text || row.path.toLowerCase().includes(text)) return true;
  return row.cells.some((cell) => cell && cell[FUNCTIONS].some(([name]) => name.toLowerCase().includes(text)));
}

function draw() {
  const head = element("tr");
  columns.forEach((column, at) => {
    const th = element("th");
    th.scope = "col";
    if (column.hint) th.title = column.hint;
    if (sorted.column === at) th.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    const button = element("button", column.title);
    button.type = "button";
    button.addEventListener("click", () => {
      sorted = { column: at, down: sorted.column === at ? !sorted.down : !column.text };
      draw();
    });
    th.append(button);
    head.append(th);
  });
  document.querySelector("#matrix thead").replaceChildren(head);
  const { key } = columns[sorted.column];
  const rows = data.rows.filter(wanted).sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    const order = x < y ? -1 : x > y ? 1 : 0;
    return (sorted.down ? -order : order) || (a.path < b.path ? -1 : 1);
  });
  const body = rows.flatMap((row) => {
    const tr = element("tr", undefined, open.has(row.path) ? "open" : "");
    tr.append(...columns.map((column) => column.cell(row)));
    return open.has(row.path) ? [tr, functionsRow(row)] : [tr];
  });
  document.querySelector("#matrix tbody").replaceChildren(...body);
  const lines = `+${number.format(rows.reduce((all, row) => all + added(row), 0))} −${number.format(rows.reduce((all, row) => all + deleted(row), 0))}`;
  document.getElementById("summary").textContent = `${number.format(rows.length)} of ${number.format(data.rows.length)} changed files, ${lines} lines. ` +
    "Click a file for its functions, a heading to sort. N is a new file, D a deleted one, M one that moved. ● marks what gopeek depends on.";
}

document.getElementById("scale").style.background = `linear-gradient(to right, ${colour(0)}, ${colour(1)})`;
const section = document.getElementById("gopeek");
for (const step of data.steps) {
  const details = element("details");
  details.open = single;
  details.append(element("summary", `Go ${step.from} to ${step.to}: ${step.files} files changed, ${step.left} left out`));
  details.append(element("pre", step.gopeek.slice(1).join("\n")));
  section.append(details);
}
// A link may open a file: #runtime/proc.go.
const named = decodeURIComponent(location.hash.slice(1));
if (data.rows.some((row) => row.path === named)) open.add(named);
filter.addEventListener("input", draw);
used.addEventListener("change", draw);
draw();
