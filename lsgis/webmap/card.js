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
  shape.on("click", (event) => {
    lsgis.here = lsgis.shapesAt(event.originalEvent, shape);
    shape.getPopup().options.maxHeight = Math.max(200, lsgis.map.getSize().y - 120);
  });
  shape.on("keypress", () => (lsgis.here = [shape]));
  shape.bindPopup(() => lsgis.write(lsgis.make("div", "card"), lsgis.here[0]), {
    maxWidth: 340,
    minWidth: 240,
    autoPanPadding: [24, 24],
  });
  if (feature.name) {
    const options = { sticky: !feature.at, direction: "top", offset: [0, -8] };
    shape.bindTooltip(() => lsgis.make("span", "", feature.name), options);
  }
  shape.addTo(group);
};

/* Everything drawn under the pointer, each feature once: the one pointed at when it is a point
   or a line, then points, lines and polygons, the smallest first. */
lsgis.shapesAt = (event, chosen) => {
  const found = new Map([[chosen.known.feature, chosen]]);
  for (const element of document.elementsFromPoint(event.clientX, event.clientY)) {
    const shape = lsgis.owners.get(element.closest(".leaflet-interactive"));
    if (shape && !found.has(shape.known.feature)) found.set(shape.known.feature, shape);
  }
  const size = (shape) => {
    const { feature } = shape.known;
    if (!feature.areas) return shape === chosen ? -3 : feature.at ? -2 : -1;
    const bounds = shape.getBounds();
    return (bounds.getNorth() - bounds.getSouth()) * (bounds.getEast() - bounds.getWest());
  };
  return [...found.values()].sort((a, b) => size(a) - size(b));
};

lsgis.write = (card, shape) => {
  const { make, settings } = lsgis;
  const { feature, spec } = shape.known;
  const list = make("dl");
  spec.titles.forEach((title, i) => {
    const value = feature.values[i];
    if (!value && title === settings.words.note) return;
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
  const known = feature.name && feature.name !== spec.title;
  const title = known ? `${feature.name} · ${spec.title}` : spec.title;
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
