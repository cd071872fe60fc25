"use strict";
/* The queue stands as it is in the office: who comes is added, who was taken is told with who has them. */

(function () {
  var GONE_SECONDS = 90;
  var queue = document.getElementById("queue");
  var said = document.getElementById("said");
  var button = document.getElementById("sound");
  var asking = false;
  var again = false;
  var audio = null;

  function head() {
    return document.getElementById("queue-head");
  }

  function list() {
    return document.getElementById("queue-list");
  }

  function shown() {
    return Array.from(list().querySelectorAll("li:not([data-gone])"));
  }

  function count() {
    fawen.count(Number(head().dataset.waiting));
  }

  // ---- Merging what is new

  function byId(items) {
    var found = new Map();
    items.forEach(function (item) {
      found.set(item.dataset.id, item);
    });
    return found;
  }

  function put(old, fresh) {
    var focused = old.contains(document.activeElement) ? document.activeElement.className : null;
    old.replaceWith(fresh);
    if (focused !== null) {
      var target = fresh.querySelector(".main-one, a");
      if (target) {
        target.focus();
      }
    }
  }

  function settle(fresh, gone) {
    Array.from(list().children).forEach(function (old) {
      var id = old.dataset.id;
      if (fresh.has(id)) {
        // A row whose form is on its way stays as it is.
        if (old.innerHTML !== fresh.get(id).innerHTML && !old.querySelector("[data-sent]")) {
          put(old, fresh.get(id));
        }
      } else if (gone.has(id)) {
        if (!("gone" in old.dataset)) {
          gone.get(id).dataset.since = String(Date.now());
          put(old, gone.get(id));
        }
      } else if (!("gone" in old.dataset) || Date.now() - Number(old.dataset.since) > GONE_SECONDS * 1000) {
        old.remove();
      }
    });
  }

  function add(fresh) {
    var known = byId(shown());
    var added = [];
    var before = null;
    Array.from(fresh.values()).reverse().forEach(function (item) {
      var here = known.get(item.dataset.id);
      if (!here) {
        here = document.adoptNode(item);
        here.classList.add("fresh");
        list().insertBefore(here, before);
        added.push(here);
      }
      before = here;
    });
    return added;
  }

  function merge(html) {
    var page = new DOMParser().parseFromString(html, "text/html");
    var all = Array.from(page.querySelectorAll("#queue-list > li"));
    var fresh = byId(all.filter(function (item) { return !("gone" in item.dataset); }));
    var gone = byId(all.filter(function (item) { return "gone" in item.dataset; }));
    settle(fresh, gone);
    var added = add(fresh);
    var newHead = page.getElementById("queue-head");
    Object.assign(head().dataset, newHead.dataset);
    fawen.replace(head(), newHead);
    fawen.replace(document.getElementById("queue-foot"), page.getElementById("queue-foot"));
    count();
    if (added.length) {
      tell(added);
    }
  }

  function tell(added) {
    var urgent = added.some(function (item) { return item.classList.contains("urgent"); });
    said.textContent = urgent ? "有紧急的人在等" : "又来了 " + added.length + " 个人";
    ring(urgent ? 3 : 1);
  }

  // ---- Asking

  function ask() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    var ids = shown().map(function (item) { return item.dataset.id; }).join(",");
    var url = queue.dataset.rows;
    fawen.look(url + (url.indexOf("?") < 0 ? "?" : "&") + "shown=" + ids).then(function (html) {
      asking = false;
      if (html !== null) {
        merge(html);
      }
      if (again) {
        again = false;
        ask();
      }
    });
  }

  function look(data) {
    if (data.queue !== head().dataset.version) {
      ask();
    }
  }

  // ---- The bell: off until somebody wants it, because an office has more than one screen

  function wanted() {
    try {
      return localStorage.getItem("fawen.sound") === "on";
    } catch (error) {
      return false;
    }
  }

  function show() {
    button.setAttribute("aria-pressed", String(wanted()));
    button.lastChild.textContent = wanted() ? "提示音：开" : "提示音：关";
  }

  function wake() {
    if (wanted() && !audio) {
      audio = new (window.AudioContext || window.webkitAudioContext)();
    }
    if (audio && audio.state === "suspended") {
      audio.resume();
    }
  }

  function ring(times) {
    if (!wanted() || !audio) {
      return;
    }
    for (var n = 0; n < times; n += 1) {
      var tone = audio.createOscillator();
      var loud = audio.createGain();
      var at = audio.currentTime + n * 0.35;
      tone.frequency.value = 740;
      loud.gain.setValueAtTime(0.0001, at);
      loud.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.28);
      tone.connect(loud).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.3);
    }
  }

  if (window.AudioContext || window.webkitAudioContext) {
    button.hidden = false;
    show();
    button.addEventListener("click", function () {
      try {
        localStorage.setItem("fawen.sound", wanted() ? "off" : "on");
      } catch (error) {
        return;
      }
      show();
      wake();
      ring(1);
    });
    document.addEventListener("click", wake);
  }

  document.querySelectorAll(".filters select").forEach(function (select) {
    select.addEventListener("change", function () { select.form.submit(); });
    select.form.querySelector("button").hidden = true;
  });

  count();
  setInterval(ask, 60000); // how long somebody waits grows by itself
  fawen.follow(queue.dataset.events, { look: look, ask: ask, seconds: 5, rests: false });
})();
