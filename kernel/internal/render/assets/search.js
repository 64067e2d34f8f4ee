(function () {
  "use strict";
  var entries = JSON.parse(document.getElementById("words").textContent);
  var find = document.getElementById("find"), results = document.getElementById("results");
  var status = document.getElementById("found"), list = document.getElementById("list");
  var most = 30;

  function words(text) { return text.toLowerCase().split(/\s+/).filter(Boolean); }

  // How well an entry fits: every word must occur, and counts more in a heading.
  function fit(entry, wanted) {
    var heading = (entry.Title + " " + entry.Heading).toLowerCase(), text = entry.Text.toLowerCase();
    return wanted.reduce(function (sum, word) {
      var here = (heading.includes(word) ? 3 : 0) + (text.includes(word) ? 1 : 0);
      return here && sum && sum + here;
    }, 1);
  }

  function add(parent, name, text) {
    var child = document.createElement(name);
    if (text) child.textContent = text;
    return parent.appendChild(child);
  }

  // A piece of the text about the first word found, every word of it marked.
  function excerpt(parent, text, wanted) {
    var at = Math.max(0, Math.min.apply(null, wanted.map(function (word) {
      var i = text.toLowerCase().indexOf(word);
      return i < 0 ? text.length : i;
    })) - 60);
    if (at >= text.length) at = 0;
    var piece = (at ? "… " : "") + text.slice(at, at + 200) + (at + 200 < text.length ? " …" : "");
    var pattern = wanted.map(function (word) { return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"); }).join("|");
    piece.split(new RegExp("(" + pattern + ")", "i")).forEach(function (part, i) {
      if (i % 2) add(parent, "mark", part);
      else parent.appendChild(document.createTextNode(part));
    });
  }

  function search() {
    var wanted = words(find.value);
    results.replaceChildren();
    list.hidden = wanted.length > 0;
    status.textContent = "";
    if (!wanted.length) return;
    var found = entries.map(function (entry) { return { entry: entry, fit: fit(entry, wanted) }; })
      .filter(function (hit) { return hit.fit; }).sort(function (a, b) { return b.fit - a.fit; });
    status.textContent = found.length ? found.length + (found.length === 1 ? " place" : " places") + (found.length > most ? ", the first " + most : "")
      : "Nothing has all of these words.";
    found.slice(0, most).forEach(function (hit) {
      var item = add(results, "li"), link = add(item, "a", hit.entry.Title);
      link.href = hit.entry.Link;
      if (hit.entry.Heading && hit.entry.Heading !== hit.entry.Title) add(link, "span", " › " + hit.entry.Heading);
      excerpt(add(item, "p"), hit.entry.Text, wanted);
    });
  }

  find.addEventListener("input", search);
  find.value = new URLSearchParams(location.search).get("q") || "";
  search();
  if (find.value) find.focus();
})();
