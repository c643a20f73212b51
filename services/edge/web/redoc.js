"use strict";
/* The search index needs a worker from a blob, which the page's policy forbids. */
window.addEventListener("load", () => {
  window.Redoc.init("/api/openapi.json", { disableSearch: true }, document.getElementById("docs"));
});
