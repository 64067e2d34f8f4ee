// Swaps a static picture for the interactive chart, where ECharts is in the
// page; else leaves the picture. Called with the chart's data by the script
// element that stands beside the picture.
(function (id, width, height, live, options, themes) {
  "use strict";

  // The script element's parent holds the picture. Some notebooks run scripts
  // elsewhere in the page: then the newest element with the identifier does.
  function find() {
    var parent = document.currentScript && document.currentScript.parentNode;
    if (parent && parent.id === id) return parent;
    var all = document.querySelectorAll('[id="' + id + '"]');
    return all[all.length - 1];
  }

  // Whether the page behind the node is dark, whatever made it so.
  function dark(node) {
    for (; node; node = node.parentElement) {
      var c = (getComputedStyle(node).backgroundColor.match(/[\d.]+/g) || []).map(Number);
      if (c.length >= 3 && (c.length === 3 || c[3] > 0.5)) {
        return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2] < 128;
      }
    }
    return false;
  }

  function start(shown) {
    shown.dark = dark(shown.node);
    shown.chart = window.echarts.init(shown.node, themes[shown.dark ? "dark" : "light"], {
      renderer: "svg", width: shown.node.clientWidth || width, height: height
    });
  }

  function create(host) {
    var shown = { node: document.createElement("div") };
    shown.node.style.cssText = "width:100%;max-width:" + width + "px;height:" + height + "px";
    host.appendChild(shown.node);
    start(shown);
    if (window.ResizeObserver) {
      new ResizeObserver(function () {
        if (shown.node.clientWidth && shown.node.clientWidth !== shown.chart.getWidth()) {
          shown.chart.resize({ width: shown.node.clientWidth });
        }
      }).observe(shown.node);
    }
    if (window.MutationObserver) { // the page's theme may be changed
      new MutationObserver(function () {
        if (shown.node.isConnected && dark(shown.node) !== shown.dark) {
          shown.chart.dispose();
          start(shown);
          shown.chart.setOption(shown.options);
        }
      }).observe(document.body, { attributes: true });
    }
    return shown;
  }

  var host = find();
  if (!host) return;
  var picture = host.firstElementChild;
  var charts = window.lorabookCharts = window.lorabookCharts || {};

  function draw() {
    if (!window.echarts || host.getAttribute("data-drawn")) return;
    var shown = null;
    try {
      // A growing chart's output is replaced at each update: its drawing moves
      // into the new one, instead of being made again.
      var last = charts[id];
      if (last && last.live && !last.node.isConnected) {
        shown = last;
        shown.node.style.height = height + "px";
        host.appendChild(shown.node);
        shown.chart.resize({ height: height });
      } else {
        shown = create(host);
      }
      shown.live = live;
      shown.options = options;
      shown.chart.setOption(options, true);
      charts[id] = shown;
      host.setAttribute("data-drawn", "true");
      picture.style.display = "none";
    } catch (problem) {
      if (shown) shown.node.remove();
      picture.style.display = "";
      console.warn("lorabook chart " + id + " stays a picture:", problem);
    }
  }

  draw();
  if (host.getAttribute("data-drawn")) return;
  document.addEventListener("lorabook-echarts", draw);
  if (typeof window.requirejs === "function" && window.requirejs.specified && window.requirejs.specified("echarts")) {
    window.requirejs(["echarts"], function (echarts) {
      window.echarts = window.echarts || echarts;
      draw();
    });
  }
})
