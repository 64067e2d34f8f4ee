// Swaps a static picture for the interactive chart, where ECharts is in the
// page; else leaves the picture, in the colours of the page. Called with the
// chart's data by the script element that stands beside the picture.
(function (id, width, height, live, darkTable, options, themes) {
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
    shown.dark = dark(shown.frame);
    shown.chart = window.echarts.init(shown.node, themes[shown.dark ? "dark" : "light"], {
      renderer: "svg", width: width, height: shown.height
    });
  }

  // The options name the colours of a light page.
  function paint(shown) {
    shown.chart.setOption(!shown.dark ? shown.options : JSON.parse(JSON.stringify(shown.options)
      .replace(/"(#[0-9A-F]{6})"/g, function (all, c) { return '"' + (themes.colours[c] || c) + '"'; })), true);
  }

  // With the keyboard: left and right walk along a series' numbers, up and down
  // from series to series.
  function walk(shown) {
    var series = 0, point = -1;
    shown.frame.addEventListener("keydown", function (event) {
      var along = { ArrowLeft: -1, ArrowRight: 1 }[event.key], across = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (event.key === "Escape") shown.chart.dispatchAction({ type: "hideTip" });
      if (!along && !across) return;
      event.preventDefault();
      event.stopPropagation();
      var all = [];
      shown.options.series.forEach(function (s, i) {
        if (!s.silent && s.data && s.data.length) all.push(i);
      });
      if (!all.length) return;
      series = (series + (across || 0) + all.length) % all.length;
      var data = shown.options.series[all[series]].data, n = data.length;
      for (var tries = 0; tries < n; tries++) { // "-" stands where there is nothing; what follows x and y is text
        point = (Math.max(point, along < 0 ? 0 : -1) + (along || (tries ? 1 : 0)) + n) % n;
        if ([].concat(data[point].value).slice(0, 2).indexOf("-") < 0) break;
      }
      shown.chart.dispatchAction({ type: "showTip", seriesIndex: all[series], dataIndex: point });
    });
  }

  // Where there is less room than the chart is wide, it shrinks as a picture
  // does, letters and all.
  function fit(shown) {
    var room = shown.frame.clientWidth;
    if (!room) return; // out of sight
    var scale = Math.min(1, room / width);
    shown.node.style.transform = scale < 1 ? "scale(" + scale + ")" : "";
    shown.frame.style.height = shown.height * scale + "px";
  }

  function create() {
    var shown = { frame: document.createElement("div"), node: document.createElement("div"), height: height };
    shown.frame.style.cssText = "width:100%;max-width:" + width + "px;height:" + height + "px;overflow:hidden";
    shown.node.style.cssText = "width:" + width + "px;height:" + height + "px;transform-origin:0 0";
    shown.frame.tabIndex = 0;
    shown.frame.setAttribute("role", "img");
    shown.frame.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's arrow keys
    shown.frame.appendChild(shown.node);
    walk(shown);
    host.appendChild(shown.frame);
    start(shown);
    if (window.ResizeObserver) {
      new ResizeObserver(function () { fit(shown); }).observe(shown.frame);
    }
    function turn() {
      if (!shown.frame.isConnected || dark(shown.frame) === shown.dark) return;
      shown.chart.dispose();
      start(shown);
      paint(shown);
    }
    follow(turn);
    return shown;
  }

  // Calls turn where the page may have become dark or light.
  function follow(turn) {
    if (window.MutationObserver) { // the page's own theme
      new MutationObserver(turn).observe(document.body, { attributes: true });
    }
    if (window.matchMedia) { // or the machine's
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", turn);
    }
  }

  // The picture on a dark page: a PNG with another table of colours.
  function tone() {
    var light = picture.getAttribute("src"), comma = light.indexOf(",") + 1;
    var bytes = atob(light.slice(comma)), at = bytes.indexOf("PLTE"), table = atob(darkTable);
    var darkened = light.slice(0, comma) + btoa(bytes.slice(0, at) + table + bytes.slice(at + table.length));
    function turn() {
      var src = dark(host) ? darkened : light;
      if (host.isConnected && picture.getAttribute("src") !== src) picture.setAttribute("src", src);
    }
    turn();
    follow(turn);
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
      if (last && last.live && !last.frame.isConnected) {
        shown = last;
        host.appendChild(shown.frame);
      } else {
        shown = create();
      }
      shown.live = live;
      shown.options = options;
      if (shown.height !== height) { // a longer takeaway takes another line
        shown.height = height;
        shown.node.style.height = height + "px";
        shown.chart.resize({ height: height });
      }
      shown.frame.setAttribute("aria-label", picture.getAttribute("alt") || picture.getAttribute("aria-label"));
      paint(shown);
      fit(shown);
      charts[id] = shown;
      host.setAttribute("data-drawn", "true");
      picture.style.display = "none";
    } catch (problem) {
      if (shown) shown.frame.remove();
      picture.style.display = "";
      console.warn("lorabook chart " + id + " stays a picture:", problem);
    }
  }

  draw();
  if (host.getAttribute("data-drawn")) return;
  if (darkTable) tone();
  document.addEventListener("lorabook-echarts", draw);
  if (typeof window.requirejs === "function" && window.requirejs.specified && window.requirejs.specified("echarts")) {
    window.requirejs(["echarts"], function (echarts) {
      window.echarts = window.echarts || echarts;
      draw();
    });
  }
})
