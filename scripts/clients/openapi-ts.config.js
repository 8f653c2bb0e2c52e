// For @hey-api/openapi-ts. Node.js finds modules by their whole name.
export default {
  input: "tests/golden/openapi.json",
  output: { path: `${process.env.CLIENTS}/typescript/src`, module: { extension: ".js" } },
};
