/**
 * The policy of the pages forbids turning text into HTML, for our code and for libraries.
 *
 * The one exception is a constant with which Leaflet tests the browser when it is loaded. Pages must
 * therefore import this module first.
 */

interface TrustedTypes {
  createPolicy(name: "default", rules: { createHTML: (text: string) => string | null }): unknown;
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };

trustedTypes?.createPolicy("default", {
  createHTML: (text) => (text === "<svg/>" ? text : null),
});
