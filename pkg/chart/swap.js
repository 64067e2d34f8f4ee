// Replaces a static picture by the interactive chart if the page has ECharts. Otherwise the
// picture stays, in the colours of the page. The script element beside the picture calls
// this with the chart's layouts, widest first.
(function (id, live, darkTables, layouts, themes) {
  "use strict";

  // The parent of the script element holds the picture. Some notebooks run scripts elsewhere
  // in the page; then the newest element with the identifier holds it.
  function find() {
    var parent = document.currentScript && document.currentScript.parentNode;
    if (parent && parent.id === id) return parent;
    var all = document.querySelectorAll('[id="' + id + '"]');
    return all[all.length - 1];
  }

  // Whether the page behind the node is dark.
  function dark(node) {
    for (; node; node = node.parentElement) {
      var c = (getComputedStyle(node).backgroundColor.match(/[\d.]+/g) || []).map(Number);
      if (c.length >= 3 && (c.length === 3 || c[3] > 0.5)) {
        return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2] < 128;
      }
    }
    return false;
  }

  // The widest layout that has room, so that letters keep their size.
  function choose(layouts, room) {
    var fitting = layouts.filter(function (l) { return l.width * 0.95 <= room; });
    return fitting[0] || layouts[layouts.length - 1];
  }

  // Applies changes to a value of the first layout's options; see difference.go.
  function change(value, changes) {
    if (Array.isArray(changes)) return changes[0];
    var copy = Array.isArray(value) ? value.slice() : Object.assign({}, value);
    Object.keys(changes).forEach(function (key) {
      if (key === "length" && typeof changes[key] === "number") copy.length = changes[key];
      else if (changes[key] === null) delete copy[key];
      else copy[key] = change(copy[key], changes[key]);
    });
    return copy;
  }

  function optionsOf(layout) {
    if (!layout.options) layout.options = layout.changes ? change(layouts[0].options, layout.changes) : layouts[0].options;
    return layout.options;
  }

  function start(shown) {
    shown.dark = dark(shown.frame);
    shown.chart = window.echarts.init(shown.node, themes[shown.dark ? "dark" : "light"], {
      renderer: "svg", width: shown.layout.width, height: shown.layout.height
    });
  }

  // The options name the colours of a light page.
  function paint(shown) {
    shown.chart.setOption(!shown.dark ? shown.options : JSON.parse(JSON.stringify(shown.options)
      .replace(/"(#[0-9A-F]{6})"/g, function (all, c) { return '"' + (themes.colours[c] || c) + '"'; })), true);
  }

  // Left and right arrow keys walk along the numbers of a series, up and down from series to
  // series.
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
      for (var tries = 0; tries < n; tries++) { // "-" stands for no value; what follows x and y is text
        point = (Math.max(point, along < 0 ? 0 : -1) + (along || (tries ? 1 : 0)) + n) % n;
        if ([].concat(data[point].value).slice(0, 2).indexOf("-") < 0) break;
      }
      shown.chart.dispatchAction({ type: "showTip", seriesIndex: all[series], dataIndex: point });
    });
  }

  // Draws the layout that has room. Only where there is less room than the narrowest needs,
  // the drawing shrinks.
  function fit(shown) {
    var room = shown.frame.clientWidth;
    if (room) { // 0 out of sight
      var layout = choose(shown.layouts, room);
      if (layout !== shown.layout) show(shown, layout);
    }
    var scale = Math.min(1, (room || shown.layout.width) / shown.layout.width);
    shown.node.style.transform = scale < 1 ? "scale(" + scale + ")" : "";
    shown.frame.style.height = shown.layout.height * scale + "px";
  }

  function show(shown, layout) {
    shown.layout = layout;
    shown.options = shown.optionsOf(layout);
    shown.node.style.width = layout.width + "px";
    shown.node.style.height = layout.height + "px";
    shown.chart.resize({ width: layout.width, height: layout.height });
    paint(shown);
  }

  function create() {
    var shown = { frame: document.createElement("div"), node: document.createElement("div"), layout: layouts[0] };
    shown.frame.style.cssText = "width:100%;max-width:" + layouts[0].width + "px;overflow:hidden";
    shown.node.style.transformOrigin = "0 0";
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

  // Calls turn when the page may have become dark or light.
  function follow(turn) {
    if (window.MutationObserver) { // the page's own theme
      new MutationObserver(turn).observe(document.body, { attributes: true });
    }
    if (window.matchMedia) { // that of the machine
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", turn);
    }
  }

  // Shows the picture that has room, in the colours of the page: a dark PNG is the light one
  // with another colour table, a dark SVG is whole.
  function stay() {
    var img = picture.querySelector("img"), sources = picture.querySelectorAll("source");
    if (!img || !sources.length) return;
    // The second source is the wide picture with the letters that a PNG lacks.
    var wide = { src: sources[1] ? sources[1].getAttribute("srcset") : img.getAttribute("src"), width: layouts[0].width };
    var narrow = { src: sources[0].getAttribute("srcset"), width: +sources[0].getAttribute("width") };
    [wide, narrow].forEach(function (p, i) {
      p.dark = p.src;
      if (!darkTables[i]) return;
      if (sources[1]) {
        p.dark = "data:image/svg+xml;base64," + darkTables[i];
        return;
      }
      var comma = p.src.indexOf(",") + 1, bytes = atob(p.src.slice(comma)), at = bytes.indexOf("PLTE"), table = atob(darkTables[i]);
      p.dark = p.src.slice(0, comma) + btoa(bytes.slice(0, at) + table + bytes.slice(at + table.length));
    });
    sources.forEach(function (source) { source.remove(); });
    function turn() {
      if (!host.isConnected || picture.style.display === "none") return;
      var p = host.clientWidth && host.clientWidth < layouts[0].width * 0.95 ? narrow : wide, src = dark(host) ? p.dark : p.src;
      if (img.getAttribute("src") === src) return;
      img.setAttribute("src", src);
      img.setAttribute("width", p.width);
    }
    turn();
    follow(turn);
    if (window.ResizeObserver) new ResizeObserver(turn).observe(host);
  }

  var host = find();
  if (!host) return;
  var picture = host.firstElementChild;
  var charts = window.lorabookCharts = window.lorabookCharts || {};

  function draw() {
    if (!window.echarts || host.getAttribute("data-drawn")) return;
    var shown = null;
    try {
      // Each update replaces the output of a growing chart: the drawing moves into the new
      // output.
      var last = charts[id];
      if (last && last.live && !last.frame.isConnected) {
        shown = last;
        host.appendChild(shown.frame);
      } else {
        shown = create();
      }
      shown.live = live;
      shown.layouts = layouts;
      shown.optionsOf = optionsOf;
      show(shown, choose(layouts, shown.frame.clientWidth || shown.layout.width));
      shown.frame.setAttribute("aria-label", (picture.querySelector("img") || picture).getAttribute("alt") || picture.getAttribute("aria-label"));
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
  stay();
  document.addEventListener("lorabook-echarts", draw);
  if (typeof window.requirejs === "function" && window.requirejs.specified && window.requirejs.specified("echarts")) {
    window.requirejs(["echarts"], function (echarts) {
      window.echarts = window.echarts || echarts;
      draw();
    });
  }
})
