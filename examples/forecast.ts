// The next hours in New York, with the TypeScript client.
import { getStationForecast, listStations } from "stationcast-client";
import { client } from "stationcast-client/client";

const baseUrl = process.env.STATIONCAST_URL ?? "http://127.0.0.1:8000";
client.setConfig({ baseUrl, throwOnError: true });
const { data: stations } = await listStations<true>({ query: { q: "new york" } });
const { data: forecast } = await getStationForecast<true>({
  path: { station_id: stations.items[0].id },
  query: { parameters: ["temperature"], hours: 6, tz: "station" },
});
const { p10 = [], p50 = [], p90 = [] } = forecast.values.temperature ?? {};
forecast.time.forEach((time, i) => {
  const [low, middle, high] = [p10, p50, p90].map((hours) => hours[i].toFixed(1));
  console.log(`${time} ${middle} ${forecast.units.temperature} (${low} to ${high})`);
});
