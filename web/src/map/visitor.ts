/** "Find me": marks the visitor on the map. The location stays in the browser. */

import L from "leaflet";
import { byId, h } from "../dom";
import type { Place } from "./places";

/** Ask where the visitor is; the browser asks for consent. Say so if it is not known. */
export function locate(found: (place: Place) => void): void {
  const button = byId<HTMLButtonElement>("find-me");
  button.disabled = true;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      button.disabled = false;
      found({ latitude: coords.latitude, longitude: coords.longitude });
    },
    () => {
      button.disabled = false;
      byId("find-me-text").textContent = "Location not available";
    },
    { maximumAge: 600_000, timeout: 10_000 },
  );
}

let marker: L.Marker | undefined;

/** Mark the visitor, instead of where the mark was before. */
export function markVisitor(map: L.Map, { latitude, longitude }: Place): void {
  marker?.remove();
  // Of an element, Leaflet makes no HTML.
  const dot = L.divIcon({ className: "you", html: h("span"), iconSize: [18, 18] });
  marker = L.marker([latitude, longitude], { icon: dot, keyboard: false, interactive: false });
  marker.addTo(map);
}
