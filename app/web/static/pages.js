// What the pages can do better with a script; everything works without it.
"use strict";

const POLL_MS = 30_000;

function countCharacters(area) {
  const line = document.createElement("p");
  line.className = "counter";
  area.after(line);
  const show = () => {
    line.textContent = area.dataset.counter.replace("{left}", String(area.maxLength - area.value.length));
  };
  area.addEventListener("input", show);
  show();
}

function offerPrinting(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

function focusOnFault() {
  const notice = document.querySelector("[data-focus]");
  if (notice) notice.focus();
}

// Asks for the version with the ETag of the last answer. A reader who is in the middle of typing is told;
// nobody else needs to press anything.
function followProgress(main) {
  const { poll, version } = main.dataset;
  let etag = `"${version}"`;
  const typing = () => [...main.querySelectorAll("textarea, input[type=radio], input[type=file]")].some((f) => f.value && (f.type !== "radio" || f.checked));
  const ask = async () => {
    if (document.hidden) return;
    let answer;
    try {
      answer = await fetch(poll, { headers: { "If-None-Match": etag }, cache: "no-store" });
    } catch {
      return; // offline for a moment; the next turn asks again
    }
    if (answer.status === 404 || answer.status === 429) {
      clearInterval(timer);
    } else if (answer.status === 200) {
      etag = answer.headers.get("ETag");
      if (typing()) document.getElementById("news").hidden = false;
      else window.location.assign(window.location.pathname);
    }
  };
  const timer = setInterval(ask, POLL_MS);
}

document.querySelectorAll("textarea[data-counter]").forEach(countCharacters);
document.querySelectorAll("button[data-print]").forEach(offerPrinting);
document.querySelectorAll("main[data-poll]").forEach(followProgress);
focusOnFault();
