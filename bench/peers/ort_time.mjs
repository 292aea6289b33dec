// SPDX-License-Identifier: Apache-2.0
// The least time of one run of a model with ONNX Runtime on one thread, in
// milliseconds.
//
//   node ort_time.mjs MODEL INPUT ROUNDS
//
// INPUT as ort_run.mjs has it.
import { createRequire } from "node:module";
import { oneThread, readTensor } from "./ort_run.mjs";

const ort = createRequire(import.meta.url)("onnxruntime-node");
const [model, input, rounds] = process.argv.slice(2);
if (!(Number(rounds) > 0)) {
  console.error("usage: ort_time.mjs MODEL INPUT ROUNDS");
  process.exit(2);
}
const session = await ort.InferenceSession.create(model, oneThread);
const feed = { [session.inputNames[0]]: readTensor(input) };
let least = Infinity;
for (let i = 0; i < Number(rounds) + 2; i++) {
  const start = process.hrtime.bigint();
  await session.run(feed);
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (i >= 2 && ms < least) least = ms; // the first two warm up
}
console.log(least.toFixed(3));
