/* Features of the layers, drawn into Leaflet groups.
   Text from data only ever becomes text nodes: nothing here reads it as HTML. */
"use strict";
const lsgis = { layers: new Map(), owners: new WeakMap(), map: null, settings: null };

lsgis.begin = (map, settings) => {
  lsgis.map = map;
  lsgis.settings = settings;
  map.createPane("ground").style.cssText = "z-index:390;pointer-events:none";
  map.createPane("label").style.cssText = "z-index:640;pointer-events:none";
};

lsgis.make = (tag, className, ...content) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
};

/* The drawing of a look, as it stands in the legend. */
lsgis.swatch = (feature, spec) =>
  document.querySelector(`[data-look="${spec.name}-${feature.look}"] svg`).cloneNode(true);

lsgis.fill = (group, spec) => {
  lsgis.layers.set(spec.name, group);
  for (const feature of spec.features) {
    const draw = feature.at ? lsgis.drawPoints : feature.lines ? lsgis.drawLines : lsgis.drawAreas;
    draw(feature, spec, group);
    if (feature.label) lsgis.drawLabel(feature, spec, group);
    if (feature.areas && spec.name === lsgis.settings.ground) lsgis.drawGround(feature);
  }
  for (const steps of spec.borders) {
    const look = { ...spec.looks[0], stroke: true, fill: false, className: "border" };
    const options = { ...look, pane: lsgis.pane(spec.name, 401), interactive: false };
    L.polyline(lsgis.trace(steps), options).addTo(group);
  }
};

/* One pane a layer, so that switching layers never changes what lies above what. */
lsgis.pane = (name, base) => {
  const { map, layers } = lsgis;
  if (!map.getPane(`${name}-${base}`)) {
    map.createPane(`${name}-${base}`).style.zIndex = base + layers.size;
  }
  return `${name}-${base}`;
};

/* Longitude, latitude in steps of the grid, each pair relative to the one before. */
lsgis.trace = (steps) => {
  const corners = [];
  for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    corners.push([y / lsgis.settings.grid, x / lsgis.settings.grid]);
  }
  return corners;
};

lsgis.drawPoints = (feature, spec, group) => {
  for (const steps of feature.at) {
    const html = lsgis.swatch(feature, spec);
    const icon = L.divIcon({ html, className: `point layer-${spec.name}`, iconSize: [20, 20] });
    const options = { icon, pane: lsgis.pane(spec.name, 560), riseOnHover: true };
    lsgis.present(L.marker(lsgis.trace(steps)[0], options), feature, spec, group);
  }
};

lsgis.drawLines = (feature, spec, group) => {
  const { casing, ...look } = spec.looks[feature.look];
  const lines = feature.lines.map(lsgis.trace);
  const options = { ...look, pane: lsgis.pane(spec.name, 500), interactive: false };
  if (casing) {
    const white = { ...options, color: "#fff", weight: look.weight + 2 * casing, className: "casing" };
    L.polyline(lines, white).addTo(group);
  }
  L.polyline(lines, { ...options, className: `layer-${spec.name}` }).addTo(group);
  const reach = { ...options, opacity: 0, weight: look.weight + 9, dashArray: null };
  const hit = L.polyline(lines, { ...reach, interactive: true, className: "hit" });
  hit.moods = [{ opacity: 0 }, { opacity: 0.3 }];
  lsgis.present(hit, feature, spec, group);
};

lsgis.drawAreas = (feature, spec, group) => {
  const areas = feature.areas.map((rings) => rings.map(lsgis.trace));
  const look = { ...spec.looks[feature.look], className: `layer-${spec.name}` };
  const shape = L.polygon(areas, { ...look, pane: lsgis.pane(spec.name, 401) });
  const { stroke, weight, fillOpacity } = look;
  const lit = { stroke: true, weight: weight + 1.5, fillOpacity: Math.min(1, fillOpacity + 0.12) };
  shape.moods = [{ stroke, weight, fillOpacity }, lit];
  lsgis.present(shape, feature, spec, group);
};

/* White land under everything, whatever is switched on above it. */
lsgis.drawGround = (feature) => {
  const areas = feature.areas.map((rings) => rings.map(lsgis.trace));
  L.polygon(areas, { className: "ground", pane: "ground", interactive: false }).addTo(lsgis.map);
};

lsgis.drawLabel = (feature, spec, group) => {
  const kind = feature.areas ? "area" : feature.at ? "point" : "line";
  const html = lsgis.make("span", "", feature.name);
  const icon = L.divIcon({ html, className: `label ${kind}`, iconSize: [0, 0] });
  const [x, y] = feature.label;
  L.marker([y, x], { icon, pane: "label", interactive: false, keyboard: false }).addTo(group);
};

/* Names: points first, then lines and polygons, each only where no name stands yet,
   and beside the symbols rather than on them where there is room. */
lsgis.declutter = () => {
  lsgis.map.getContainer().classList.toggle("near", lsgis.map.getZoom() > 10.5);
  const kinds = ["neighbour", "point", "line", "area"];
  const rank = (element) => kinds.findIndex((kind) => element.classList.contains(kind));
  const labels = [...lsgis.map.getPane("label").children].sort((a, b) => rank(a) - rank(b));
  labels.forEach((element) => (element.firstChild.style.translate = ""));
  const box = (element) => element.getBoundingClientRect();
  const stage = box(lsgis.map.getContainer());
  const symbols = [...document.querySelectorAll(".point.leaflet-marker-icon svg")].map(box);
  const taken = [];
  const boxes = labels.map((element) => box(element.firstChild));
  labels.forEach((element, i) => {
    const place = lsgis.placeLabel(boxes[i], taken, symbols, element.classList, stage);
    element.classList.toggle("hidden", !place);
    if (!place) return;
    element.firstChild.style.translate = `0 ${place.shift}px`;
    taken.push(place.box);
  });
};

/* The first place for a label, a little up or down, that is free; null where there is none. */
lsgis.placeLabel = (box, taken, symbols, kind, stage) => {
  const meets = (a) => (b) =>
    a.left < b.right + 3 && b.left < a.right + 3 && a.top < b.bottom && b.top < a.bottom;
  const shifts = kind.contains("neighbour") ? [0] : kind.contains("point") ? [0, -32] : [0, -13, 13];
  const places = shifts.map((shift) => {
    const { left, right } = box;
    return { shift, box: { left, right, top: box.top + shift, bottom: box.bottom + shift } };
  });
  const free = places.filter((place) => !taken.some(meets(place.box)));
  if (kind.contains("neighbour")) {
    return box.left > stage.left && box.right < stage.right && box.bottom < stage.bottom ? free[0] : null;
  }
  return free.find((place) => !symbols.some(meets(place.box))) || free[0];
};
