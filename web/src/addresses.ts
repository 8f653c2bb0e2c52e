/** The addresses of pages that other pages link to. */

export const stationPage = (stationId: string): string =>
  `station.html?id=${encodeURIComponent(stationId)}`;

export const comparePage = (ids: readonly string[]): string =>
  `compare.html?stations=${ids.map(encodeURIComponent).join(",")}`;
