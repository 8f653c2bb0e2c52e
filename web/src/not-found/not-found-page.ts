/** The page for addresses that the site does not have. */

import { status } from "../api";
import { byId } from "../dom";
import { setUpFrame, showNotice } from "../frame";
import { icon } from "../icons";
import { decoded, wantedOf } from "./address";

setUpFrame(() => undefined);
byId("address").textContent = decoded(location.pathname);

const wanted = wantedOf(location.pathname);
if (wanted) {
  const button = byId("look");
  button.append(icon("search"), ` Search for “${wanted}”`);
  button.hidden = false;
  button.addEventListener("click", () => {
    const search = byId<HTMLInputElement>("search");
    search.value = wanted;
    search.focus();
    search.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

void status().then(
  ({ run }) => run && showNotice(run),
  () => undefined,
);
