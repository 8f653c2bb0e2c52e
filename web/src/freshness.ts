/** How far a forecast can be trusted by its age. The API says nothing that ages: we compare. */

import type { Run } from "./api";
import { moment, span } from "./times";

export interface Warning {
  kind: "over" | "previous";
  title: string;
  text: string;
}

/**
 * What a reader has to know before anything else; none where all is as it should be.
 *
 * @param source of the answer, where it has one.
 * @param now in milliseconds since 1970.
 */
export function warnings(run: Run, source: string | undefined, now: number): Warning[] {
  const found: Warning[] = [];
  const until = Date.parse(run.valid_until);
  if (now > until) {
    const expected = Date.parse(run.next_expected_at);
    const next =
      now > expected
        ? `the next one is late: it was expected ${span(now - expected)} ago`
        : `the next one is expected in ${span(expected - now)}`;
    found.push({
      kind: "over",
      title: "This forecast is over.",
      text: `Its last hour passed ${span(now - until)} ago, and ${next}.`,
    });
  }
  if (source === "previous_run") {
    found.push({
      kind: "previous",
      title: "This is the forecast of the night before.",
      text: "The last one has no values for this station.",
    });
  }
  return found;
}

/** One line: which run, when issued, until when it holds, in a zone. */
export function runLine(run: Run, zone: string, zoneText: string): string {
  const issued = moment(Date.parse(run.issued_at), zone);
  const until = moment(Date.parse(run.valid_until), zone);
  return `Issued ${issued}, valid until ${until} (${zoneText}). Run ${run.id}, model ${run.model}.`;
}
