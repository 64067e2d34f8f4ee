(function () {
  "use strict";
  var root = document.documentElement;
  var machine = matchMedia("(prefers-color-scheme: dark)");
  function get(id) { return document.getElementById(id); }

  // On a phone the contents are folded; where there is room, they stand beside the text.
  var contents = get("contents"), wide = matchMedia("(min-width: 70rem)");
  function place() { contents.open = wide.matches; }
  if (contents) {
    place();
    wide.addEventListener("change", place);
    contents.addEventListener("click", function (event) {
      if (event.target.closest("a") && !wide.matches) contents.open = false;
    });
  }

  var theme = get("theme");
  function dark() { return root.dataset.theme ? root.dataset.theme === "dark" : machine.matches; }
  function show() { theme.setAttribute("aria-pressed", dark()); }
  theme.addEventListener("click", function () {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch (refused) { /* for this page only */ }
    show();
  });
  machine.addEventListener("change", show);
  addEventListener("storage", show); // theme.js has changed the theme
  show();

  var fold = get("fold");
  if (fold) fold.addEventListener("click", function () {
    var folded = fold.getAttribute("aria-pressed") !== "true";
    fold.setAttribute("aria-pressed", folded);
    document.querySelectorAll("details.input").forEach(function (code) { code.open = !folded; });
  });

  // What is wider or higher than its place fades where it goes on.
  function mark(box) {
    var more = [];
    if (box.scrollLeft > 1) more.push("left");
    if (box.scrollLeft + box.clientWidth < box.scrollWidth - 1) more.push("right");
    if (box.tagName === "PRE" && box.scrollTop > 1) more.push("up");
    if (box.tagName === "PRE" && box.scrollTop + box.clientHeight < box.scrollHeight - 1) more.push("down");
    if (more.length) box.dataset.more = more.join(" "); else delete box.dataset.more;
  }
  var sizes = new ResizeObserver(function (entries) { entries.forEach(function (entry) { mark(entry.target); }); });
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll(".scroll, pre, .math-display").forEach(function (box) {
      sizes.observe(box);
      box.addEventListener("scroll", function () { mark(box); }, { passive: true });
    });
  });

  // The index holds the words of all pages: there the search runs as one types.
  var find = get("find");
  if (find && !find.dataset.here) find.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && find.value.trim()) location.href = "index.html?q=" + encodeURIComponent(find.value.trim());
  });
})();
