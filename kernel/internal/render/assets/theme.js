(function () {
  // Before anything is painted: the reader's choice, if there was one.
  var theme = null;
  try { theme = localStorage.getItem("theme"); } catch (refused) { /* then the machine's */ }
  if (theme) document.documentElement.dataset.theme = theme;
  document.documentElement.classList.add("js");
})();
