"use strict";
/* The tools above the answer box: what the bot found and canned answers go into the box; one panel is open at a time. */

(function () {
  var composer = document.getElementById("composer");
  var words = document.getElementById("words");

  function fill(text) {
    words.value = words.value.trim() ? words.value.replace(/\s+$/, "") + "\n" + text : text;
    words.dispatchEvent(new Event("input", { bubbles: true }));
    closeTools(null);
    words.focus();
    words.setSelectionRange(words.value.length, words.value.length);
  }

  // ---- Tools above the answer box: one open at a time

  function closeTools(but) {
    composer.querySelectorAll("details.tool[open]").forEach(function (tool) {
      if (tool !== but) {
        tool.open = false;
      }
    });
  }

  function openTool(event) {
    var tool = event.target;
    if (tool.open && tool.classList.contains("tool")) {
      closeTools(tool);
      // From the composer up to the top bar, and no further.
      var room = composer.getBoundingClientRect().top - document.querySelector(".top").offsetHeight - 8;
      tool.querySelector(".panel").style.maxHeight = Math.max(140, room) + "px";
      var first = tool.querySelector("select, textarea");
      if (first && matchMedia("(pointer: fine)").matches) {
        first.focus();
      }
    }
  }

  composer.addEventListener("toggle", openTool, true);
  composer.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      var open = composer.querySelector("details.tool[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      }
    }
  });
  composer.addEventListener("click", function (event) {
    var button = event.target.closest("[data-fill]");
    if (button) {
      fill(button.dataset.fill);
    }
  });

  fawen.closeTools = function () {
    closeTools(null);
  };
})();
