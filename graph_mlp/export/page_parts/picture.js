// What graph_mlp/data/picture.py does with a picture, on a white pad: its paper is 255 everywhere, its ink black.
// A picture is {levels, height, width}, its numbers row after row.

const FIELD = 28;
const BOX = 20;
const CENTRE = 14;
const PAPER = 255;
const FAINTEST_INK = 0.25;
const LEAST_SMOOTHED = 100; // pixels, the shorter side of a picture whose noise is smoothed
const STROKE = 2.2; // pixels, the width of MNIST's strokes without their soft edges
const WIDEST_STROKE = 8; // of 20 pixels: a pen's widest is about 6
const LONGEST = 6.5; // how often the longer side all strokes of a digit may be long
const UNEVEN = 0.42; // how far the widths of strokes deviate from their mean, as a part of it
const LONGEST_UNEVEN = 3.75; // as LONGEST, of redrawn strokes whose widths deviate more
const FINE = 8; // pixels of an enlarged digit in one of MNIST

const sum = (values) => values.reduce((total, value) => total + value, 0);
const rounded = (value) => Math.floor(value + 0.5);

// The one digit in grey levels from 0 to 255: {pixels}, 784 of them, or {reason}, a sentence, where there is none.
function prepareImage(levels, height, width) {
  try {
    const digits = shapes(ink(levels, height, width), height, width);
    if (digits.length === 0) throw new PictureError('There is no ink.');
    if (digits.length > 1) {
      throw new PictureError(`These are ${digits.length} separate shapes. Draw one digit.`);
    }
    const large = enlarged(digits[0]);
    if (!isWritten(large)) throw new PictureError('This does not look like a digit.');
    return { pixels: centred(boxed(redrawn(large))) };
  } catch (error) {
    if (error instanceof PictureError) return { reason: error.message };
    throw error;
  }
}

// How much ink is at every pixel, 0 for none to 1 for full.
function ink(levels, height, width) {
  const plain = Float64Array.from(levels, (level) => PAPER - level);
  const amounts = Math.min(height, width) > LEAST_SMOOTHED ? smoothed(plain, height, width) : plain;
  const sorted = amounts.slice().sort();
  const strongest = Math.floor(sorted[sorted.length - Math.max(8, sorted.length >> 12)]);
  const full = meanFrom(amounts, strongest / 2);
  return amounts.map((amount) => (amount < FAINTEST_INK * full ? 0 : Math.min(amount / full, 1)));
}

// By a Gaussian of one pixel, mirrored at the edges.
function smoothed(values, height, width) {
  const kernel = Array.from({ length: 9 }, (_, k) => Math.exp(-((k - 4) ** 2) / 2));
  const total = sum(kernel);
  const mirrored = (place, length) => (place < 0 ? -1 - place : place < length ? place : 2 * length - 1 - place);
  const lines = values.map((_, at) => {
    const [x, row] = [at % width, at - (at % width)];
    return kernel.reduce((mean, weight, k) => mean + (weight / total) * values[row + mirrored(x + k - 4, width)], 0);
  });
  return lines.map((_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    return kernel.reduce((mean, weight, k) => mean + (weight / total) * lines[mirrored(y + k - 4, height) * width + x], 0);
  });
}

// The mean of the values that are at least `least`.
function meanFrom(values, least) {
  let [total, count] = [0, 0];
  for (const value of values) {
    if (value >= least) {
      total += value;
      count += 1;
    }
  }
  return total / Math.max(count, 1);
}

// A shape's ink, 160 pixels on its longer side, as ink (1) and paper (0).
function enlarged({ ink, height, width }) {
  const scale = (BOX * FINE) / Math.max(height, width);
  const [rows, columns] = [height + 2, width + 2].map((length) => Math.round(length * scale));
  const large = resampled(padded({ levels: ink, height, width }, 1), rows, columns, TRIANGLE);
  const most = largestAround(large, (3 * FINE) / 2);
  return cropped({ ...large, levels: large.levels.map((level, at) => Number(level > 0.1 && level >= most[at] / 2)) });
}

