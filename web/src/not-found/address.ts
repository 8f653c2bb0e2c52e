/** What a visitor may have looked for at an address that the site does not have. */

/** A path as people read it; as it is if its escapes are broken. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const LONGEST = 40;

/** The last part of a path as words to search for, such as JFK of `/station/JFK`; or nothing. */
export function wantedOf(path: string): string | undefined {
  const last = decoded(path).split("/").filter(Boolean).at(-1) ?? "";
  const words = last
    .replace(/\.\w+$/, "")
    .replace(/[-_+\s]+/g, " ")
    .trim();
  const isWord = /\p{L}|\d/u.test(words) && words.length <= LONGEST && words !== "404";
  return isWord ? words : undefined;
}
