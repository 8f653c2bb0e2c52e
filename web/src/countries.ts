/** Names of countries, from the browser's own tables. */

const names = new Intl.DisplayNames(["en"], { type: "region" });

/** The name of an ISO 3166-1 alpha-2 code; the text itself where it is none. */
export function countryName(code: string): string {
  try {
    return code ? (names.of(code) ?? code) : "";
  } catch {
    return code;
  }
}
