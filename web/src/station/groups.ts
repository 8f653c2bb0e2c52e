/** Which parameters of a station belong together, in the order in which they are shown. */

import type { ParameterCode } from "../api";

/** Parameters in one chart. */
export type Row = ParameterCode[];

export interface Group {
  title: string;
  rows: Row[];
}

/** Where the wind comes from: arrows in the chart of its speed. */
export const DIRECTION: ParameterCode = "wind_direction";

const GROUPS: readonly Group[] = [
  { title: "Temperature", rows: [["temperature", "dew_point"]] },
  { title: "Rain and snow", rows: [["precipitation"]] },
  { title: "Wind", rows: [["wind_speed", "wind_gust", DIRECTION]] },
  { title: "Air quality", rows: [["pm25"], ["pm10"], ["o3"], ["no2"], ["so2"], ["co"], ["bc"]] },
  {
    title: "Humidity, visibility, pressure",
    rows: [["relative_humidity"], ["visibility"], ["pressure"]],
  },
];

/** The groups of some parameters, without what is not among them. */
export function groupsOf(codes: readonly ParameterCode[]): Group[] {
  return GROUPS.map(({ title, rows }) => ({
    title,
    rows: rows
      .map((row) => row.filter((code) => codes.includes(code)))
      .filter((row) => row.length > 0),
  })).filter(({ rows }) => rows.length > 0);
}

/** The parameters in the order of the groups, and then those of no group. */
export function inOrder(codes: readonly ParameterCode[]): ParameterCode[] {
  const grouped = groupsOf(codes).flatMap(({ rows }) => rows.flat());
  return [...grouped, ...codes.filter((code) => !grouped.includes(code))];
}
