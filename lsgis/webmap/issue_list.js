/* The list of issues: filters, a stretch of rows around what is looked at, the one that is chosen. */
"use strict";
lsgis.BATCH = 150;
lsgis.seen = []; // issues that the filters leave, the gravest first
lsgis.stretch = [0, 0]; // from which to which of them there are rows: thousands are slow to lay out
lsgis.chosen = -1;

lsgis.startList = () => {
  const box = document.getElementById("found");
  const part = (css) => box.querySelector(css);
  lsgis.list = {
    box, form: part("form"), rows: part("tbody"), more: part(".found-after"), before: part(".found-before"),
    count: part(".found-count"), scroll: part(".found-rows"),
  };
  const { form, rows, more, scroll } = lsgis.list;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", lsgis.filter);
  form.addEventListener("input", ({ target }) => {
    clearTimeout(lsgis.typing);
    if (target.name === "text") lsgis.typing = setTimeout(lsgis.filter, 120);
  });
  rows.addEventListener("click", ({ target }) => lsgis.chooseRow(target.closest("tr")));
  rows.addEventListener("keydown", lsgis.steer);
  more.addEventListener("click", () => lsgis.addRows(lsgis.stretch[1] + lsgis.BATCH));
  lsgis.list.before.addEventListener("click", () => lsgis.addBefore());
  scroll.addEventListener("scroll", () => {
    if (scroll.scrollTop + scroll.clientHeight > scroll.scrollHeight - 400) more.hidden || more.click();
  });
  lsgis.listenPaper();
  lsgis.filter();
};

/* What is asked for: every severity ticked, one code, one layer, words in any order. */
lsgis.filter = () => {
  const { form, scroll } = lsgis.list;
  const { issues, codes, words } = lsgis.content;
  const asked = new FormData(form);
  const severities = asked.getAll("severity");
  const plain = (text) => text.normalize("NFC").toLowerCase();
  const wanted = plain(asked.get("text")).split(/\s+/).filter(Boolean);
  const told = (issue) => plain([issue.code, codes[issue.code], issue.key, issue.name, issue.message].join(" "));
  lsgis.seen = [...issues.keys()].filter((i) => {
    const issue = issues[i];
    if (!severities.includes(issue.severity)) return false;
    if (asked.get("code") && issue.code !== asked.get("code")) return false;
    if (asked.get("layer") && issue.layer !== asked.get("layer")) return false;
    return !wanted.length || wanted.every((word) => told(issue).includes(word));
  });
  const rank = { error: 0, warning: 1, note: 2 };
  lsgis.seen.sort((a, b) => rank[issues[a].severity] - rank[issues[b].severity] || a - b);
  lsgis.startRows(0);
  scroll.scrollTop = 0;
  const count = words.count.replace("{shown}", lsgis.seen.length).replace("{total}", issues.length);
  lsgis.list.count.textContent = issues.length ? count : words.none;
  lsgis.showMarks(lsgis.seen);
  if (lsgis.chosen >= 0 && !lsgis.seen.includes(lsgis.chosen)) lsgis.forget();
};

lsgis.forget = () => {
  lsgis.chosen = -1;
  lsgis.lights.forEach((light) => light.remove());
  lsgis.map.closePopup();
};

/* Rows anew, from this one on. */
lsgis.startRows = (from) => {
  lsgis.list.rows.replaceChildren();
  lsgis.stretch = [from, from];
  lsgis.addRows(from + lsgis.BATCH);
};

lsgis.addRows = (upTo) => {
  const next = lsgis.seen.slice(lsgis.stretch[1], upTo);
  lsgis.list.rows.append(...next.map(lsgis.writeRow));
  lsgis.stretch[1] += next.length;
  lsgis.tellLeft();
};

lsgis.addBefore = () => {
  const from = Math.max(0, lsgis.stretch[0] - lsgis.BATCH);
  lsgis.list.rows.prepend(...lsgis.seen.slice(from, lsgis.stretch[0]).map(lsgis.writeRow));
  lsgis.stretch[0] = from;
  lsgis.tellLeft();
};

lsgis.tellLeft = () => {
  const { before, more } = lsgis.list;
  const { words } = lsgis.content;
  const left = [lsgis.stretch[0], lsgis.seen.length - lsgis.stretch[1]];
  [[before, "before"], [more, "more"]].forEach(([button, word], n) => {
    button.hidden = !left[n];
    button.textContent = words[word].replace("{count}", left[n]);
  });
};

lsgis.writeRow = (i) => {
  const { make, content } = lsgis;
  const issue = content.issues[i];
  const what = make("td", "", make("b", "", content.codes[issue.code]), make("small", "", issue.code), issue.message);
  if (issue.usual) {
    const said = `${content.words.usual}: ${content.severities[issue.usual]}`;
    what.append(make("small", "", [said, issue.reason].filter(Boolean).join(". ")));
  }
  what.append(make("div", "todo", `→ ${content.todos[issue.todo]}`));
  const whose = make("td", "", issue.name || issue.key || content.words.whole);
  whose.append(make("small", "", [issue.name && issue.key, content.layers[issue.layer]].filter(Boolean).join(" · ")));
  if (!lsgis.marks[i].dot) whose.append(make("small", "", content.words["no-place"]));
  const row = make("tr", "", make("td", "", String(i + 1)), make("td", "", lsgis.severity(issue)), what, whose);
  row.dataset.issue = i;
  row.tabIndex = 0;
  if (i === lsgis.chosen) lsgis.markRow(row);
  return row;
};

lsgis.markRow = (row) => {
  for (const other of lsgis.list.rows.querySelectorAll(".chosen")) {
    other.classList.remove("chosen");
    other.removeAttribute("aria-current");
  }
  row.classList.add("chosen");
  row.setAttribute("aria-current", "true");
};

lsgis.chooseRow = (row) => row && lsgis.choose(Number(row.dataset.issue), { zoom: true });

/* One issue in both: its row marked and in view, its place lit, its card open. */
lsgis.choose = (i, { zoom }) => {
  const place = lsgis.seen.indexOf(i);
  if (place < 0) return;
  if (place < lsgis.stretch[0] || place >= lsgis.stretch[1]) {
    lsgis.startRows(Math.max(0, place - Math.round(lsgis.BATCH / 3)));
  }
  lsgis.chosen = i;
  const row = lsgis.list.rows.querySelector(`tr[data-issue="${i}"]`);
  lsgis.markRow(row);
  if (!zoom) row.scrollIntoView({ block: "center" });
  else lsgis.zoomTo(i);
  lsgis.lightUp(i);
  lsgis.openCard(i);
};

/* Enter chooses a row, the arrows go to the next and choose it. */
lsgis.steer = (event) => {
  const row = event.target.closest("tr");
  if (!row) return;
  const ways = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling };
  const next = ["Enter", " "].includes(event.key) ? row : ways[event.key];
  if (!next) return;
  event.preventDefault();
  next.focus();
  lsgis.chooseRow(next);
};

/* Paper gets every row, and the map as it was seen in the shape it has there. */
lsgis.listenPaper = () => {
  let seen = null;
  const fit = (bounds) => {
    lsgis.map.invalidateSize({ pan: false, animate: false });
    lsgis.map.fitBounds(bounds, { animate: false });
    lsgis.declutter();
  };
  window.addEventListener("beforeprint", () => {
    seen = lsgis.map.getBounds();
    lsgis.startRows(0);
    lsgis.addRows(lsgis.seen.length);
    document.body.classList.add("found-printing");
    fit(seen);
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("found-printing");
    fit(seen);
  });
};
