/* Small helps on top of pages that work without script. */
(function () {
  "use strict";

  const root = document.documentElement;
  root.classList.add("has-script");

  const summary = document.querySelector("[data-error-summary]");
  if (summary) {
    summary.focus();
  }

  document.addEventListener("click", function (event) {
    const target = event.target.closest("[data-print],[data-speak],[data-show-password],[data-sequence-add],[data-sequence-remove]");
    if (!target) {
      return;
    }
    if (target.hasAttribute("data-print")) {
      window.print();
    } else if (target.hasAttribute("data-speak")) {
      speak(target);
    } else if (target.hasAttribute("data-show-password")) {
      showPasswords(event, target);
    } else if (target.hasAttribute("data-show-password")) {
      showPassword(event, target);
    } else if (target.hasAttribute("data-sequence-add")) {
      addItem(event, target);
    } else {
      removeItem(event, target);
    }
  });

  /* A second press on a slow line must not send a form twice. */
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method === "post" && !event.defaultPrevented) {
      form.dataset.sent = "1";
      window.setTimeout(function () {
        delete form.dataset.sent;
      }, 8000);
    }
  });

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
    });
  });

  /* A tablet that is left alone forgets its voter; the server does so too. */
  const idle = document.querySelector("form[data-idle]");
  if (idle) {
    let left = 0;
    const restart = function () {
      window.clearTimeout(left);
      left = window.setTimeout(function () {
        idle.submit();
      }, Number(idle.dataset.idle) * 1000);
    };
    ["pointerdown", "keydown", "input", "scroll"].forEach(function (name) {
      document.addEventListener(name, restart, { passive: true });
    });
    restart();
    /* A browser may keep the page alive for the way back: it must come back empty. */
    window.addEventListener("pagehide", function () {
      document.querySelectorAll("form").forEach(function (form) {
        form.reset();
      });
      document.body.hidden = true;
    });
    window.addEventListener("pageshow", function (event) {
      if (event.persisted) {
        window.location.reload();
      }
    });
  }

  /* The link reloads the page with readable fields; here nothing typed is lost. */
  function showPassword(event, link) {
    const fields = document.querySelectorAll("#" + link.dataset.showPassword + " input[type=password]");
    if (fields.length) {
      event.preventDefault();
      fields.forEach(function (field) {
        field.type = "text";
      });
      link.remove();
    }
  }

  /* The link also works as a plain link; with script nothing typed is lost. */
  function showPasswords(event, link) {
    const fields = document.querySelectorAll(
      "input[type=password], input[data-was-password]",
    );
    if (!fields.length) {
      return;
    }
    event.preventDefault();
    fields.forEach(function (field) {
      const hidden = field.type === "password";
      field.type = hidden ? "text" : "password";
      field.toggleAttribute("data-was-password", hidden);
      link.setAttribute("role", "button");
      link.setAttribute("aria-pressed", String(hidden));
    });
  }

  function speak(button) {
    const speech = window.speechSynthesis;
    const source = document.querySelector(button.dataset.speak);
    if (!speech || !source) {
      return;
    }
    if (speech.speaking) {
      speech.cancel();
      button.setAttribute("aria-pressed", "false");
      return;
    }
    const words = new SpeechSynthesisUtterance(source.innerText);
    words.lang = root.lang === "en" ? "en" : "zh-CN";
    words.rate = 0.9;
    words.onend = function () {
      button.setAttribute("aria-pressed", "false");
    };
    button.setAttribute("aria-pressed", "true");
    speech.speak(words);
  }

  /* Nobody hears the rest of a page that was left. */
  window.addEventListener("pagehide", function () {
    if ("speechSynthesis" in window) {
      window.speechSynthesis.cancel();
    }
  });

  if (!("speechSynthesis" in window)) {
    document.querySelectorAll("[data-speak]").forEach(function (button) {
      button.remove();
    });
  }

  let counter = 0;

  function addItem(event, button) {
    const sequence = button.closest("[data-sequence]");
    const template = sequence.querySelector(":scope > template");
    const items = sequence.querySelector(":scope > [data-sequence-items]");
    if (!template || items.children.length >= Number(sequence.dataset.maxLen)) {
      return;
    }
    event.preventDefault();
    counter += 1;
    const fragment = template.content.cloneNode(true);
    const suffix = "-n" + counter;
    fragment.querySelectorAll("[id]").forEach(function (node) {
      node.id += suffix;
    });
    ["for", "aria-describedby", "aria-labelledby"].forEach(function (name) {
      fragment.querySelectorAll("[" + name + "]").forEach(function (node) {
        const value = node.getAttribute(name).trim();
        if (value) {
          node.setAttribute(name, value.split(/\s+/).map((id) => id + suffix).join(" "));
        }
      });
    });
    const item = fragment.firstElementChild;
    items.append(fragment);
    const first = item.querySelector("input:not([type=hidden]),select,textarea");
    if (first) {
      first.focus();
    }
  }

  function removeItem(event, button) {
    const sequence = button.closest("[data-sequence]");
    const items = sequence.querySelector(":scope > [data-sequence-items]");
    if (items.children.length <= Number(sequence.dataset.minLen)) {
      return;
    }
    event.preventDefault();
    button.closest(".sequence__item").remove();
    const add = sequence.querySelector(":scope > [data-sequence-add]");
    if (add) {
      add.focus();
    }
  }
})();
