/* Cards: what the page knows of the features under the pointer, and how far to trust their place. */
"use strict";
lsgis.here = [];
lsgis.ring = null;

/* Add a shape that shows its name when pointed at and its card when chosen. */
lsgis.present = (shape, feature, spec, group) => {
  shape.known = { feature, spec };
  shape.on("add", () => {
    lsgis.owners.set(shape.getElement(), shape);
    if (feature.at) shape.getElement().setAttribute("aria-label", feature.name || spec.title);
  });
  shape.on("click", (event) => (lsgis.here = lsgis.shapesAt(event.originalEvent, shape)));
  shape.on("keypress", () => (lsgis.here = [shape]));
  shape.bindPopup(() => lsgis.write(lsgis.make("div", "card"), shape), {
    maxWidth: 340,
    minWidth: 240,
    maxHeight: 420,
    autoPanPadding: [24, 24],
  });
  if (feature.name) {
    const options = { sticky: !feature.at, direction: "top", offset: [0, -8] };
    shape.bindTooltip(() => lsgis.make("span", "", feature.name), options);
  }
  shape.addTo(group);
};

/* Everything drawn under the pointer, topmost first, each feature once. */
lsgis.shapesAt = (event, chosen) => {
  const found = new Map([[chosen.known.feature, chosen]]);
  for (const element of document.elementsFromPoint(event.clientX, event.clientY)) {
    const shape = lsgis.owners.get(element.closest(".leaflet-interactive"));
    if (shape && !found.has(shape.known.feature)) found.set(shape.known.feature, shape);
  }
  return [...found.values()];
};

lsgis.write = (card, shape) => {
  const { make, settings } = lsgis;
  const { feature, spec } = shape.known;
  const list = make("dl");
  spec.titles.forEach((title, i) => {
    const value = feature.values[i];
    if (!value && i === spec.titles.length - 1) return; // no note
    list.append(make("dt", "", title), make("dd", value ? "" : "missing", value || settings.words.missing));
  });
  const kind = make("p", "kind", lsgis.swatch(feature, spec), spec.title);
  const name = make("h3", "", feature.name || spec.title);
  card.replaceChildren(kind, name, list);
  const others = lsgis.here.filter((other) => other !== shape);
  if (others.length) {
    const links = others.map((other) => lsgis.linkTo(card, other));
    card.append(make("div", "also", make("p", "", settings.words["also-here"]), ...links));
  }
  lsgis.showAccuracy(shape);
  return card;
};

lsgis.linkTo = (card, other) => {
  const { feature, spec } = other.known;
  const title = feature.name ? `${feature.name} · ${spec.title}` : spec.title;
  const button = lsgis.make("button", "", lsgis.swatch(feature, spec), title);
  button.type = "button";
  button.addEventListener("click", (event) => {
    event.stopPropagation(); // the button leaves the card: Leaflet must not take it for the map
    lsgis.write(card, other);
    const name = card.querySelector("h3");
    name.tabIndex = -1;
    name.focus();
  });
  return button;
};

/* A ring of the stated accuracy around a point. */
lsgis.showAccuracy = (shape) => {
  const { feature, spec } = shape.known;
  lsgis.hideAccuracy();
  if (!feature.at || !feature.accuracy) return;
  lsgis.ring = L.circle(shape.getLatLng(), {
    radius: feature.accuracy,
    className: "accuracy",
    pane: lsgis.pane(spec.name, 500),
    interactive: false,
  }).addTo(lsgis.map);
};

lsgis.hideAccuracy = () => {
  if (lsgis.ring) lsgis.ring.remove();
  lsgis.ring = null;
};
