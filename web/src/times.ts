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

const date = (at: number, zone: string): string =>
  format(zone, { year: "numeric", month: "numeric", day: "numeric" }).format(at);

/** A day such as `Mon 30 Dec`, with the year if that is not the year of `now`. */
export function day(at: number, zone: string, now = Date.now()): string {
  const parts = { weekday: "short", day: "numeric", month: "short" } as const;
  const year = format(zone, { year: "numeric" });
  if (year.format(at) === year.format(now)) return format(zone, parts).format(at);
  return format(zone, { ...parts, year: "numeric" })
    .format(at)
    .replace(",", "");
}

export const moment = (at: number, zone: string, now = Date.now()): string =>
  `${day(at, zone, now)} ${clock(at, zone)}`;

/** The day of a time as one says it at `now`, before the time: nothing, `tomorrow `, or its date. */
function saidDay(at: number, zone: string, now: number): string {
  const asked = date(at, zone);
  if (asked === date(now, zone)) return "";
  return asked === date(now + DAY, zone) ? "tomorrow " : `${day(at, zone, now)} `;
}

/** A time as one says it at `now`: `15:00`, `tomorrow 03:00`, or with its day. */
export const when = (at: number, zone: string, now: number): string =>
  `${saidDay(at, zone, now)}${clock(at, zone)}`;

/** The same for what is not that exact: `tomorrow around 03:00`. */
export const around = (at: number, zone: string, now: number): string =>
  `${saidDay(at, zone, now)}around ${clock(at, zone)}`;

/** The short name of a zone at an instant, such as GMT-5. */
export const zoneName = (at: number, zone: string): string =>
  format(zone, { timeZoneName: "short" })
    .formatToParts(at)
    .find((part) => part.type === "timeZoneName")?.value ?? "UTC";

/** A zone in words: `America/New York, GMT-5`. */
export const zoneText = (zone: string, at: number): string =>
  zone === "UTC" ? "UTC" : `${zone.replaceAll("_", " ")}, ${zoneName(at, zone)}`;

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const DAY = 24 * 3_600_000;
const STEP = 15 * 60_000;

/** All midnights of a zone after `from` and up to `to`, or the first moment of days that skip it. */
export function midnights(from: number, to: number, zone: string): number[] {
  const found: number[] = [];
  let before = date(from, zone);
  for (let at = Math.floor(from / STEP + 1) * STEP; at <= to; at += STEP) {
    const today = date(at, zone);
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
        : minutes < 60 * 24 * 730
          ? [Math.round(minutes / 1440), "day"]
          : [Math.floor(minutes / (60 * 24 * 365.25)), "year"];
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
