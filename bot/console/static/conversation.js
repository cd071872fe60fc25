"use strict";
/* The page of a conversation: new lines come by themselves, what was typed is never lost, a double click says it once. */

(function () {
  var composer = document.getElementById("composer");
  var say = document.getElementById("say");
  var note = document.getElementById("note");
  var words = document.getElementById("words");
  var newer = document.getElementById("newer");
  var moved = document.getElementById("moved");
  var mode = document.getElementById("standing").dataset.mode;
  var version = null;
  var atEnd = true;
  var listened = 0;
  var next = false;
  var asking = false;
  var again = false;

  // ---- Where one reads

  function talk() {
    return document.getElementById("talk");
  }

  function distance() {
    var end = document.getElementById("talk-end").getBoundingClientRect().top;
    return end - composer.getBoundingClientRect().top;
  }

  function toEnd() {
    // The end of the talk comes to stand just above the composer.
    window.scrollBy(0, distance());
    newer.hidden = true;
    atEnd = true;
  }

  function noteWhere() {
    atEnd = distance() < 120;
    if (atEnd) {
      newer.hidden = true;
    }
  }

  /* Whoever reads the newest words goes on reading them when the keyboard opens or the box grows. */
  function stay() {
    if (atEnd) {
      toEnd();
    }
  }

  // ---- What is new

  function merge(html) {
    var page = new DOMParser().parseFromString(html, "text/html");
    var near = atEnd;
    var fresh = Array.from(page.querySelectorAll("#talk > li"));
    var known = new Map();
    var added = 0;
    var heard = 0;
    Array.from(talk().children).forEach(function (old) {
      known.set(old.dataset.key, old);
    });
    fresh.forEach(function (item) {
      var old = known.get(item.dataset.key);
      known.delete(item.dataset.key);
      if (!old) {
        added += 1;
        heard += item.classList.contains("theirs") ? 1 : 0;
      }
      // In the order in which they come; one that has not changed keeps its place and whatever is selected in it.
      if (!old) {
        talk().appendChild(document.adoptNode(item));
      } else if (old.innerHTML !== item.innerHTML) {
        old.replaceWith(document.adoptNode(item));
      }
    });
    known.forEach(function (old) {
      old.remove();
    });
    stand(page);
    if (heard) {
      // With its number, because the same words twice are not read out twice.
      listened += heard;
      document.getElementById("heard").textContent = "来访人说了新的话（第 " + listened + " 句）";
    }
    if (added && near) {
      toEnd();
    } else if (added) {
      newer.hidden = false;
    }
  }

  function stand(page) {
    var old = document.getElementById("standing");
    var fresh = page.getElementById("standing");
    if (old.outerHTML !== fresh.outerHTML && !old.querySelector("[data-sent]")) {
      old.replaceWith(document.adoptNode(fresh));
    }
    var budget = document.getElementById("budget");
    budget.textContent = page.getElementById("budget").textContent;
    var now = document.getElementById("standing");
    if (now.dataset.mode !== mode) {
      moved.textContent = now.querySelector("p").textContent.trim() + (say ? " 您写的话还在这里，没有发出去。" : "") + " ";
      var link = document.createElement("a");
      link.href = location.pathname;
      link.textContent = "刷新这一页";
      moved.appendChild(link);
    }
    moved.hidden = now.dataset.mode === mode;
    if (say) {
      say.querySelector("button").disabled = now.dataset.mode !== mode || say.hasAttribute("data-going");
    }
  }

  function ask() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    fawen.look(composer.dataset.now).then(function (html) {
      asking = false;
      if (html !== null && html.indexOf('id="standing"') >= 0) {
        merge(html);
      }
      if (again) {
        again = false;
        ask();
      }
    });
  }

  function look(data) {
    fawen.count(data.waiting);
    if (data.version !== version) {
      version = data.version;
      ask();
    }
  }

  // ---- Sending without leaving the page

  function fault(form, text) {
    var shown = form.querySelector(".fault");
    shown.textContent = text;
    shown.hidden = !text;
  }

  function going(form, is) {
    form.toggleAttribute("data-going", is);
    form.querySelector("button").disabled = is || (form === say && !moved.hidden);
  }

  /* The box is free for the next words at once; what could not be sent comes back into it, before those. */
  function send(form, box, done) {
    var sent = box.value;
    var data = new FormData(form);
    going(form, true);
    fault(form, "");
    put(box, "");

    function back(told, changed) {
      put(box, box.value.trim() ? sent + "\n" + box.value : sent);
      fault(form, changed && box.value !== sent ? changed : told);
    }

    fawen.post(form.action, data).then(
      function (answer) {
        return answer.json().then(function (told) {
          going(form, false);
          if (answer.ok) {
            fawen.forget(form);
            put(box, box.value);
            done(told);
            ask();
          } else if (answer.status === 401) {
            fawen.expired();
            back("登录过期了，这句话没有发出去。重新登录以后再发一次，字还在。");
          } else {
            back(told.error);
            ask();
          }
        });
      }
    ).catch(function () {
      going(form, false);
      back("网络断了，不知道发出去没有。再点一次就行，不会发两遍。", "网络断了，不知道前一句发出去没有。看看上面的对话，再发没有的。");
    });
  }

  function put(box, text) {
    box.value = text;
    if (text) {
      box.dispatchEvent(new Event("input", { bubbles: true })); // is kept as a draft
    }
    if (box === words) {
      measure();
    }
  }

  function measure() {
    var count = Array.from(words.value).length;
    document.getElementById("length").textContent = count ? count + " 字" : "";
    words.style.height = "auto";
    words.style.height = Math.min(words.scrollHeight + 4, Math.max(96, window.innerHeight * 0.3)) + "px";
    stay();
  }

  // ---- A phone's keyboard takes half of the page

  function keyboard() {
    var seen = window.visualViewport;
    var under = Math.max(0, window.innerHeight - seen.height - seen.offsetTop);
    document.documentElement.style.setProperty("--under", under + "px");
    stay();
  }

  if (window.visualViewport) {
    window.visualViewport.addEventListener("resize", keyboard);
    window.visualViewport.addEventListener("scroll", keyboard);
  }

  function submit() {
    say.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  }

  if (say) {
    say.addEventListener("submit", function (event) {
      event.preventDefault();
      if (say.hasAttribute("data-going")) {
        next = Boolean(words.value.trim()); // goes as soon as the one before it is through
        return;
      }
      next = false;
      if (!words.value.trim()) {
        fault(say, "还没有写内容。");
        return;
      }
      send(say, words, function (told) {
        say.elements.act.value = told.act;
        toEnd();
        if (next) {
          submit();
        }
      });
    });
    words.addEventListener("input", measure);
    say.addEventListener("restored", measure);
    words.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) {
        return; // 229: an input method takes the key
      }
      var fine = matchMedia("(pointer: fine)").matches;
      if (event.ctrlKey || event.metaKey || (fine && !event.shiftKey && !event.altKey)) {
        event.preventDefault();
        submit();
      }
    });
    words.addEventListener("focus", function () {
      document.body.classList.add("typing");
    });
    words.addEventListener("blur", function () {
      setTimeout(function () {
        document.body.classList.toggle("typing", document.activeElement === words);
      }, 150);
    });
    measure();
  }
  note.addEventListener("submit", function (event) {
    event.preventDefault();
    if (!note.hasAttribute("data-going")) {
      send(note, note.elements.text, function () {
        fawen.closeTools();
      });
    }
  });
  newer.addEventListener("click", toEnd);
  window.addEventListener("scroll", noteWhere, { passive: true });
  window.addEventListener("resize", stay);

  toEnd();
  fawen.follow(composer.dataset.events, { look: look, ask: ask, seconds: 4, rests: true });
})();
