// SPDX-License-Identifier: Apache-2.0
// Run every NAME.onnx of a folder on its NAME.in with ONNX Runtime, one thread,
// and write NAME.out.
//
//   node ort_run.mjs DIR
//
// .in and .out hold tensors: rank, sizes as int32, then floats, little endian.
// A model ONNX Runtime refuses gets a NAME.err with its reason instead.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const ort = createRequire(import.meta.url)("onnxruntime-node");

export function readTensor(path) {
  const file = readFileSync(path);
  const rank = file.readInt32LE(0);
  const dims = [];
  for (let i = 0; i < rank; i++) dims.push(file.readInt32LE(4 + 4 * i));
  const start = 4 + 4 * rank;
  const data = new Float32Array(file.buffer.slice(
    file.byteOffset + start, file.byteOffset + file.length));
  return new ort.Tensor("float32", data, dims);
}

export const oneThread = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: "all",
  executionMode: "sequential",
  logSeverityLevel: 3,
};

function bytesOf(tensor) {
  const head = Buffer.alloc(4 + 4 * tensor.dims.length);
  head.writeInt32LE(tensor.dims.length, 0);
  tensor.dims.forEach((n, i) => head.writeInt32LE(n, 4 + 4 * i));
  const { buffer, byteOffset, byteLength } = tensor.data;
  return Buffer.concat([head, Buffer.from(buffer, byteOffset, byteLength)]);
}

async function runOne(stem) {
  try {
    const session = await ort.InferenceSession.create(stem + ".onnx", oneThread);
    const out = await session.run(
      { [session.inputNames[0]]: readTensor(stem + ".in") });
    writeFileSync(stem + ".out",
      Buffer.concat(session.outputNames.map((name) => bytesOf(out[name]))));
  } catch (error) {
    writeFileSync(stem + ".err", String(error.message));
  }
}

if (process.argv[1].endsWith("ort_run.mjs")) {
  const dir = process.argv[2];
  for (const name of readdirSync(dir).sort())
    if (name.endsWith(".onnx")) await runOne(join(dir, name.slice(0, -5)));
}
