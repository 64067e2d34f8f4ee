// Lets the reader choose, with a slider, which of several tables is shown. Called by the script
// element that stands beside the first of them; without it that table stays.
(function (id, positions, start, texts) {
  "use strict";
  // Some notebooks run scripts elsewhere in the page: then the newest element with the
  // identifier is the table's.
  var parent = document.currentScript && document.currentScript.parentNode;
  var all = document.querySelectorAll('[id="' + id + '"]');
  var host = parent && parent.id === id ? parent : all[all.length - 1];
  if (!host || host.getAttribute("data-ready")) return;
  host.setAttribute("data-ready", "true");
  var cells = host.querySelectorAll("tbody td");
  var line = host.querySelector("p"), name = line.querySelector("span");
  var label = document.createElement("label"), input = document.createElement("input"), output = document.createElement("output");
  input.type = "range";
  input.min = 0;
  input.max = positions.length - 1;
  input.value = start;
  input.style.cssText = "width:20em;max-width:50%;vertical-align:middle;margin:0 .8em";
  output.style.cssText = "font-weight:bold;font-variant-numeric:tabular-nums";
  label.appendChild(name);
  label.appendChild(input);
  line.textContent = "";
  line.appendChild(label);
  line.appendChild(output);
  function show() {
    var at = Number(input.value);
    output.textContent = positions[at];
    input.setAttribute("aria-valuetext", positions[at]);
    texts[at].forEach(function (text, i) { cells[i].textContent = text; });
  }
  input.addEventListener("input", show);
  // JupyterLab's keys, which move between cells, are off while one of these has the focus.
  [input, host.querySelector("[tabindex]")].forEach(function (element) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
  });
  show();
})
