"use strict";
/* The times of one's own are asked for only where they are wanted; the week on paper. */

(function () {
  var times = document.getElementById("times");
  var own = document.querySelector(".own-times");
  var print = document.getElementById("print");

  function show() {
    var wanted = times.value === "own";
    own.hidden = !wanted;
    own.querySelectorAll("input").forEach(function (input) {
      input.required = wanted;
    });
  }

  if (times) {
    times.addEventListener("change", show);
    show();
  }
  print.hidden = false;
  print.addEventListener("click", function () {
    window.print();
  });
})();
