import { describe, expect, it } from "vitest";
import { type FoundStation, ProblemError, UnreachableError } from "../src/api";
import { failureOf, whereabouts } from "../src/search/search";

const JFK: FoundStation = {
  id: "JFK",
  name: "John F Kennedy Intl",
  country: "US",
  latitude: 40.64,
  longitude: -73.78,
  elevation: 4,
  timezone: "America/New_York",
  parameters: ["temperature"],
};

describe("where a station is", () => {
  it("is its country", () => {
    expect(whereabouts(JFK)).toBe("JFK · United States");
    expect(whereabouts({ ...JFK, country: "" })).toBe("JFK");
  });

  it("is the distance from the town that led to it, in the visitor's units", () => {
    const found = { ...JFK, distance_km: 20.9, place: "New York City, New York, United States" };
    expect(whereabouts(found)).toBe("JFK · 21 km from New York City, New York, United States");
    expect(whereabouts(found, "us")).toContain("13 mi from New York City");
  });

  it("is the distance from coordinates", () => {
    expect(whereabouts({ ...JFK, distance_km: 7 })).toMatch(/^JFK · 7(\.0)? km from there$/);
  });
});

describe("a search that failed", () => {
  const problem = {
    type: "/problems/invalid-parameter",
    title: "Invalid parameter",
    status: 422,
    detail: "see errors",
    instance: "/v1/stations",
    request_id: "1",
    suggestions: null,
    errors: null,
  };

  it("has the reason of the API", () => {
    const errors = [{ in: "query" as const, name: "q", reason: "91 is not a latitude" }];
    expect(failureOf(new ProblemError({ ...problem, errors }), true)).toBe(
      "The search failed: 91 is not a latitude.",
    );
    expect(failureOf(new ProblemError(problem), true)).toBe("The search failed: see errors.");
  });

  it("says whether the visitor is offline", () => {
    expect(failureOf(new UnreachableError("offline"), false)).toContain("You are offline");
    expect(failureOf(new UnreachableError("no answer"), true)).toContain("could not reach");
  });
});
