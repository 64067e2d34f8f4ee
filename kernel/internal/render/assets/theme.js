(function () {
  // Before anything is painted: the reader's choice, if there was one.
  var theme = null;
  try { theme = localStorage.getItem("theme"); } catch (refused) { /* then the machine's */ }
  if (theme) document.documentElement.dataset.theme = theme;
  // The choice in another page, which may be stored after this page has read it.
  addEventListener("storage", function (event) {
    if (event.key === "theme" && event.newValue) document.documentElement.dataset.theme = event.newValue;
  });
  document.documentElement.classList.add("js");
})();
