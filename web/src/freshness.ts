/** How old a forecast is. The API says nothing that depends on the time, so the page compares. */

import type { Run } from "./api";
import { moment, span } from "./times";

/**
 * Say when a forecast expired and when the next one is due; undefined while it is valid.
 *
 * @param now in milliseconds since 1970.
 */
export function expiry(run: Run, now: number): string | undefined {
  const until = Date.parse(run.valid_until);
  if (now <= until) return undefined;
  const expected = Date.parse(run.next_expected_at);
  const next =
    now > expected
      ? `is late: it was expected ${span(now - expected)} ago`
      : `is expected in ${span(expected - now)}`;
  return `Its last hour ended ${span(now - until)} ago. The next forecast ${next}.`;
}

/** One line for a run: when it was issued, until when it is valid, its id and its model. */
export function runLine(run: Run, zone: string, zoneText: string): string {
  const issued = moment(Date.parse(run.issued_at), zone);
  const until = moment(Date.parse(run.valid_until), zone);
  return `Issued ${issued}, valid until ${until} (${zoneText}). Run ${run.id}, model ${run.model}.`;
}