// The distance of every pixel to paper, and where it is the largest around: the skeleton.
function ridge(mask) {
  const levels = distances(mask);
  const most = largestAround({ ...mask, levels }, 1);
  return { inner: levels, skeleton: levels.map((level, at) => Number(mask.levels[at] && level === most[at])) };
}

// How wide the strokes are along their skeleton, sorted, in pixels where the longer side has 20.
function strokeWidths(mask) {
  const { inner, skeleton } = ridge(padded(mask, 1));
  const scale = BOX / Math.max(mask.height, mask.width);
  return inner.filter((_, at) => skeleton[at]).sort().map((distance) => (2 * distance - 1) * scale);
}

const median = (sorted) => (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
const strokeWidth = (mask) => median(strokeWidths(mask));

// How often the longer side the strokes of such a width are long.
function strokeLength(mask, width) {
  return (sum(mask.levels) * BOX) / (width * Math.max(mask.height, mask.width) ** 2);
}

// Whether the strokes are as long, as wide and as even as a digit's.
function isWritten(mask) {
  const widths = strokeWidths(mask);
  const width = median(widths);
  if (width > WIDEST_STROKE || strokeLength(mask, width) > LONGEST) return false;
  const mean = sum(widths) / widths.length;
  const deviation = Math.sqrt(sum(widths.map((each) => (each - mean) ** 2)) / widths.length);
  return deviation <= UNEVEN * mean || strokeLength(redrawn(mask), STROKE) <= LONGEST_UNEVEN;
}

// Strokes thickened or thinned until they have 2.2 pixels once the longer side has 20.
function redrawn(drawn) {
  const longer = Math.max(drawn.height, drawn.width);
  const r = ((STROKE - strokeWidth(drawn)) * longer) / BOX / 2 / (1 - STROKE / BOX);
  const mask = padded(drawn, Math.max(0, Math.ceil(r)) + 1);
  const { inner, skeleton } = ridge(mask);
  const outer = distances({ ...mask, levels: mask.levels.map((level) => 1 - level) });
  const toRidge = distances({ ...mask, levels: skeleton.map((level) => 1 - level) });
  const kept = (STROKE * longer) / BOX / 2 - 1;
  const isInk = (level, at) =>
    outer[at] - inner[at] + (level ? 0.5 : -0.5) <= r || (level && toRidge[at] <= kept);
  return cropped({ ...mask, levels: mask.levels.map((level, at) => Number(isInk(level, at))) });
}

// Averaged to 20 pixels on the longer side.
function boxed(mask) {
  const scale = BOX / Math.max(mask.height, mask.width);
  const [rows, columns] = [mask.height, mask.width].map((length) => Math.max(1, rounded(length * scale)));
  return resampled(mask, rows, columns, SQUARE);
}

// Pillow's filters: how far they reach, and their weights.
const TRIANGLE = { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) };
const SQUARE = { support: 0.5, weight: (x) => Number(x > -0.5 && x <= 0.5) };

// As Pillow resamples, across and then down.
function resampled({ levels, height, width }, rows, columns, filter) {
  const lines = new Float64Array(height * columns);
  for (const [column, source, weight] of weights(width, columns, filter)) {
    for (let y = 0; y < height; y++) lines[y * columns + column] += weight * levels[y * width + source];
  }
  const result = new Float64Array(rows * columns);
  for (const [row, source, weight] of weights(height, rows, filter)) {
    for (let x = 0; x < columns; x++) result[row * columns + x] += weight * lines[source * columns + x];
  }
  return { levels: result, height: rows, width: columns };
}

