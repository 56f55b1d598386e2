(function () {
  "use strict";
  var $ = function (id) { return document.getElementById(id); };
  var data = JSON.parse($("data").textContent);
  var PAGE = 50, FIRST = 8, Z = 1.959964;
  var NAMES = { g: "given", m: "missing", "-": "not called for" };
  var calls = data.calls.map(function (c, at) {
    return {
      at: at, id: c[0], agent: data.agents[c[1]], team: data.teams[c[2]], queue: data.queues[c[3]],
      day: c[4], duration: c[5], score: c[6], passed: c[7], customerScore: c[8],
      agentFindings: c[9], customerFindings: c[10], dismissed: c[11], listen: c[12], judged: c[13],
      counted: c[14], asked: c[15], refused: c[16], page: c[17], unscored: c[18], sameAs: c[19],
      outcomes: c[20], times: c[21], missing: c[20].split("m").length - 1, words: ""
    };
  });
  var moments = data.moments.map(function (m) {
    calls[m[0]].words += "\n" + m[5].toLowerCase();
    return {
      call: calls[m[0]], title: m[1], role: m[2], named: m[3], start: m[4], quote: m[5],
      weight: m[6], status: m[7], answer: m[8], answeredBy: m[9]
    };
  });
  var good = data.good.map(function (m) {
    return { call: calls[m[0]], title: m[1], role: "agent", start: m[2], quote: m[3] };
  });

  // ---- small tools: everything that is shown goes in as text ------------------------------------
  function el(name, text, kind) {
    var node = document.createElement(name);
    if (text !== undefined && text !== null) node.textContent = String(text);
    if (kind) node.className = kind;
    return node;
  }
  function add(parent) {
    for (var i = 1; i < arguments.length; i++) parent.appendChild(arguments[i]);
    return parent;
  }
  function svg(name, attributes, text) {
    var node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (var key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return node;
  }
  function clear(node) { while (node.firstChild) node.removeChild(node.firstChild); return node; }
  function grouped(value, places) { return value.toFixed(places || 0).replace(/\B(?=(\d{3})+(?!\d))/g, ","); }
  function counted(number, noun) { return grouped(number) + " " + noun + (number === 1 ? "" : "s"); }
  function percent(value) { return value === null ? "–" : Math.floor(100 * value + 0.5) + " %"; }
  function clock(seconds) {
    var t = Math.max(0, Math.floor(seconds + 1e-6)), h = Math.floor(t / 3600);
    var two = function (n) { return (n < 10 ? "0" : "") + n; };
    return (h ? h + ":" : "") + two(Math.floor(t / 60) % 60) + ":" + two(t % 60);
  }
  function button(text, act) {
    var node = el("button", text, "link");
    node.type = "button";
    node.addEventListener("click", act);
    return node;
  }
  function when(call, seconds) {
    if (!call.page) return el("span", clock(seconds));
    var node = el("a", clock(seconds));
    node.href = call.page + "#t=" + seconds.toFixed(2);
    node.setAttribute("aria-label", "Open the call at " + clock(seconds));
    return node;
  }
  function callLink(call) {
    if (!call.page) return el("span", call.id);
    var node = el("a", call.id);
    node.href = call.page;
    return node;
  }

  // ---- counting, as figures.py does it ----------------------------------------------------------
  function Rate(count, of) {
    this.count = count; this.of = of;
    this.value = of ? count / of : null;
    if (!of) { this.low = 0; this.high = 1; return; }
    var p = count / of, scale = 1 + Z * Z / of, middle = (p + Z * Z / (2 * of)) / scale;
    var half = Z * Math.sqrt(p * (1 - p) / of + Z * Z / (4 * of * of)) / scale;
    this.low = Math.max(0, Math.min(middle - half, p));
    this.high = Math.min(1, Math.max(middle + half, p));
  }
  Rate.prototype.spread = function () {
    return this.of ? Math.floor(100 * this.low + 0.5) + "–" + Math.floor(100 * this.high + 0.5) + " %" : "no calls";
  };
  Rate.prototype.against = function (other) {
    if (!this.of || other === null || (this.low <= other && other <= this.high)) return "not told apart";
    return this.low > other ? "above" : "below";
  };
  function median(values) {
    if (!values.length) return null;
    var sorted = values.slice().sort(function (a, b) { return a - b; }), m = sorted.length >> 1;
    return sorted.length % 2 ? sorted[m] : (sorted[m - 1] + sorted[m]) / 2;
  }
  function count(list, test) { return list.filter(test).length; }
  function group(name, list) {
    var scored = list.filter(function (c) { return c.passed !== null; });
    var judged = list.filter(function (c) { return c.judged; });
    return {
      name: name, calls: list.length,
      hours: list.reduce(function (sum, c) { return sum + c.duration; }, 0) / 3600,
      passed: new Rate(count(scored, function (c) { return c.passed; }), scored.length),
      flagged: new Rate(count(judged, function (c) { return c.agentFindings > 0; }), judged.length),
      customer: new Rate(count(judged, function (c) { return c.customerFindings > 0; }), judged.length),
      score: median(scored.map(function (c) { return c.score; })),
      asked: count(list, function (c) { return c.asked > 0; }),
      refused: count(list, function (c) { return c.refused > 0; })
    };
  }
  function by(list, name) {
    var groups = new Map();
    list.forEach(function (c) {
      var key = name(c);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(c);
    });
    return groups;
  }
  function agentsOf(list, team, how) {
    var rows = [];
    by(list.filter(function (c) { return c.agent; }), function (c) { return c.agent; }).forEach(function (own, name) {
      var row = group(name, own);
      row.team = Array.from(new Set(own.map(function (c) { return c.team; }).filter(Boolean))).sort().join(", ");
      row.rank = null;
      rows.push(row);
    });
    var enough = function (r) { return r.passed.of >= Math.max(data.minCalls, 1); };
    var ranked = how.ranks ? rows.filter(enough) : [];
    ranked.sort(function (a, b) {
      return b.passed.value - a.passed.value || (b.score || 0) - (a.score || 0) || (a.name < b.name ? -1 : 1);
    });
    ranked.forEach(function (row, i) {
      row.rank = i && ranked[i - 1].passed.value === row.passed.value ? ranked[i - 1].rank : i + 1;
    });
    rows.forEach(function (row) {
      row.standing = !how.stands ? "" : enough(row) ? row.passed.against(team.passed.value) : "too few calls";
    });
    return rows;
  }
  function itemsOf(list, how) {
    return data.items.map(function (item, at) {
      var given = count(list, function (c) { return c.outcomes[at] === "g"; });
      var missing = count(list, function (c) { return c.outcomes[at] === "m"; });
      var rate = new Rate(given, given + missing), mark = item[4], standing = "";
      if (how.stands && mark !== null && rate.of) standing = rate.low >= mark ? "met" : rate.high < mark ? "not met" : "not told apart";
      return { at: at, title: item[1], side: item[2], weight: item[3], mark: mark, given: rate, of: rate.of,
               missing: missing, rate: rate.value, standing: standing };
    });
  }
  var DAY = 86400000;
  function periodsOf(list) {
    var dated = list.filter(function (c) { return c.day; });
    if (!dated.length) return { name: "", groups: [] };
    var days = dated.map(function (c) { return c.day; }).sort();
    var span = Math.round((Date.parse(days[days.length - 1]) - Date.parse(days[0])) / DAY);
    var name = span >= 189 ? "month" : span >= 31 ? "week" : "day";
    var key = function (c) {
      if (name === "month") return c.day.slice(0, 7);
      if (name === "day") return c.day;
      var time = Date.parse(c.day), weekday = (new Date(time).getUTCDay() + 6) % 7;
      return new Date(time - weekday * DAY).toISOString().slice(0, 10);
    };
    var groups = [];
    by(dated, key).forEach(function (own, label) { groups.push(group(label, own)); });
    groups.sort(function (a, b) { return a.name < b.name ? -1 : 1; });
    return { name: name, groups: groups };
  }

  // ---- which calls ------------------------------------------------------------------------------
  // Calls chosen by what was found in them pass or fail by that choice: it ranks nobody and measures
  // nothing. One agent alone has nobody to be ranked among.
  var chosen = calls, how = { ranks: true, stands: true };
  function fill(select, values) {
    values.forEach(function (value) {
      if (value === "" && values.length === 1) return;
      var option = el("option", value === "" ? "(none named)" : value);
      option.value = value === "" ? "\u0000" : value;
      select.appendChild(option);
    });
    if (select.options.length < 2) select.closest("label").hidden = true;
  }
  function choose() {
    var team = $("f-team").value, agent = $("f-agent").value, queue = $("f-queue").value;
    var from = $("f-from").value, to = $("f-to").value, what = $("f-what").value;
    var item = $("f-item").value, text = $("f-text").value.trim().toLowerCase();
    var is = function (wanted, value) { return !wanted || (wanted === "\u0000" ? value === "" : value === wanted); };
    var tests = {
      pass: function (c) { return c.passed === 1; }, fail: function (c) { return c.passed === 0; },
      none: function (c) { return c.passed === null; }, agent: function (c) { return c.agentFindings > 0; },
      customer: function (c) { return c.customerFindings > 0; }, dismissed: function (c) { return c.dismissed > 0; }
    };
    chosen = calls.filter(function (c) {
      return is(team, c.team) && is(agent, c.agent) && is(queue, c.queue) &&
        (!from || (c.day && c.day >= from)) && (!to || (c.day && c.day <= to)) &&
        (!what || tests[what](c)) && (!item || c.outcomes[parseInt(item, 10)] === "m") &&
        (!text || c.id.toLowerCase().indexOf(text) >= 0 || c.words.indexOf(text) >= 0);
    });
    var all = chosen.length === calls.length;
    how = { stands: all || !(what || item || text) };
    how.ranks = how.stands && (all || !agent);
    page = 0;
    shown = { agent: FIRST, customer: FIRST, good: FIRST };
    draw();
  }
  function setFilter(id, value) { $(id).value = value; choose(); }

  // ---- drawing ----------------------------------------------------------------------------------
  function rateCell(rate) {
    var cell = el("td", null, "n rate");
    return add(cell, el("span", percent(rate.value), "value"), document.createTextNode(" "), el("span", rate.spread(), "of"));
  }
  function barCell(rate, tick) {
    var cell = el("td", null, "bar");
    if (!rate.of) return cell;
    var track = add(cell, el("div", null, "track")).firstChild;
    var band = el("div", null, "band"), dot = el("div", null, "dot");
    band.style.left = 100 * rate.low + "%";
    band.style.width = 100 * (rate.high - rate.low) + "%";
    dot.style.left = 100 * rate.value + "%";
    add(track, band, dot);
    if (tick !== null && tick !== undefined) {
      var mark = el("div", null, "tick");
      mark.style.left = 100 * tick + "%";
      track.appendChild(mark);
    }
    return cell;
  }
  function tiles(team) {
    $("t-calls").textContent = grouped(team.calls);
    $("t-hours").textContent = grouped(team.hours, 1) + " h";
    $("t-passed").textContent = percent(team.passed.value);
    $("t-passed-of").textContent = team.passed.spread();
    $("t-score").textContent = percent(team.score);
    $("t-score-of").textContent = "of " + grouped(team.passed.of) + " scored";
    $("t-agent").textContent = percent(team.flagged.value);
    $("t-agent-of").textContent = team.flagged.spread();
    $("t-customer").textContent = percent(team.customer.value);
    $("t-customer-of").textContent = team.customer.spread();
    $("t-super").textContent = grouped(team.asked) + " / " + grouped(team.refused);
  }

  var SERIES = [["passed", "pass the rubric", "#2a5d3a"], ["flagged", "finding on the agent", "#1f4e79"],
                ["customer", "finding on the customer", "#96560a"]];
  function timeChart(list) {
    var found = periodsOf(list), groups = found.groups, figure = clear($("c-time"));
    if (!groups.length) { figure.appendChild(el("figcaption", "No dates are known for these calls.")); return; }
    var W = 820, H = 250, L = 44, R = 12, T = 12, B = 46, n = groups.length;
    var x = function (i) { return L + (W - L - R) * (i + 0.5) / n; };
    var y = function (v) { return T + (H - T - B) * (1 - v); };
    var text = groups.map(function (g) { return g.name + ": " + counted(g.calls, "call") + ", pass " + percent(g.passed.value); });
    var root = svg("svg", { viewBox: "0 0 " + W + " " + H, role: "img", "aria-label": "By " + found.name + ". " + text.slice(0, 60).join("; ") });
    [0, 0.25, 0.5, 0.75, 1].forEach(function (v) {
      add(root, svg("line", { x1: L, x2: W - R, y1: y(v), y2: y(v), stroke: v ? "#e8ebee" : "#1b1d21" }),
          svg("text", { x: L - 6, y: y(v) + 4, "text-anchor": "end", "font-size": 11, fill: "#4a4f57" }, 100 * v + " %"));
    });
    var room = Math.max(1, Math.ceil(n / 14)), step = (W - L - R) / n;
    SERIES.forEach(function (series, s) {
      var before = null, off = (s - 1) * Math.min(7, step / 5);
      groups.forEach(function (g, i) {
        var rate = g[series[0]];
        if (!rate.of) { before = null; return; }
        var px = x(i) + off, py = y(rate.value);
        root.appendChild(svg("line", { x1: px, x2: px, y1: y(rate.low), y2: y(rate.high), stroke: series[2], "stroke-width": 1.2, opacity: 0.45 }));
        if (before) root.appendChild(svg("line", { x1: before[0], y1: before[1], x2: px, y2: py, stroke: series[2], "stroke-width": 1.6 }));
        var dot = svg("circle", { cx: px, cy: py, r: 3.2, fill: series[2] });
        dot.appendChild(svg("title", {}, g.name + ": " + series[1] + " " + percent(rate.value) + " (" + rate.spread() + "), " + grouped(rate.count) + " of " + grouped(rate.of)));
        root.appendChild(dot);
        before = [px, py];
      });
    });
    groups.forEach(function (g, i) {
      if (i % room) return;
      add(root, svg("text", { x: x(i), y: H - B + 17, "text-anchor": "middle", "font-size": 11, fill: "#4a4f57" }, found.name === "month" ? g.name : g.name.slice(5)),
          svg("text", { x: x(i), y: H - B + 32, "text-anchor": "middle", "font-size": 10.5, fill: "#4a4f57" }, "n " + grouped(g.calls)));
    });
    var caption = el("figcaption");
    SERIES.forEach(function (series) {
      add(caption, el("span", null, "key " + (series[0] === "flagged" ? "agent" : series[0])), document.createTextNode(series[1]));
    });
    var undated = count(list, function (c) { return !c.day; });
    caption.appendChild(document.createTextNode(" · by " + (found.name === "week" ? "week, from its Monday" : found.name) +
      (groups.length ? ", " + groups[0].name.slice(0, 4) : "") + "; bars are intervals" + (undated ? "; " + counted(undated, "call") + " without a date" : "")));
    add(figure, root, caption);
  }
  function distChart(list) {
    var figure = clear($("c-dist")), bins = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    var scored = list.filter(function (c) { return c.passed !== null; });
    scored.forEach(function (c) { bins[Math.min(9, Math.floor(c.score * 10 + 1e-9))]++; });
    var W = 400, H = 250, L = 10, T = 22, B = 46, most = Math.max.apply(null, bins.concat([1]));
    var label = bins.map(function (b, i) { return 10 * i + " to " + 10 * (i + 1) + " %: " + grouped(b); }).join("; ");
    var root = svg("svg", { viewBox: "0 0 " + W + " " + H, role: "img", "aria-label": "Calls by score. " + label });
    var wide = (W - 2 * L) / 10;
    bins.forEach(function (b, i) {
      var high = (H - T - B) * b / most, px = L + i * wide;
      add(root, svg("rect", { x: px + 1.5, y: H - B - high, width: wide - 3, height: high, fill: "#5d7893" }),
          svg("text", { x: px, y: H - B + 17, "text-anchor": "middle", "font-size": 11, fill: "#4a4f57" }, 10 * i));
      if (b) root.appendChild(svg("text", { x: px + wide / 2, y: H - B - high - 5, "text-anchor": "middle", "font-size": 11, fill: "#1b1d21" }, grouped(b)));
    });
    add(root, svg("text", { x: W - L - 4, y: H - B + 17, "text-anchor": "middle", "font-size": 11, fill: "#4a4f57" }, "100"),
        svg("line", { x1: L, x2: W - L, y1: H - B, y2: H - B, stroke: "#1b1d21" }));
    add(figure, root, el("figcaption", "Calls by score in per cent" + (list.length - scored.length ? "; " + grouped(list.length - scored.length) + " not scored" : "")));
  }

  // ---- tables -----------------------------------------------------------------------------------
  var sorts = {};
  function sortable(id, key, descending, redraw) {
    sorts[id] = { key: key, down: descending };
    Array.prototype.forEach.call($(id).querySelectorAll("thead th[data-key]"), function (head) {
      var node = el("button", head.textContent);
      node.type = "button";
      clear(head).appendChild(node);
      node.addEventListener("click", function () {
        var sort = sorts[id], same = sort.key === head.dataset.key;
        sort.down = same ? !sort.down : head.classList.contains("n");
        sort.key = head.dataset.key;
        redraw();
      });
    });
  }
  function plainValue(row, key) {
    var value = row[key];
    return value instanceof Rate ? value.value : value;
  }
  function sorted(id, rows) {
    var sort = sorts[id];
    Array.prototype.forEach.call($(id).querySelectorAll("thead th[data-key]"), function (head) {
      if (head.dataset.key === sort.key) head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    if (!sort.key) return rows;
    return rows.map(function (row, at) { return [row, at]; }).sort(function (a, b) {
      var x = plainValue(a[0], sort.key), y = plainValue(b[0], sort.key);
      var nox = x === null || x === "", noy = y === null || y === "";
      if (nox || noy) return nox && noy ? a[1] - b[1] : nox ? 1 : -1;  // what is not known comes last
      var way = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y;
      return (sort.down ? -way : way) || a[1] - b[1];
    }).map(function (pair) { return pair[0]; });
  }
  function drawItems(list) {
    var body = clear($("items-table").tBodies[0]);
    sorted("items-table", itemsOf(list, how)).forEach(function (item) {
      var head = el("th"), missing = el("td", null, "n");
      head.scope = "row";
      head.textContent = item.title;
      if (item.missing) {
        var node = button(grouped(item.missing), function () { setFilter("f-item", String(item.at)); $("calls").scrollIntoView(); });
        node.setAttribute("aria-label", counted(item.missing, "call") + " in which it is missing: " + item.title);
        missing.appendChild(node);
      } else missing.textContent = "0";
      add(body, add(el("tr"), head, el("td", item.side, "who " + item.side), el("td", item.weight, "n"), el("td", grouped(item.of), "n"),
          missing, rateCell(item.given), barCell(item.given, item.mark), el("td", percent(item.mark), "n"),
          el("td", item.standing, item.standing.replace(" ", ""))));
    });
  }
  function drawAgents(list, team) {
    var body = clear($("agents-table").tBodies[0]), rows = agentsOf(list, team, how);
    rows.sort(function (a, b) { return (a.rank || 1e9) - (b.rank || 1e9) || (a.name < b.name ? -1 : 1); });
    sorted("agents-table", rows).forEach(function (row) {
      var head = el("th");
      head.scope = "row";
      head.appendChild(button(row.name, function () { setFilter("f-agent", row.name); }));
      add(body, add(el("tr"), el("td", row.rank || "–", "n"), head, el("td", row.team), el("td", grouped(row.calls), "n"), rateCell(row.passed),
          barCell(row.passed, team.passed.value), el("td", row.standing, row.standing), el("td", percent(row.score), "n"),
          rateCell(row.flagged), rateCell(row.customer)));
    });
    if (!rows.length) {
      var none = el("td", "No agent is named in these calls.");
      none.colSpan = 10;
      add(body, add(el("tr"), none));
    }
  }
  var shown = { agent: FIRST, customer: FIRST, good: FIRST };
  function drawMoments() {
    var inside = new Set(chosen.filter(function (c) { return c.counted; }).map(function (c) { return c.at; }));
    var here = function (m) { return inside.has(m.call.at); };
    var lists = {
      agent: moments.filter(function (m) { return m.role === "agent" && here(m); }),
      customer: moments.filter(function (m) { return m.role === "customer" && here(m); }),
      good: good.filter(here)
    };
    Object.keys(lists).forEach(function (side) {
      var list = clear($("m-" + side)), all = lists[side];
      all.slice(0, shown[side]).forEach(function (m) {
        var entry = el("li"), where = el("span", null, "where");
        entry.appendChild(el("span", m.title + (m.status === "confirmed" ? " (confirmed)" : ""), "what"));
        entry.appendChild(el("span", "“" + m.quote + "”"));
        add(where, when(m.call, m.start), document.createTextNode(" · "), callLink(m.call));
        var more = [m.call.agent, m.call.day].filter(Boolean).join(" · ");
        if (side === "agent" && !m.named) more += (more ? " · " : "") + "a second voice, not counted for the agent named";
        if (more) where.appendChild(document.createTextNode(" · " + more));
        entry.appendChild(where);
        if (m.answer) entry.appendChild(el("span", m.answeredBy + " answers: " + m.answer, "answer"));
        list.appendChild(entry);
      });
      if (!all.length) list.appendChild(el("li", "None in these calls."));
      $("m-" + side + "-more").hidden = all.length <= shown[side];
      $("m-" + side + "-more").textContent = "More (" + grouped(all.length - shown[side]) + ")";
    });
  }
  var page = 0, open = {};
  function detail(call) {
    var cell = el("td"), list = el("ul", null, "outcomes");
    cell.colSpan = 13;
    if (call.unscored) cell.appendChild(el("p", "Not scored: " + call.unscored + "."));
    if (call.sameAs) cell.appendChild(el("p", "The same recording as " + call.sameAs + ", which counts in its place."));
    data.items.forEach(function (item, i) {
      var entry = el("li", null, call.outcomes[i] === "-" ? "" : call.outcomes[i]);
      add(entry, el("span", NAMES[call.outcomes[i]], "mark"), document.createTextNode(item[1] + " "));
      if (call.times[i] !== null) entry.appendChild(when(call, call.times[i]));
      list.appendChild(entry);
    });
    return add(el("tr", null, "detail"), add(cell, list));
  }
  function drawCalls() {
    var body = clear($("calls-table").tBodies[0]), rows = sorted("calls-table", chosen);
    var pages = Math.max(1, Math.ceil(rows.length / PAGE));
    page = Math.min(page, pages - 1);
    rows.slice(page * PAGE, (page + 1) * PAGE).forEach(function (call) {
      var toggle = el("button", open[call.at] ? "Hide" : "Items"), row = el("tr"), name = el("th");
      toggle.type = "button";
      toggle.setAttribute("aria-expanded", String(!!open[call.at]));
      toggle.setAttribute("aria-label", "Items of " + call.id);
      toggle.addEventListener("click", function () {
        open[call.at] = !open[call.at];
        drawCalls();
        var again = document.querySelector('#calls-table button[data-at="' + call.at + '"]');
        if (again) again.focus();
      });
      toggle.dataset.at = call.at;
      name.scope = "row";
      name.appendChild(callLink(call));
      var passed = call.passed === null ? "–" : call.passed ? "yes" : "no";
      add(row, el("td", call.day || "–", "d"), name, el("td", call.agent), el("td", call.team), el("td", call.queue),
          el("td", clock(call.duration), "n"), el("td", percent(call.score), "n"),
          el("td", call.counted ? passed : "counted once", call.passed === 0 ? "below" : ""), el("td", call.missing, "n"),
          el("td", call.agentFindings || "", "n"), el("td", call.customerFindings || "", "n"), el("td", call.listen || "", "n"),
          add(el("td"), toggle));
      body.appendChild(row);
      if (open[call.at]) body.appendChild(detail(call));
    });
    $("p-at").textContent = rows.length ? grouped(page * PAGE + 1) + "–" + grouped(Math.min(rows.length, (page + 1) * PAGE)) + " of " + grouped(rows.length) : "No calls";
    $("p-back").disabled = page === 0;
    $("p-next").disabled = page >= pages - 1;
  }
  // An agent is held against all calls, not against the chosen ones, which may be its own.
  var everything = group("", calls.filter(function (c) { return c.counted; }));
  function ofWhat(list, beside) {
    if (chosen.length === calls.length) return "";
    var text = "Counted here: the " + counted(list.length, "call") + " chosen above. ";
    if (!how.stands) return text + "They were chosen by what was found or said in them, so their rates say nothing of anybody’s work, and nobody is ranked or held against a mark.";
    return text + beside + (how.ranks || !beside ? "" : "One agent’s calls are not ranked.");
  }
  function draw() {
    var list = chosen.filter(function (c) { return c.counted; }), team = group("", list);
    $("f-count").textContent = chosen.length === calls.length ? "All " + counted(calls.length, "call") : grouped(chosen.length) + " of " + counted(calls.length, "call");
    $("items-of").textContent = ofWhat(list, "");
    $("agents-of").textContent = ofWhat(list, "The dashed line and “Against all” are the " + grouped(everything.passed.of) + " scored calls of the whole audit. ");
    tiles(team);
    timeChart(list);
    distChart(list);
    drawItems(list);
    drawAgents(list, everything);
    drawMoments();
    drawCalls();
  }

  // ---- start ------------------------------------------------------------------------------------
  Array.prototype.forEach.call(document.querySelectorAll(".js"), function (node) { node.hidden = false; });
  fill($("f-team"), data.teams);
  fill($("f-agent"), data.agents);
  fill($("f-queue"), data.queues);
  data.items.forEach(function (item, i) {
    var option = el("option", "missing: " + item[1]);
    option.value = String(i);
    $("f-item").appendChild(option);
  });
  var all = function () { draw(); };
  sortable("items-table", "", false, all);
  sortable("agents-table", "", false, all);
  sortable("calls-table", "", false, function () { page = 0; drawCalls(); });
  ["f-team", "f-agent", "f-queue", "f-from", "f-to", "f-what", "f-item"].forEach(function (id) { $(id).addEventListener("change", choose); });
  var waiting = null;
  $("f-text").addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(choose, 150); });
  $("filters").addEventListener("submit", function (event) { event.preventDefault(); choose(); });
  $("f-clear").addEventListener("click", function () { $("filters").reset(); choose(); });
  $("p-back").addEventListener("click", function () { page--; drawCalls(); });
  $("p-next").addEventListener("click", function () { page++; drawCalls(); });
  ["agent", "customer", "good"].forEach(function (side) {
    $("m-" + side + "-more").addEventListener("click", function () { shown[side] += 4 * FIRST; drawMoments(); });
  });
  draw();
})();
