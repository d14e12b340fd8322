/* Cards: what the page knows of the features under the pointer, and how far to trust their place. */
"use strict";
lsgis.here = [];
lsgis.ring = null;
lsgis.lit = null;
lsgis.tip = L.tooltip({ direction: "top", offset: [0, -8] });

/* Add a shape that shows its card when chosen. */
lsgis.present = (shape, feature, spec, group) => {
  shape.known = { feature, spec };
  shape.on("add", () => {
    lsgis.owners.set(shape.getElement(), shape);
    if (feature.at) shape.getElement().setAttribute("aria-label", feature.name || spec.title);
  });
  shape.on("click", (event) => {
    const found = lsgis.shapesAt(event.originalEvent);
    lsgis.here = found.includes(shape) ? found : [shape];
    shape.getPopup().options.maxHeight = Math.max(200, lsgis.map.getSize().y - 120);
  });
  shape.on("keypress", () => (lsgis.here = [shape]));
  shape.bindPopup(() => lsgis.write(lsgis.make("div", "card"), lsgis.here[0]), {
    maxWidth: 340,
    minWidth: 240,
    autoPanPadding: [24, 24],
  });
  if (feature.at && feature.name) {
    shape.bindTooltip(() => lsgis.make("span", "", feature.name), { direction: "top", offset: [0, -8] });
  }
  shape.addTo(group);
};

/* Everything drawn under the pointer, each feature once: points, lines, then polygons, the
   smallest first. */
lsgis.shapesAt = ({ clientX, clientY }) => {
  const found = new Map();
  for (const element of document.elementsFromPoint(clientX, clientY)) {
    const shape = lsgis.owners.get(element.closest(".leaflet-interactive"));
    if (shape && !found.has(shape.known.feature)) found.set(shape.known.feature, shape);
  }
  const size = (shape) => {
    const { feature } = shape.known;
    if (!feature.areas) return feature.at ? -2 : -1;
    const bounds = shape.getBounds();
    return (bounds.getNorth() - bounds.getSouth()) * (bounds.getEast() - bounds.getWest());
  };
  return [...found.values()].sort((a, b) => size(a) - size(b));
};

/* Light up and name what a click would open. */
lsgis.follow = ({ originalEvent, latlng }) => {
  const away = !originalEvent || originalEvent.target.closest(".leaflet-popup, .leaflet-control");
  const shape = away ? null : lsgis.shapesAt(originalEvent)[0];
  const mood = (item, number) => item && item.moods && item.setStyle(item.moods[number]);
  if (shape !== lsgis.lit) {
    mood(lsgis.lit, 0);
    mood(shape, 1);
    lsgis.lit = shape;
  }
  if (!shape || shape.known.feature.at || !shape.known.feature.name) {
    lsgis.tip.remove();
    return;
  }
  lsgis.tip.setLatLng(latlng).setContent(lsgis.make("span", "", shape.known.feature.name));
  lsgis.tip.addTo(lsgis.map);
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
