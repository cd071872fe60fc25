"use strict";
/* What somebody typed into a form with data-keep is not lost: not with the session, the network, or a page that was
   left. It stays in this tab until it was sent, and is only put back for the same member of staff, who stands in the
   form's key. */

(function () {
  var PREFIX = "fawen.draft.";
  var SENT = "fawen.sent";

  function store(work) {
    try {
      return work(sessionStorage);
    } catch (error) {
      return null; // no storage: typed words live as long as the page
    }
  }

  function key(form) {
    return PREFIX + form.dataset.keep;
  }

  function fields(form) {
    return Array.from(form.elements).filter(function (field) {
      return field.name && field.type !== "hidden" && field.type !== "submit" && field.type !== "password";
    });
  }

  function save(form) {
    var typed = {};
    fields(form).forEach(function (field) {
      if (field.type !== "radio" && field.type !== "checkbox") {
        typed[field.name] = field.value;
      } else if (field.checked) {
        typed[field.name] = field.value;
      }
    });
    store(function (kept) {
      kept.setItem(key(form), JSON.stringify(typed));
    });
  }

  function restore(form) {
    var text = store(function (kept) {
      return kept.getItem(key(form));
    });
    if (!text) {
      return;
    }
    var typed = JSON.parse(text);
    fields(form).forEach(function (field) {
      if (!(field.name in typed)) {
        return;
      }
      if (field.type === "radio" || field.type === "checkbox") {
        field.checked = field.value === typed[field.name];
      } else {
        field.value = typed[field.name];
      }
    });
    form.dispatchEvent(new Event("restored"));
  }

  fawen.forget = function (form) {
    store(function (kept) {
      kept.removeItem(key(form));
    });
  };

  // A page that begins with good news is the answer to the form that was sent last.
  if (document.querySelector(".notice.good")) {
    store(function (kept) {
      if (kept.getItem(SENT)) {
        kept.removeItem(kept.getItem(SENT));
        kept.removeItem(SENT);
      }
    });
  }
  document.querySelectorAll("form[data-keep]").forEach(function (form) {
    restore(form);
    form.addEventListener("input", function () {
      save(form);
    });
  });
  // On the document: by then it is known whether a script sends the form and tells by itself how that went.
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented) {
      return;
    }
    store(function (kept) {
      if (event.target.dataset.keep) {
        kept.setItem(SENT, key(event.target));
      } else {
        kept.removeItem(SENT);
      }
    });
  });
})();
