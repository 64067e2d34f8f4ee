// Calls a function with the output whose identifier is id, once. Called by the script element that
// stands in that output.
(function (id, enhance) {
  "use strict";
  // Some notebooks run scripts elsewhere in the page: then the newest element with the
  // identifier is the output.
  var parent = document.currentScript && document.currentScript.parentNode;
  var all = document.querySelectorAll('[id="' + id + '"]');
  var host = parent && parent.id === id ? parent : all[all.length - 1];
  if (!host || host.getAttribute("data-ready")) return;
  host.setAttribute("data-ready", "true");
  enhance(host);
})
