// Lets the reader set parameters with drop-downs and sliders in host, whose attribute
// data-settings has them; without it the command with the values of the start stays.
(function (host) {
  "use strict";
  var data = JSON.parse(host.getAttribute("data-settings"));
  var outputs = host.querySelectorAll("pre");
  var area = document.createElement("div");
  area.style.cssText = "display:flex;flex-wrap:wrap;gap:.5em 1.6em;margin:.4em 0";
  var inputs = data.controls.map(function (control) {
    var label = document.createElement("label"), name = document.createElement("span");
    name.textContent = control.label + " ";
    label.style.cssText = "display:inline-flex;align-items:center;gap:.5em;flex-wrap:wrap";
    label.appendChild(name);
    var input = document.createElement(control.slider ? "input" : "select");
    if (control.slider) {
      input.type = "range";
      input.min = 0;
      input.max = control.values.length - 1;
      input.style.cssText = "width:9em;margin:0";
      label.appendChild(input);
      input.shown = document.createElement("output");
      input.shown.style.cssText = "font-weight:bold;font-variant-numeric:tabular-nums;min-width:3.5em";
      label.appendChild(input.shown);
    } else {
      control.values.forEach(function (value, i) {
        var option = document.createElement("option");
        option.value = i;
        option.textContent = value === "" ? "(none)" : value;
        input.appendChild(option);
      });
      input.style.cssText = "font:inherit;max-width:16em";
      label.appendChild(input);
    }
    input.value = control.start;
    input.addEventListener("input", show);
    // JupyterLab's keys, which move between cells, are off while one of these has the focus.
    input.setAttribute("data-lm-suppress-shortcuts", "true");
    area.appendChild(label);
    return input;
  });
  function quoted(text) { return /^[\w@%+=:,.\/-]+$/.test(text) ? text : "'" + text.replace(/'/g, "'\\''") + "'"; }
  function show() {
    var words = [], lines = [];
    function add(name, value, string) {
      words.push(" -p " + quoted(name + "=" + value));
      lines.push(name + " = " + (string ? JSON.stringify(value) : value));
    }
    data.fixed.forEach(function (p) { add(p.name, p.value, p.string); });
    var at = { "": true };
    inputs.forEach(function (input, i) { at[data.controls[i].name + "=" + data.controls[i].values[Number(input.value)]] = true; });
    inputs.forEach(function (input, i) {
      var control = data.controls[i], value = control.values[Number(input.value)];
      if (input.shown) {
        input.shown.textContent = value;
        input.setAttribute("aria-valuetext", value);
      }
      input.disabled = !at[control.with];
      if (value !== control.usual && !input.disabled) add(control.name, value, control.string);
    });
    outputs[0].textContent = data.command + words.join("") + data.end;
    if (outputs[1]) outputs[1].textContent = lines.join("\n") || data.none;
  }
  host.insertBefore(area, host.firstChild);
  show();
})
