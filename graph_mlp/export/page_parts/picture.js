// What graph_mlp/data/picture.py does with a picture, on a white pad: its paper is 255 everywhere, its ink black.
// A picture is {levels, height, width}, its numbers row after row.

const FIELD = 28;
const BOX = 20;
const CENTRE = 14;
const PAPER = 255;
const FAINTEST_INK = 0.25;

const sum = (values) => values.reduce((total, value) => total + value, 0);
const rounded = (value) => Math.floor(value + 0.5);

// The one digit in grey levels from 0 to 255: {pixels}, 784 of them, or {reason}, a sentence, where there is none.
function prepareImage(levels, height, width) {
  try {
    const digits = shapes(ink(levels), height, width);
    if (digits.length === 0) throw new PictureError('There is no ink.');
    if (digits.length > 1) {
      throw new PictureError(`These are ${digits.length} separate shapes. Draw one digit.`);
    }
    return { pixels: centred(boxed(digits[0])) };
  } catch (error) {
    if (error instanceof PictureError) return { reason: error.message };
    throw error;
  }
}

// How much ink is at every pixel, 0 for none to 1 for full.
function ink(levels) {
  const amounts = Float64Array.from(levels, (level) => PAPER - level);
  const full = meanFrom(amounts, PAPER / 2);
  return amounts.map((amount) => (amount < FAINTEST_INK * full ? 0 : Math.min(amount / full, 1)));
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

// A shape's ink resampled by area to 20 pixels on its longer side.
function boxed({ ink, height, width }) {
  const scale = BOX / Math.max(height, width);
  const [rows, columns] = [height, width].map((length) => Math.max(1, rounded(length * scale)));
  const lines = new Float64Array(rows * width);
  areaWeights(height, rows).forEach(([row, source, weight]) => {
    for (let x = 0; x < width; x++) lines[row * width + x] += weight * ink[source * width + x];
  });
  const levels = new Float64Array(rows * columns);
  areaWeights(width, columns).forEach(([column, source, weight]) => {
    for (let y = 0; y < rows; y++) levels[y * columns + column] += weight * lines[y * width + source];
  });
  return { levels, height: rows, width: columns };
}

// [target pixel, source pixel, weight] for every weight above 0 of the matrix that averages by area.
function areaWeights(length, target) {
  const step = length / target;
  const weights = [];
  for (let index = 0; index < target; index++) {
    const first = index * step;
    for (let pixel = Math.floor(first); pixel < Math.min(length, first + step); pixel++) {
      const covered = Math.min(pixel + 1, first + step) - Math.max(pixel, first);
      if (covered > 0) weights.push([index, pixel, covered / step]);
    }
  }
  return weights;
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
