"use strict";
/* What all pages share: no form is sent twice, a question before what cannot be taken back, the menu of a phone,
   and `fawen.post` for other scripts. Every page works without it. */

(function () {
  function once(event) {
    var form = event.target;
    if (event.defaultPrevented) {
      return;
    }
    if (form.hasAttribute("data-sent")) {
      event.preventDefault();
      return;
    }
    form.setAttribute("data-sent", "");
    // After this event: a disabled button would not bring its own value along.
    setTimeout(function () {
      form.querySelectorAll("button").forEach(function (button) {
        button.disabled = true;
      });
    }, 0);
  }

  function again() {
    // The way back of a browser shows the page as it was left.
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      form.removeAttribute("data-sent");
      form.querySelectorAll("button").forEach(function (button) {
        button.disabled = false;
      });
    });
  }

  function closeOthers(event) {
    document.querySelectorAll("details.rest[open]").forEach(function (details) {
      if (!details.contains(event.target)) {
        details.open = false;
      }
    });
  }

  function escape(event) {
    if (event.key !== "Escape") {
      return;
    }
    document.querySelectorAll("details.rest[open], details.dialog[open]").forEach(function (details) {
      details.open = false;
      details.querySelector("summary").focus();
    });
  }

  function leave(event) {
    // Whoever sits down here next finds nothing that was typed before.
    if (/\/sign-out$/.test(event.target.action)) {
      try {
        sessionStorage.clear();
      } catch (error) {
        return;
      }
    }
  }

  document.addEventListener("submit", once);
  document.addEventListener("submit", leave);
  document.addEventListener("click", closeOthers);
  document.addEventListener("keydown", escape);
  window.addEventListener("pageshow", again);

  window.fawen = {
    /* POST to a page of ours; a promise of the answer. `body` is FormData or nothing. */
    post: function (url, body) {
      var mark = document.querySelector("meta[name=csrf]").content;
      return fetch(url, {
        method: "POST",
        body: body,
        credentials: "same-origin",
        headers: { "X-CSRF": mark, Accept: "application/json" },
      });
    },
  };
})();
