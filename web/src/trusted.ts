/**
 * The policy of the pages forbids text to become HTML, ours and anybody's.
 *
 * One exception, for the constant with which Leaflet asks what the browser can draw when it is
 * loaded: so this module comes first.
 */

interface TrustedTypes {
  createPolicy(name: "default", rules: { createHTML: (text: string) => string | null }): unknown;
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };

trustedTypes?.createPolicy("default", {
  createHTML: (text) => (text === "<svg/>" ? text : null),
});
