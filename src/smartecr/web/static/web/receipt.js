/* The digital receipt works without script; this only offers the browser's print dialogue. */

const key = document.getElementById("print");
key.hidden = false;
key.addEventListener("click", () => window.print());
