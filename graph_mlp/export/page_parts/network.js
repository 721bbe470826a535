// The network by its moving averages, as graph_mlp/graph/network.py builds it. Weights are float32, sums float64.

const PIXELS = 784;
const CLASSES = 10;

const exponentialUnit = (scale, scaleAlpha) => (z) => (z < 0 ? scaleAlpha * Math.expm1(z) : scale * z);

// The table of graph_mlp/activations.py.
const ACTIVATIONS = {
  relu: (z) => Math.max(z, 0),
  elu: exponentialUnit(1, 1),
  leaky_relu: (z) => Math.max(0.01 * z, z),
  tanh: Math.tanh,
  selu: exponentialUnit(1.0507009873554805, 1.7580993408473766),
};

// Base64 of little-endian float32 numbers.
function decodeFloats(text) {
  const bytes = decodeBytes(text);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true));
}

function decodeBytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

// What graph_mlp/export/page.py embedded, its weights as arrays.
function decodeModel(model) {
  const layers = model.layers.map((layer) => ({
    rows: layer.rows,
    columns: layer.columns,
    kernel: decodeFloats(layer.kernel), // row after row
    scale: decodeFloats(layer.scale), // batch norm; 1 without it
    offset: decodeFloats(layer.offset),
  }));
  const projection = model.projection && {
    mean: decodeFloats(model.projection.mean),
    components: decodeFloats(model.projection.components), // a component after the other
  };
  return { ...model, layers, projection };
}

// Pixels from 0 to 255 to the activations of every hidden layer, the ten logits and the ten probabilities.
function runNetwork(model, pixels) {
  let outputs = Float64Array.from(pixels, (pixel) => pixel / 255);
  if (model.projection) outputs = project(model.projection, outputs);
  const activation = ACTIVATIONS[model.activation];
  const hidden = model.layers.slice(0, -1).map((layer) => {
    outputs = dense(layer, outputs).map(activation);
    return outputs;
  });
  const logits = dense(model.layers.at(-1), outputs);
  return { hidden, logits, probabilities: softmax(logits.map((logit) => logit / model.temperature)) };
}

// (pixels - mean) by each component.
function project(projection, pixels) {
  const centred = pixels.map((pixel, index) => pixel - projection.mean[index]);
  const count = projection.components.length / PIXELS;
  return Float64Array.from({ length: count }, (_, component) => {
    const first = component * PIXELS;
    return centred.reduce((sum, value, index) => sum + value * projection.components[first + index], 0);
  });
}

// (inputs by kernel) scaled and offset. Inputs that are zero, most pixels, cost nothing.
function dense(layer, inputs) {
  const sums = new Float64Array(layer.columns);
  for (let row = 0; row < layer.rows; row++) {
    if (inputs[row] === 0) continue;
    const first = row * layer.columns;
    for (let column = 0; column < layer.columns; column++) sums[column] += inputs[row] * layer.kernel[first + column];
  }
  return sums.map((sum, column) => sum * layer.scale[column] + layer.offset[column]);
}

function softmax(logits) {
  const largest = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - largest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

// The classes, the most probable first.
function ranking(probabilities) {
  return [...probabilities.keys()].sort((one, other) => probabilities[other] - probabilities[one]);
}

// The weights of a unit of the first layer, as an image of 784 numbers; those of principal components as pixels.
function firstLayerWeights(model, unit) {
  const { kernel, columns } = model.layers[0];
  if (!model.projection) return Float64Array.from({ length: PIXELS }, (_, pixel) => kernel[pixel * columns + unit]);
  const weights = new Float64Array(PIXELS);
  model.projection.components.forEach((value, index) => {
    weights[index % PIXELS] += value * kernel[Math.floor(index / PIXELS) * columns + unit];
  });
  return weights;
}
