import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseSize } from "../../../host/manifest/size.ts";
import schema from "../../../manifests/workload.schema.json" with { type: "json" };

const NOT_SIZES = ["", "5", "Ki", "-1Ki", "1.5Mi", " 5Mi", "5M", "5MB", "5mi", "5Ti", "5Mi\n"];

describe("parseSize", () => {
  it("reads a whole number and its unit as bytes", () => {
    assert.deepEqual(
      ["0Ki", "64Ki", "16Mi", "4Gi"].map(parseSize),
      [0, 65_536, 16_777_216, 4_294_967_296],
    );
  });

  it("refuses everything else, as the schema does", () => {
    const pattern = new RegExp(schema.definitions.Size.pattern);
    for (const text of [...NOT_SIZES, "12345678901Ki"]) {
      assert.equal(parseSize(text), undefined, text);
      assert.equal(pattern.test(text), false, text);
    }
  });
});