// [target pixel, source pixel, weight] for every weight above 0; those of a target sum to 1.
function weights(length, target, { support, weight }) {
  const step = length / target;
  const scale = Math.max(step, 1);
  return Array.from({ length: target }, (_, index) => {
    const centre = (index + 0.5) * step;
    const first = Math.max(Math.floor(centre - support * scale + 0.5), 0);
    const last = Math.min(Math.floor(centre + support * scale + 0.5), length);
    const found = [];
    for (let pixel = first; pixel < last; pixel++) found.push([index, pixel, weight((pixel + 0.5 - centre) / scale)]);
    const total = sum(found.map((each) => each[2]));
    return found.map(([, pixel, value]) => [index, pixel, value / total]);
  }).flat();
}

// The largest level within so many rows and columns.
function largestAround({ levels, height, width }, reach) {
  const along = (values, at, step, place, length) => {
    let most = -Infinity;
    for (let k = Math.max(-reach, -place); k <= Math.min(reach, length - 1 - place); k++) {
      most = Math.max(most, values[at + k * step]);
    }
    return most;
  };
  const lines = levels.map((_, at) => along(levels, at, 1, at % width, width));
  return lines.map((_, at) => along(lines, at, width, Math.floor(at / width), height));
}

// The Euclidean distance of every pixel to the nearest 0, of which there is one at least.
function distances({ levels, height, width }) {
  const down = new Float64Array(levels.length).fill(Infinity);
  for (let x = 0; x < width; x++) {
    for (const order of [1, -1]) {
      let away = Infinity;
      for (let k = 0; k < height; k++) {
        const at = (order === 1 ? k : height - 1 - k) * width + x;
        away = levels[at] ? away + 1 : 0;
        down[at] = Math.min(down[at], away);
      }
    }
  }
  return Float64Array.from(levels, (_, at) => {
    const x = at % width;
    let best = down[at] ** 2;
    for (let k = 1; k * k < best && k < width; k++) {
      if (x >= k) best = Math.min(best, down[at - k] ** 2 + k * k);
      if (x + k < width) best = Math.min(best, down[at + k] ** 2 + k * k);
    }
    return Math.sqrt(best);
  });
}

// With so many rows and columns of paper around.
function padded({ levels, height, width }, margin) {
  const whole = new Float64Array((height + 2 * margin) * (width + 2 * margin));
  levels.forEach((level, at) => {
    whole[(Math.floor(at / width) + margin) * (width + 2 * margin) + (at % width) + margin] = level;
  });
  return { levels: whole, height: height + 2 * margin, width: width + 2 * margin };
}

// The rectangle of what is above 0.
function cropped({ levels, height, width }) {
  let [top, bottom, left, right] = [height, 0, width, 0];
  levels.forEach((level, at) => {
    if (!level) return;
    const [row, column] = [Math.floor(at / width), at % width];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
    [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
  });
  const rows = Array.from({ length: bottom - top }, (_, row) =>
    [...levels.slice((top + row) * width + left, (top + row) * width + right)]);
  return { levels: Float64Array.from(rows.flat()), height: bottom - top, width: right - left };
}

// A box of at most 20 x 20 in 28 x 28, by its centre of mass: 784 pixels.
function centred({ levels, height, width }) {
  const largest = Math.max(...levels);
  const stretched = levels.map((level) => rounded(level * (255 / largest)));
  const places = centreOfMass({ levels: stretched, height, width });
  const [firstRow, firstColumn] = [height, width].map((length, axis) =>
    Math.min(Math.max(Math.ceil(CENTRE - 0.5 - places[axis]), 0), FIELD - length),
  );
  const field = new Uint8Array(FIELD * FIELD);
  stretched.forEach((level, index) => {
    field[(firstRow + Math.floor(index / width)) * FIELD + firstColumn + (index % width)] = level;
  });
  return field;
}

// The row and the column of the centre of mass, the first of each being 0.
function centreOfMass({ levels, width }) {
  const mass = sum(levels);
  return [
    levels.reduce((total, level, index) => total + level * Math.floor(index / width), 0) / mass,
    levels.reduce((total, level, index) => total + level * (index % width), 0) / mass,
  ];
}
