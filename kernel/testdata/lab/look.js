// What the page shows, as the test's type page wants it.
(() => {
  const text = (root, selector) => Array.from(root.querySelectorAll(selector), (e) => e.textContent).join("");
  const visible = (e) => {
    const box = e ? e.getBoundingClientRect() : { width: 0, height: 0 };
    return box.width > 100 && box.height > 100 && getComputedStyle(e).display !== "none";
  };
  const mime = (type) => `.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.${type}"]`;

  const indicator = document.querySelector(".jp-Notebook-ExecutionIndicator");
  const trust = document.querySelector(".jp-StatusItem-trust");
  const node = document.querySelector(".jp-Notebook .lorabook-chart");
  const chart = { Content: "", Points: 0, Drawing: false, Picture: false };
  if (node) {
    const drawing = node.querySelector("svg");
    const picture = node.querySelector("img");
    chart.Drawing = visible(drawing);
    chart.Picture = visible(picture) && picture.complete && picture.naturalWidth > 100;
    chart.Content = chart.Drawing ? drawing.innerHTML : chart.Picture ? picture.src : "";
    const shown = (window.lorabookCharts || {})[node.id];
    if (shown) chart.Points = shown.options.series.filter((s) => !s.silent).reduce((n, s) => n + s.data.length, 0);
  }
  return {
    Kernel: (indicator && indicator.dataset.status) || "",
    Trust: trust ? trust.title : "",
    Dirty: document.querySelector(".lm-DockPanel-tabBar .jp-mod-dirty") !== null,
    Dialog: text(document, ".jp-Dialog"),
    Cells: Array.from(document.querySelectorAll(".jp-Notebook .jp-CodeCell"), (c) => ({
      Prompt: text(c, ".jp-InputArea-prompt"),
      Folded: c.querySelector(".jp-InputPlaceholder") !== null,
      Charts: c.querySelectorAll(".lorabook-chart").length,
      Error: text(c, mime("error")),
      Stderr: text(c, mime("stderr")),
    })),
    Chart: chart,
  };
})();
