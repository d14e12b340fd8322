/* The layer tree and what stands around the map: zoom, scale, north, cursor, print. */
"use strict";
lsgis.start = () => {
  const { map, settings } = lsgis;
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  lsgis.listen();
  lsgis.addControls();
  for (const { name, at, side } of settings.neighbours) {
    const icon = L.divIcon({ html: lsgis.make("span", "", name), className: `neighbour ${side}`, iconSize: [0, 0] });
    const place = [at[1], at[0]];
    L.marker(place, { icon, pane: "label", interactive: false, keyboard: false }).addTo(map);
  }
  lsgis.home();
  map.on("zoomend layeradd layerremove resize", () => {
    cancelAnimationFrame(lsgis.waiting);
    lsgis.waiting = requestAnimationFrame(lsgis.declutter);
  });
  map.on("mousemove mouseout", (event) => {
    cancelAnimationFrame(lsgis.moving);
    lsgis.moving = requestAnimationFrame(() => lsgis.follow(event));
  });
  map.on("popupclose", lsgis.hideAccuracy);
  map.on("popupopen", ({ popup }) => {
    lsgis.tip.remove();
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) close.setAttribute("aria-label", settings.words.close);
  });
  lsgis.declutter();
};

lsgis.home = () => {
  lsgis.map.fitBounds(lsgis.settings.bounds, { padding: [14, 14], animate: false });
  lsgis.wide = lsgis.map.getZoom();
};

/* Check boxes are the truth; buttons press them. */
lsgis.listen = () => {
  const { map, layers } = lsgis;
  const boxes = [...document.querySelectorAll("#panel input[data-layer]")];
  const follow = (box) => {
    const group = layers.get(box.dataset.layer);
    if (box.checked) map.addLayer(group);
    else map.removeLayer(group);
  };
  const press = (button, within, every) =>
    button.addEventListener("click", () => {
      for (const box of boxes) {
        if (!within.contains(box) || box.disabled) continue;
        box.checked = every === "all";
        follow(box);
      }
    });
  for (const box of boxes) {
    box.checked = map.hasLayer(layers.get(box.dataset.layer)) && !box.disabled;
    box.addEventListener("change", () => follow(box));
  }
  const panel = document.getElementById("panel");
  for (const button of panel.querySelectorAll("[data-every]")) press(button, panel, button.dataset.every);
  for (const button of panel.querySelectorAll("[data-theme]")) {
    press(button, button.closest(".theme"), button.dataset.theme);
  }
  lsgis.listenPanel();
};

lsgis.listenPanel = () => {
  const button = document.getElementById("panel-button");
  const show = (open) => {
    document.body.classList.toggle("closed", !open);
    button.setAttribute("aria-expanded", String(open));
    lsgis.map.invalidateSize({ pan: false });
  };
  const narrow = window.matchMedia("(max-width: 760px)");
  show(!narrow.matches);
  narrow.addEventListener("change", () => show(!narrow.matches));
  button.addEventListener("click", () => show(document.body.classList.contains("closed")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && narrow.matches) show(false);
  });
  lsgis.map.on("mousedown", () => narrow.matches && show(false));
};

lsgis.addControls = () => {
  const { map, make, settings } = lsgis;
  const { words } = settings;
  L.control.zoom({ zoomInTitle: words["zoom-in"], zoomOutTitle: words["zoom-out"] }).addTo(map);
  const home = make("button", "", "⌂");
  Object.assign(home, { type: "button", title: words.home });
  home.setAttribute("aria-label", words.home);
  home.addEventListener("click", lsgis.home);
  lsgis.place("topleft", make("div", "leaflet-bar home", home));
  const north = make("div", "north", make("span", "", "▲"), words.north);
  lsgis.place("topright", north);
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  const where = make("output", "where");
  lsgis.place("bottomleft", where);
  const said = (degrees) => degrees.toFixed(5).replace(".", settings.decimal);
  map.on("mousemove", ({ latlng }) => {
    where.textContent = `${said(latlng.lat)}° ${words.north}   ${said(latlng.lng)}° ${words.east}   WGS 84`;
  });
  map.on("mouseout", () => (where.textContent = ""));
};

lsgis.place = (position, element) => {
  const control = L.control({ position });
  control.onAdd = () => L.DomEvent.disableClickPropagation(element) && element;
  control.addTo(lsgis.map);
};

/* Paper has another shape than the screen: fit what was seen into it, then come back. */
(() => {
  let seen = null;
  const fit = (bounds) => {
    lsgis.map.invalidateSize({ pan: false, animate: false });
    lsgis.map.fitBounds(bounds, { animate: false });
    lsgis.declutter();
  };
  window.addEventListener("beforeprint", () => {
    seen = lsgis.map.getBounds();
    document.body.classList.add("printing");
    const whole = L.latLngBounds(lsgis.settings.bounds);
    fit(lsgis.map.getZoom() < lsgis.wide + 0.3 ? whole : seen); // unmoved but for a nudge: the whole
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    fit(seen);
  });
})();
