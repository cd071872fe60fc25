"use strict";
/* My work stands as it is: who waits for me comes up by itself. */

(function () {
  var waiting = document.getElementById("waiting");
  var asking = false;

  function ask() {
    if (asking || document.activeElement !== document.body && document.getElementById("work").contains(document.activeElement)) {
      return;
    }
    asking = true;
    fawen.look(waiting.dataset.now).then(function (html) {
      asking = false;
      var page = html && new DOMParser().parseFromString(html, "text/html");
      if (page && page.getElementById("work")) {
        fawen.replace(document.getElementById("work"), page.getElementById("work"));
        fawen.replace(waiting, page.getElementById("waiting"));
        waiting.className = page.getElementById("waiting").className;
      }
    });
  }

  fawen.count(Number(waiting.dataset.waiting));
  setInterval(ask, 30000);
  fawen.follow(waiting.dataset.events, {
    look: function (data) {
      fawen.count(data.waiting);
      ask();
    },
    ask: ask,
    seconds: 15,
    rests: true,
  });
})();
