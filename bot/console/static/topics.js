"use strict";
/* The topic of a record: what the bot found is there to choose from, others are found by words. */

(function () {
  function topics(box) {
    var search = box.querySelector("input[type=search]");
    var status = box.querySelector("[role=status]");
    var list = box.querySelector(".choices");
    var timer = null;
    search.closest(".field").hidden = false;
    search.addEventListener("keydown", function (event) {
      if (event.key === "Enter") {
        event.preventDefault();
      }
    });
    search.addEventListener("input", function (event) {
      event.stopPropagation();
      clearTimeout(timer);
      timer = setTimeout(function () {
        find(search.value.trim());
      }, 250);
    });

    function find(text) {
      if (!text) {
        status.textContent = "";
        return;
      }
      fawen.look(box.dataset.topics + "?q=" + encodeURIComponent(text)).then(function (answer) {
        if (answer !== null && search.value.trim() === text) {
          show(JSON.parse(answer));
        }
      });
    }

    function show(found) {
      var chosen = list.querySelector("input:checked");
      list.querySelectorAll("[data-found]").forEach(function (old) {
        if (!old.contains(chosen)) {
          old.remove();
        }
      });
      found.forEach(function (topic) {
        if (!list.querySelector('input[value="' + topic.id + '"]')) {
          list.appendChild(option(topic));
        }
      });
      status.textContent = found.length ? "找到 " + found.length + " 个，在上面选" : "没有找到，换个说法试试";
    }

    function option(topic) {
      var label = document.createElement("label");
      var radio = document.createElement("input");
      var title = document.createElement("span");
      label.className = "check";
      label.setAttribute("data-found", "");
      radio.type = "radio";
      radio.name = "topic";
      radio.value = topic.id;
      title.textContent = topic.title;
      label.append(radio, title);
      return label;
    }
  }

  document.querySelectorAll("[data-topics]").forEach(topics);
})();
