/** Country names, from the browser's own tables. */

const names = new Intl.DisplayNames(["en"], { type: "region" });

/** The name for an ISO 3166-1 alpha-2 code; any other text is returned as it is. */
export function countryName(code: string): string {
  try {
    return code ? (names.of(code) ?? code) : "";
  } catch {
    return code;
  }
}
