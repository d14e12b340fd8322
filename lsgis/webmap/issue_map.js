/* Issues on a map: outlines below, a shape and a dot for each issue, one card at a time.
   Text from data only ever becomes text nodes: nothing here reads it as HTML. */
"use strict";
lsgis.colors = { error: "#b3123c", warning: "#d07a00", note: "#2c6e9b" };
lsgis.marks = [];
lsgis.features = new Map();
lsgis.lights = [];
lsgis.grounds = [];
lsgis.SEEN_M = 30; // nothing is shown so near that its surroundings are lost
lsgis.AROUND_M = 600;

lsgis.showIssues = (content) => {
  lsgis.content = content;
  const map = L.map("found-map", { zoomControl: false, zoomSnap: 0.25, minZoom: 3, maxZoom: 23 });
  lsgis.begin(map, { grid: content.grid });
  lsgis.canvas = L.canvas({ padding: 0.3, tolerance: 3 }); // one: on paper the upper of two hides the lower
  lsgis.group = L.layerGroup().addTo(map);
  lsgis.card = L.popup({ minWidth: 220, autoPanPadding: [20, 20] });
  lsgis.showHome();
  content.outlines.forEach(lsgis.drawOutline);
  content.issues.forEach(lsgis.drawMark);
  lsgis.addFurniture();
  lsgis.startList();
  map.on("zoomend resize moveend", () => {
    cancelAnimationFrame(lsgis.waiting);
    lsgis.waiting = requestAnimationFrame(lsgis.declutter);
  });
  map.on("popupopen", ({ popup }) => {
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) close.setAttribute("aria-label", content.words.close);
  });
  lsgis.declutter();
};

lsgis.showHome = () => {
  const room = { paddingTopLeft: [12, 12], paddingBottomRight: [12, 48], animate: false };
  lsgis.map.fitBounds(lsgis.content.bounds, room);
};

lsgis.drawOutline = (outline, index) => {
  const lines = outline.features.flatMap((feature) => (feature.lines || []).map(lsgis.trace));
  const ground = outline.areal && index === 0;
  const look = outline.backdrop
    ? { color: "#9fb0b5", weight: ground ? 1 : 1.6 }
    : { color: "#3f535a", weight: 1.2 };
  const options = { ...look, renderer: lsgis.canvas, interactive: false, fill: ground };
  Object.assign(options, { fillColor: "#fefdf9", fillOpacity: 1, smoothFactor: 0.6 });
  // each ring a polygon of its own: the even-odd rule makes holes of the inner ones
  const shape = outline.areal ? L.polygon(lines.map((line) => [line]), options) : L.polyline(lines, options);
  if (lines.length) lsgis.grounds.unshift(shape.addTo(lsgis.map));
  for (const feature of outline.features) {
    if (feature.key) lsgis.features.set(`${outline.layer}\n${feature.key}`, feature);
    for (const steps of feature.at || []) {
      const dot = { ...options, radius: 3, fill: true, fillColor: "#fff" };
      L.circleMarker(lsgis.trace(steps)[0], dot).addTo(lsgis.map);
    }
  }
  for (const [name, x, y] of outline.labels) {
    lsgis.drawLabel({ name, areas: true, label: [x, y] }, null, lsgis.map);
  }
};

/* The shape and the dot of an issue; neither where it has no place. */
lsgis.drawMark = (issue, i) => {
  const color = lsgis.colors[issue.severity];
  const parts = (issue.shape || []).flatMap((part) => {
    const look = { color, weight: 2, fillColor: color, fillOpacity: 0.3, renderer: lsgis.canvas };
    if (part.areas) return [L.polygon(part.areas.map((rings) => rings.map(lsgis.trace)), look)];
    return part.lines ? [L.polyline(part.lines.map(lsgis.trace), { ...look, weight: 4 })] : [];
  });
  const radius = { error: 7, warning: 6, note: 5 }[issue.severity];
  const look = { radius, color: "#fff", weight: 1.5, fillColor: color, fillOpacity: 1 };
  const at = issue.at && [issue.at[1], issue.at[0]];
  const dot = at ? L.circleMarker(at, { ...look, renderer: lsgis.canvas }) : null;
  for (const mark of [...parts, dot]) {
    if (mark) mark.on("click", (event) => {
      L.DomEvent.stop(event);
      lsgis.choose(i, { zoom: false });
    });
  }
  lsgis.marks.push({ parts, dot });
};

/* Only these issues on the map: shapes below dots, notes below errors. */
lsgis.showMarks = (indices) => {
  lsgis.group.clearLayers();
  const { issues } = lsgis.content;
  const rank = { note: 0, warning: 1, error: 2 };
  const order = [...indices].sort((a, b) => rank[issues[a].severity] - rank[issues[b].severity]);
  for (const i of order) lsgis.marks[i].parts.forEach((part) => lsgis.group.addLayer(part));
  for (const i of order) if (lsgis.marks[i].dot) lsgis.group.addLayer(lsgis.marks[i].dot);
};

/* Lines of the features an issue speaks of, where they are drawn. */
lsgis.linesOf = (issue) =>
  issue.keys.flatMap((key) => {
    const feature = lsgis.features.get(`${issue.layer}\n${key}`) || {};
    return [...(feature.lines || []), ...(feature.at || [])].map(lsgis.trace);
  });

/* What to look at for an issue; null when it has no place. */
lsgis.boundsOf = (i) => {
  const issue = lsgis.content.issues[i];
  const shapes = lsgis.marks[i].parts.map((part) => part.getBounds());
  const lines = lsgis.linesOf(issue);
  if (shapes.length) return shapes.reduce((all, one) => all.extend(one), L.latLngBounds(shapes[0]));
  if (lines.length && (issue.whole || !issue.at)) return L.latLngBounds(lines.flat());
  return issue.at ? L.latLng(issue.at[1], issue.at[0]).toBounds(lsgis.AROUND_M) : null;
};

