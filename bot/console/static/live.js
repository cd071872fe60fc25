"use strict";
/* What is new, while a page stands: server-sent events, and asking now and then where these do not work.
   Also how many wait, in the title and beside the menu, and the words when the session or the network is gone. */

(function () {
  var RETRY_SECONDS = 60;
  var title = document.title;

  function banner(id, words, link, address) {
    var main = document.getElementById("main");
    var shown = document.getElementById(id);
    if (!shown) {
      shown = document.createElement("p");
      shown.id = id;
      shown.className = "notice warn banner";
      shown.setAttribute("role", "alert");
      main.insertBefore(shown, main.firstChild);
    }
    shown.textContent = words;
    if (link) {
      var anchor = document.createElement("a");
      anchor.href = address;
      anchor.textContent = link;
      shown.appendChild(anchor);
    }
  }

  function withdraw(id) {
    var shown = document.getElementById(id);
    if (shown) {
      shown.remove();
    }
  }

  /* The session is over: nothing that was typed is lost (see drafts.js), and the way back leads here. */
  fawen.expired = function () {
    var root = document.querySelector(".brand").getAttribute("href").replace(/\/$/, "");
    var here = location.pathname.slice(root.length) + location.search;
    banner("expired", "登录已经过期。您写的内容还在，重新登录以后接着写。", "去登录", root + "/sign-in?next=" + encodeURIComponent(here));
  };

  fawen.unreachable = function (is) {
    if (is) {
      banner("unreachable", "连不上服务器，正在重试。这时候写的内容不会丢。");
    } else {
      withdraw("unreachable");
    }
  };

  /* A page of ours in the background: a promise of its text; null where it could not be had, which is told. */
  fawen.look = function (url) {
    return fetch(url, { credentials: "same-origin", headers: { "X-Part": "1", Accept: "text/html, application/json" } })
      .then(function (answer) {
        fawen.unreachable(false);
        if (answer.status === 401) {
          fawen.expired();
          return null;
        }
        return answer.ok ? answer.text() : null;
      })
      .catch(function () {
        fawen.unreachable(true);
        return null;
      });
  };

  fawen.count = function (waiting) {
    document.title = waiting ? "(" + waiting + ") " + title : title;
    document.querySelectorAll("[data-nav=queue]").forEach(function (item) {
      var count = item.querySelector(".count");
      if (!count && waiting) {
        count = document.createElement("span");
        count.className = "count";
        item.appendChild(count);
      }
      if (count) {
        count.hidden = !waiting;
        count.textContent = waiting > 99 ? "99+" : String(waiting);
      }
    });
  };

  /* Calls `look(data)` on every event and `ask()` every `seconds` while there are no events. A hidden page with
     `rests` lets its stream go, so that many open pages do not use up the browser's connections. */
  fawen.follow = function (url, options) {
    var source = null;
    var timer = null;
    var over = false;

    function close() {
      if (source) {
        source.close();
        source = null;
      }
    }

    function poll() {
      close();
      if (timer === null && !over) {
        var asked = 0;
        timer = setInterval(function () {
          asked += options.seconds;
          options.ask();
          if (asked >= RETRY_SECONDS && !document.hidden) {
            open();
          }
        }, options.seconds * 1000);
      }
    }

    function open() {
      clearInterval(timer);
      timer = null;
      if (!window.EventSource || over) {
        poll();
        return;
      }
      source = new EventSource(url);
      source.addEventListener("look", function (event) {
        fawen.unreachable(false);
        options.look(JSON.parse(event.data));
      });
      source.addEventListener("over", function () {
        over = true;
        close();
        fawen.expired();
      });
      source.onerror = function () {
        if (source && source.readyState === 2) {
          poll();
          options.ask();
        }
      };
    }

    document.addEventListener("visibilitychange", function () {
      if (!options.rests || over) {
        return;
      }
      if (document.hidden) {
        close();
      } else if (!source) {
        options.ask();
        open();
      }
    });
    window.addEventListener("pagehide", close);
    open();
  };

  /* Puts the children of `fresh` in the place of those of `old`, keeping the focus where it was. */
  fawen.replace = function (old, fresh) {
    if (old.innerHTML === fresh.innerHTML) {
      return;
    }
    old.innerHTML = "";
    Array.from(fresh.childNodes).forEach(function (node) {
      old.appendChild(document.adoptNode(node));
    });
  };
})();
