(function () {
  "use strict";
  var $ = function (id) { return document.getElementById(id); };
  var all = function (selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  };
  var body = document.body;
  var duration = parseFloat(body.dataset.duration) || 0;
  all(".js").forEach(function (node) { if (node.id !== "review-panel" && !node.matches(".verdict")) node.hidden = false; });

  // ---- sound: the whole call where it is included, else the clips -------------------------
  var whole = $("whole");
  var sources = all("audio").map(function (audio) {
    return { audio: audio, from: parseFloat(audio.dataset.from), to: parseFloat(audio.dataset.to) };
  });
  var current = null;
  var stopAt = null;

  function clock(seconds) {
    var t = Math.max(0, Math.floor(seconds)), h = Math.floor(t / 3600);
    var m = Math.floor(t / 60) % 60, s = t % 60;
    var two = function (n) { return (n < 10 ? "0" : "") + n; };
    return (h ? h + ":" : "") + two(m) + ":" + two(s);
  }

  function sourceAt(time) {
    var found = null;
    sources.forEach(function (source) {
      if (time < source.from - 0.01 || time > source.to - 0.02) return;
      if (!found || source.audio === whole ||
          (found.audio !== whole && source.to - time > found.to - time)) found = source;
    });
    return found;
  }

  function say(text) { $("playing").textContent = text; }

  function playFrom(time, until, source) {
    source = source || sourceAt(time);
    if (!source) {
      say("This place is in no clip, and the recording itself is not part of this page.");
      return;
    }
    sources.forEach(function (other) { if (other !== source) other.audio.pause(); });
    current = source;
    stopAt = until === undefined ? null : until;
    var audio = source.audio;
    var go = function () {
      audio.currentTime = Math.max(0, time - source.from);
      audio.playbackRate = parseFloat($("speed").value);
      var promise = audio.play();
      if (promise) promise.catch(function () { say("The browser did not play this clip."); });
      show();
    };
    if (audio.readyState >= 1) go();
    else { audio.addEventListener("loadedmetadata", go, { once: true }); audio.load(); }
  }

  function position() { return current ? current.from + current.audio.currentTime : 0; }

  // ---- words light up as they are heard ----------------------------------------------------
  var words = all(".line .w").map(function (node) {
    return { node: node, from: parseFloat(node.dataset.s), to: parseFloat(node.dataset.e) };
  });
  var lit = null;
  var picture = document.querySelector("#timeline svg");
  var cursor = document.createElement("div");
  cursor.id = "cursor";
  cursor.hidden = true;
  $("timeline").appendChild(cursor);
  var LEFT = 92 / 1000;

  function show() {
    var time = position();
    $("position").textContent = clock(time);
    var playing = current && !current.audio.paused;
    $("play").textContent = playing ? "Pause" : "Play";
    $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    body.dataset.position = time.toFixed(2);
    cursor.hidden = !current;
    // The share is set through the object model, which the content policy permits.
    cursor.style.left = 100 * (LEFT + (1 - LEFT) * time / Math.max(duration, 0.001)) + "%";
    var low = 0, high = words.length - 1, at = null;
    while (low <= high) {
      var middle = (low + high) >> 1;
      if (words[middle].from <= time) { at = words[middle]; low = middle + 1; } else high = middle - 1;
    }
    if (at && time > at.to + 0.4) at = null;
    if (lit !== at) {
      if (lit) lit.node.classList.remove("now");
      if (at && playing) at.node.classList.add("now");
      lit = at;
    }
    if (playing && stopAt !== null && time >= stopAt) { current.audio.pause(); stopAt = null; }
  }

  sources.forEach(function (source) {
    var audio = source.audio;
    audio.addEventListener("play", function () {
      current = source;
      sources.forEach(function (other) { if (other !== source) other.audio.pause(); });
      var item = audio.closest(".item");
      say(item ? "Clip of " + item.id.replace("item-", "") : "");
      show();
    });
    ["timeupdate", "pause", "seeked", "ended"].forEach(function (name) {
      audio.addEventListener(name, function () { if (current === source) show(); });
    });
  });

  var live = sources.length > 0;
  $("player").hidden = !live;
  if (live) {
    body.classList.add("live");
    words.forEach(function (word) { if (sourceAt(word.from)) word.node.classList.add("heard"); });
    all("blockquote .w").forEach(function (node) { node.classList.add("heard"); });
    all("[data-at]").forEach(function (node) {
      var time = parseFloat(node.dataset.at);
      if (!sourceAt(time)) return;
      var button = document.createElement("button");
      button.type = "button";
      button.className = "at";
      button.textContent = node.textContent;
      button.setAttribute("aria-label", "Play from " + node.textContent);
      button.addEventListener("click", function () { playFrom(time); });
      node.replaceWith(button);
    });
    document.addEventListener("click", function (event) {
      var node = event.target.closest ? event.target.closest(".w.heard") : null;
      if (!node) return;
      var item = node.closest(".item");
      var own = item && !whole ? sources.filter(function (s) { return item.contains(s.audio); })[0] : null;
      playFrom(parseFloat(node.dataset.s), undefined, own || undefined);
    });
    if (picture) {
      $("timeline").classList.add("seek");
      picture.addEventListener("click", function (event) {
        if (event.target.closest("a")) return;
        var box = picture.getBoundingClientRect();
        var share = ((event.clientX - box.left) / box.width - LEFT) / (1 - LEFT);
        if (share >= 0 && share <= 1) playFrom(share * duration);
      });
    }
  }

  var items = all(".item");
  var at = -1;
  function step(by) {
    if (!items.length) return;
    at = at < 0 && by < 0 ? items.length - 1 : (at + by + items.length) % items.length;
    open(items[at]);
  }
  function open(item) {
    all(".item.now").forEach(function (node) { node.classList.remove("now"); });
    item.classList.add("now");
    at = items.indexOf(item);
    item.scrollIntoView({ block: "center" });
    item.focus({ preventScroll: true });
    var audio = item.querySelector("audio") || whole;
    if (!audio) return;
    var source = sources.filter(function (s) { return s.audio === audio; })[0];
    var start = parseFloat(item.dataset.start);
    playFrom(source.audio === whole ? start : Math.max(start - 0.3, source.from), undefined, source);
  }
  all('a[href^="#item-"]').forEach(function (link) {
    link.addEventListener("click", function (event) {
      var item = $(link.getAttribute("href").slice(1));
      if (!item) return;
      event.preventDefault();
      history.replaceState(null, "", "#" + item.id);
      open(item);
    });
  });

  function toggle() {
    if (current && !current.audio.paused) current.audio.pause();
    else if (current) current.audio.play();
    else if (whole) playFrom(0);
    else if (items.length) open(items[0]);
  }
  function move(by) { if (current) current.audio.currentTime = Math.max(0, current.audio.currentTime + by); }
  $("play").addEventListener("click", toggle);
  $("back").addEventListener("click", function () { move(-5); });
  $("forward").addEventListener("click", function () { move(5); });
  $("speed").addEventListener("change", function () {
    if (current) current.audio.playbackRate = parseFloat($("speed").value);
  });

  // ---- search --------------------------------------------------------------------------------
  var hits = [], hit = -1, lines = all(".line");
  function fold(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^\p{L}\p{N}]+/gu, "");
  }
  function search() {
    all(".w.hit").forEach(function (node) { node.classList.remove("hit", "at"); });
    var wanted = $("search").value.split(/\s+/).map(fold).filter(Boolean);
    hits = [];
    hit = -1;
    if (wanted.length) {
      for (var i = 0; i + wanted.length <= words.length; i++) {
        var same = true;
        for (var k = 0; k < wanted.length && same; k++) {
          var word = fold(words[i + k].node.textContent);
          same = k === wanted.length - 1 ? word.indexOf(wanted[k]) === 0 : word === wanted[k];
        }
        if (same) {
          for (var j = 0; j < wanted.length; j++) words[i + j].node.classList.add("hit");
          hits.push(words[i].node);
        }
      }
      next();
    }
    $("search-count").textContent = !wanted.length ? "" :
      hits.length === 1 ? "1 place" : hits.length + " places";
  }
  function next() {
    if (!hits.length) return;
    if (hit >= 0) hits[hit].classList.remove("at");
    hit = (hit + 1) % hits.length;
    hits[hit].classList.add("at");
    hits[hit].scrollIntoView({ block: "center" });
  }
  if ($("search")) {
    $("search").addEventListener("input", search);
    $("search").addEventListener("keydown", function (event) {
      if (event.key === "Enter") { event.preventDefault(); next(); }
    });
    $("search-next").addEventListener("click", next);
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT|TEXTAREA|AUDIO)$/.test(event.target.tagName)) return;
    var key = event.key;
    if (key === " " && event.target.tagName !== "BUTTON" && live) toggle();
    else if (key === "ArrowLeft" && live) move(-5);
    else if (key === "ArrowRight" && live) move(5);
    else if (key === "n" || key === "N") step(1);
    else if (key === "p" || key === "P") step(-1);
    else if (key === "/" && $("search")) { $("search").focus(); }
    else return;
    event.preventDefault();
  });

  // ---- review ----------------------------------------------------------------------------------
  function decisions() {
    return items.map(function (item) {
      var chosen = item.querySelector(".verdict input[type=radio]:checked");
      return {
        id: item.dataset.id,
        verdict: chosen ? chosen.value : "",
        note: item.querySelector(".verdict .note input").value.trim()
      };
    }).filter(function (decision) { return decision.verdict || decision.note; });
  }
  function count() {
    var list = decisions();
    var of = function (verdict) { return list.filter(function (d) { return d.verdict === verdict; }).length; };
    $("review-count").textContent = of("confirmed") + " confirmed, " + of("dismissed") + " dismissed, " +
      (items.length - of("confirmed") - of("dismissed")) + " undecided";
  }
  if ($("review-on")) {
    $("review-on").addEventListener("click", function () {
      var on = this.getAttribute("aria-pressed") !== "true";
      this.setAttribute("aria-pressed", String(on));
      $("review-panel").hidden = !on;
      all(".verdict").forEach(function (node) { node.hidden = !on; });
      if (on && !$("review-date").value) {
        var d = new Date(), two = function (n) { return (n < 10 ? "0" : "") + n; };
        $("review-date").value = d.getFullYear() + "-" + two(d.getMonth() + 1) + "-" + two(d.getDate());
      }
      count();
    });
    document.addEventListener("change", function (event) {
      if (event.target.closest(".verdict")) count();
    });
    $("review-save").addEventListener("click", function () {
      if (!$("review-by").value.trim()) {
        $("review-count").textContent = "Give your name first: a review is signed by the one who listened.";
        $("review-by").focus();
        return;
      }
      if (!$("review-date").value) {
        $("review-count").textContent = "Give the date of your review.";
        $("review-date").focus();
        return;
      }
      var review = {
        format: "earwitness-review",
        version: 1,
        recording_sha256: body.dataset.recording,
        call_sha256: body.dataset.call,
        by: $("review-by").value.trim(),
        date: $("review-date").value,
        decisions: decisions(),
        speakers: all(".voices tbody tr").map(function (row) {
          return {
            id: row.dataset.speaker,
            role: row.querySelector("select").value,
            name: row.querySelector("input").value.trim()
          };
        })
      };
      var blob = new Blob([JSON.stringify(review, null, 1) + "\n"], { type: "application/json" });
      var link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = "review.json";
      body.appendChild(link);
      link.click();
      link.remove();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
      count();
    });
  }

  // ---- a link from elsewhere to a second of the call: evidence.html#t=41.20 ------------------
  function jump() {
    var match = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (!match) return;
    var time = parseFloat(match[1]);
    var item = items.filter(function (node) {
      return parseFloat(node.dataset.start) - 0.5 <= time && time < parseFloat(node.dataset.end);
    })[0];
    if (item) open(item);
    else {
      var word = words.filter(function (w) { return w.to > time; })[0] || words[words.length - 1];
      if (word) {
        word.node.scrollIntoView({ block: "center" });
        all(".line.at").forEach(function (node) { node.classList.remove("at"); });
        word.node.closest(".line").classList.add("at");
      }
    }
    if (live) playFrom(time);
  }
  window.addEventListener("hashchange", jump);
  jump();
})();
