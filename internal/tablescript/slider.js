// Lets the reader choose, with a slider, which of several tables is shown in host, whose attribute
// data-slider has their numbers; without it the first of them stays.
(function (host) {
  "use strict";
  var data = JSON.parse(host.getAttribute("data-slider"));
  var positions = data[0], start = data[1], texts = data[2];
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
  line.appendChild(document.createTextNode(" "));
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
