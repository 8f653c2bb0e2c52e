/** What a visitor can do with a station: mark it, compare it, share it, embed it elsewhere. */

import type { Station } from "../api";
import { pageWith } from "../compare/compared";
import { copy } from "../copying";
import { byId, h } from "../dom";
import { isMarked, toggle } from "../favourites";
import { icon } from "../icons";

/** Fill `#actions` for a station. */
export function offerActions(station: Station): void {
  const said = h("span", { class: "note", role: "status" });
  const link = h("a", { class: "action", href: pageWith(station.id) }, icon("compare"), "Compare");
  byId("actions").replaceChildren(star(station), link, share(station, said), embed(station), said);
}

function star({ id, name }: Station): HTMLElement {
  const button = h("button", { type: "button", class: "quiet star" }, icon("star"), "Favourite");
  const show = (marked: boolean): void => button.setAttribute("aria-pressed", String(marked));
  button.addEventListener("click", () => show(toggle({ id, name })));
  show(isMarked(id));
  return button;
}

/** The system's own menu where there is one; otherwise the address is copied. */
function share({ id, name }: Station, said: HTMLElement): HTMLElement {
  const button = h("button", { type: "button", class: "quiet" }, icon("share"), "Share");
  button.addEventListener("click", () => {
    const { href } = location;
    if (!navigator.share) return void copy(href, said);
    // It also fails if the visitor closes the menu.
    navigator.share({ title: name || id, url: href }).catch(() => undefined);
  });
  return button;
}

function embed(station: Station): HTMLElement {
  const button = h("button", { type: "button", class: "quiet" }, icon("code"), "Embed");
  button.addEventListener("click", () => {
    const dialog = embedDialog(snippet(station, location.origin));
    document.body.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  });
  return button;
}

function embedDialog(text: string): HTMLDialogElement {
  const said = h("p", { class: "note", role: "status" });
  const copied = h("button", { type: "button" }, "Copy");
  copied.addEventListener("click", () => void copy(text, said));
  return h(
    "dialog",
    { "aria-labelledby": "embed-title" },
    h("h2", { id: "embed-title" }, "Show this forecast on your own page"),
    h("p", {}, "This piece of HTML shows today's forecast, and always the newest one."),
    h("div", { class: "copy" }, h("code", {}, text), copied),
    said,
    h("form", { method: "dialog" }, h("button", { class: "quiet" }, "Close")),
  );
}

/** The HTML that shows a station's forecast on another site. */
export function snippet({ id, name }: { id: string; name: string }, origin: string): string {
  const address = `${origin}/embed.html?id=${encodeURIComponent(id)}`;
  const title = escaped(`Forecast for ${name || id}`);
  return `<iframe src="${escaped(address)}" title="${title}" width="360" height="440" style="border:0" loading="lazy"></iframe>`;
}

/** Whoever chose the name, it stays inside of its attribute. */
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
