/** Times of day in a time zone. Instants are milliseconds since 1970. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    // If the browser does not know a zone, times are shown in UTC, and labelled so.
    try {
      found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone });
    } catch {
      found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
    }
    formats.set(key, found);
  }
  return found;
}

export const clock = (at: number, zone: string): string =>
  format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);

export const day = (at: number, zone: string): string =>
  format(zone, { weekday: "short", day: "numeric", month: "short" }).format(at);

export const moment = (at: number, zone: string): string => `${day(at, zone)} ${clock(at, zone)}`;

/** The short name of a zone at an instant, such as GMT-5. */
export const zoneName = (at: number, zone: string): string =>
  format(zone, { timeZoneName: "short" })
    .formatToParts(at)
    .find((part) => part.type === "timeZoneName")?.value ?? "UTC";

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const STEP = 15 * 60_000;

/** All midnights of a zone after `from` and up to `to`, or the first moment of days that skip it. */
export function midnights(from: number, to: number, zone: string): number[] {
  const found: number[] = [];
  let before = day(from, zone);
  for (let at = Math.floor(from / STEP + 1) * STEP; at <= to; at += STEP) {
    const today = day(at, zone);
    if (today !== before) found.push(at);
    before = today;
  }
  return found;
}

/** The length of a time span in words, such as "3 hours". */
export function span(milliseconds: number): string {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000);
  const [count, word] =
    minutes < 90
      ? [minutes, "minute"]
      : minutes < 60 * 36
        ? [Math.round(minutes / 60), "hour"]
        : [Math.round(minutes / 1440), "day"];
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