lsgis.lightUp = (i) => {
  const issue = lsgis.content.issues[i];
  lsgis.lights.forEach((light) => light.remove());
  const look = { color: "#0b6475", interactive: false, renderer: lsgis.canvas, fill: false };
  const lines = lsgis.linesOf(issue).filter((line) => line.length > 1);
  lsgis.lights = lines.length ? [L.polyline(lines, { ...look, weight: 3 })] : [];
  const { dot } = lsgis.marks[i];
  if (dot) lsgis.lights.push(L.circleMarker(dot.getLatLng(), { ...look, radius: 13, weight: 3 }));
  lsgis.lights.forEach((light) => light.addTo(lsgis.map).bringToBack());
  lsgis.grounds.forEach((ground) => ground.bringToBack()); // topmost first: their order stays
};

lsgis.zoomTo = (i) => {
  const bounds = lsgis.boundsOf(i);
  if (!bounds) return lsgis.showHome();
  const near = bounds.getCenter().toBounds(lsgis.SEEN_M);
  const whole = L.latLngBounds(bounds).extend(near);
  return lsgis.map.fitBounds(whole.pad(0.35), { animate: false });
};

lsgis.openCard = (i) => {
  const { dot } = lsgis.marks[i];
  const bounds = dot ? null : lsgis.boundsOf(i);
  if (!dot && !bounds) return lsgis.map.closePopup();
  const room = lsgis.map.getSize();
  lsgis.card.options.maxWidth = Math.min(340, room.x - 90);
  lsgis.card.options.maxHeight = Math.min(380, room.y - 60);
  lsgis.card.setLatLng(dot ? dot.getLatLng() : bounds.getCenter());
  return lsgis.card.setContent(lsgis.writeCard(i)).openOn(lsgis.map);
};

lsgis.writeCard = (i) => {
  const { make, content } = lsgis;
  const issue = content.issues[i];
  const list = make("dl");
  const tell = (title, value) => value && list.append(make("dt", "", title), make("dd", "", value));
  const { words } = content;
  tell(words.features, [content.layers[issue.layer], issue.key, issue.name].filter(Boolean).join(" · "));
  if (issue.metres) tell(words.coordinates, `${issue.metres[0]} ${words.east}  ${issue.metres[1]} ${words.north}`);
  if (issue.at) tell(words.degrees, lsgis.degrees(issue.at[1], issue.at[0]));
  if (issue.usual) tell(words.usual, content.severities[issue.usual]);
  if (issue.reason) tell(words.reason, issue.reason);
  const card = make(
    "div", "found-card", lsgis.severity(issue, `#${i + 1} · ${issue.code}`),
    make("h3", "", content.codes[issue.code]), make("p", "", issue.message),
    make("p", "", `→ ${content.todos[issue.todo]}`), list,
  );
  const others = lsgis.othersAt(i);
  if (others.length) card.append(make("div", "found-also", make("p", "", words["also-here"]), ...others));
  return card;
};

lsgis.severity = (issue, more) => {
  const { make, content } = lsgis;
  const dot = make("span", `found-dot ${issue.severity}`);
  dot.setAttribute("aria-hidden", "true");
  const said = [content.severities[issue.severity], more].filter(Boolean).join(" ");
  return make("div", `severity ${issue.severity}`, dot, said);
};

/* Buttons for the issues under the same dot. */
lsgis.othersAt = (i) => {
  const place = (n) => lsgis.map.latLngToContainerPoint(lsgis.marks[n].dot.getLatLng());
  if (!lsgis.marks[i].dot) return [];
  const here = place(i);
  const near = lsgis.seen.filter((n) => n !== i && lsgis.marks[n].dot && place(n).distanceTo(here) < 7);
  return near.slice(0, 30).map((n) => {
    const issue = lsgis.content.issues[n];
    const said = `#${n + 1} ${lsgis.content.codes[issue.code]} ${issue.key}`;
    const dot = lsgis.make("span", `found-dot ${issue.severity}`);
    const button = lsgis.make("button", "", dot, said);
    button.type = "button";
    button.addEventListener("click", (event) => {
      event.stopPropagation(); // the button leaves the card: Leaflet must not take it for the map
      lsgis.choose(n, { zoom: false });
    });
    return button;
  });
};

lsgis.degrees = (lat, lng) => {
  const { decimal, words } = lsgis.content;
  const said = (value) => value.toFixed(6).replace(".", decimal);
  return `${said(lat)}° ${words.north}  ${said(lng)}° ${words.east}`;
};

lsgis.addFurniture = () => {
  const { map, make, content } = lsgis;
  const { words } = content;
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  L.control.zoom({ zoomInTitle: words["zoom-in"], zoomOutTitle: words["zoom-out"] }).addTo(map);
  const home = make("button", "", "⌂");
  Object.assign(home, { type: "button", title: words.home });
  home.setAttribute("aria-label", words.home);
  home.addEventListener("click", lsgis.showHome);
  const place = (position, element) => {
    const control = L.control({ position });
    control.onAdd = () => L.DomEvent.disableClickPropagation(element) && element;
    control.addTo(map);
  };
  place("topleft", make("div", "leaflet-bar found-bar", home));
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  const where = make("output", "where");
  place("bottomleft", where);
  map.on("mousemove", ({ latlng }) => (where.textContent = lsgis.degrees(latlng.lat, latlng.lng)));
  map.on("mouseout", () => (where.textContent = ""));
};
