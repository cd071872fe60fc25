"use strict";
/* Name and numbers of an applicant are fetched into the page, so that what was typed elsewhere in it is kept; a file that
   is too large is told before it has travelled. */

(function () {
  function line(told) {
    var row = document.createElement("div");
    row.append(document.createElement("dt"), document.createElement("dd"));
    row.firstChild.textContent = told.label;
    row.lastChild.textContent = told.value;
    return row;
  }

  function show(form, answer) {
    if (!answer.ok) {
      form.submit(); // the page says what is wrong
      return null;
    }
    return answer.json().then(function (lines) {
      var list = document.getElementById("contact");
      lines.forEach(function (told) {
        if (told.value) {
          list.append(line(told));
        }
      });
      form.remove();
    });
  }

  document.querySelectorAll("input[data-largest]").forEach(function (input) {
    input.addEventListener("change", function () {
      var file = input.files[0];
      var wrong = file && file.size > Number(input.dataset.largest) ? input.dataset.words : "";
      input.setCustomValidity(wrong);
      input.reportValidity();
      var hint = document.getElementById(input.getAttribute("aria-describedby"));
      hint.dataset.usual = hint.dataset.usual || hint.textContent;
      hint.textContent = wrong || hint.dataset.usual;
      hint.parentNode.classList.toggle("wrong", Boolean(wrong));
      hint.setAttribute("role", wrong ? "alert" : "note");
    });
  });

  document.querySelectorAll("form[data-reveal]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      form.querySelector("button").disabled = true;
      window.fawen.post(form.action).then(
        function (answer) {
          return show(form, answer);
        },
        function () {
          form.submit();
        }
      );
    });
  });
})();
