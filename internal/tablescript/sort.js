// Lets the reader sort the rows and copy the cells of the table in host; without it the table is
// complete.
(function (host) {
  "use strict";
  var table = host.querySelector("table");
  if (!table || !table.tHead || !table.tBodies[0]) return;
  var body = table.tBodies[0];
  var heads = [].slice.call(table.tHead.rows[0].cells), rows = [].slice.call(body.rows);

  function text(cell) {
    var fold = cell.querySelector("details");
    if (!fold) return cell.textContent;
    var head = fold.firstElementChild.textContent.replace(/ …$/, "");
    return head + " " + fold.lastElementChild.textContent;
  }

  // The value that a cell is sorted by; null for none, which stays last.
  function value(cell) {
    var number = cell.getAttribute("data-value");
    if (number !== null) return Number(number);
    return cell.textContent === "" || cell.hasAttribute("data-none") ? null : text(cell);
  }

  function compare(a, b) {
    return typeof a === "number" && typeof b === "number" ? a - b
      : String(a).localeCompare(String(b), undefined, { numeric: true });
  }

  function sort(column) {
    var next = { none: "ascending", ascending: "descending", descending: "none" };
    var order = next[heads[column].getAttribute("aria-sort") || "none"];
    heads.forEach(function (head, i) {
      var now = i === column ? order : "none";
      head.setAttribute("aria-sort", now);
      head.querySelector("span").textContent = marks[now];
    });
    var sorted = rows.slice();
    if (order !== "none") {
      sorted.sort(function (x, y) {
        var a = value(x.cells[column]), b = value(y.cells[column]);
        if (a === null || b === null) return (a === null) - (b === null);
        return order === "ascending" ? compare(a, b) : compare(b, a);
      });
    }
    sorted.forEach(function (row) { body.appendChild(row); });
  }

  // A space that does not break keeps the mark beside the last word of a long name.
  var marks = { none: "\u00a0\u2195", ascending: "\u00a0\u2191", descending: "\u00a0\u2193" };
  var plain = "font:inherit;color:inherit;cursor:pointer;";
  heads.forEach(function (head, i) {
    var button = document.createElement("button"), mark = document.createElement("span");
    button.type = "button";
    button.style.cssText = plain + "background:none;border:0;padding:0;text-align:inherit";
    while (head.firstChild) button.appendChild(head.firstChild);
    mark.setAttribute("aria-hidden", "true");
    mark.style.cssText = "opacity:.6";
    mark.textContent = marks.none;
    button.appendChild(mark);
    button.addEventListener("click", function () { sort(i); });
    head.setAttribute("aria-sort", "none");
    head.appendChild(button);
  });

  // Copies the cells as they are sorted now.
  var copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = "Copy";
  copy.title = "Copy all cells, separated by tabs";
  copy.style.cssText = plain + "background:none;border:1px solid currentColor;border-radius:4px;padding:0 .6em;margin:.4em 0;opacity:.8";
  copy.addEventListener("click", function () {
    var lines = [heads.map(function (head) { return head.querySelector("button").firstChild.textContent; })];
    [].forEach.call(body.rows, function (row) { lines.push([].map.call(row.cells, text)); });
    var all = lines.map(function (line) { return line.join("\t"); }).join("\n") + "\n";
    function done(ok) { copy.textContent = ok ? "Copied" : "Not copied"; }
    function old() { // for pages without a secure connection
      var area = document.createElement("textarea");
      area.value = all;
      host.appendChild(area);
      area.select();
      done(document.execCommand("copy"));
      area.remove();
    }
    if (navigator.clipboard) {
      navigator.clipboard.writeText(all).then(function () { done(true); }, old);
    } else {
      old();
    }
  });
  host.appendChild(copy);

  // JupyterLab's keys, which move between cells, are off while one of these has the focus.
  [].forEach.call(host.querySelectorAll("button, summary, [tabindex]"), function (element) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
  });
})
