// graph_mlp/data/picture.py in JavaScript, function by function; what each does is said there.
// A picture is {levels, height, width}, its numbers row after row.

const FIELD = 28;
const BOX = 20;
const CENTRE = 14;
const MOST_PIXELS = 2 ** 18;
const LEAST_PIXELS = 8;
const SIDE_PART = 20;
const LEAST_CONTRAST = 24;
const FAINTEST_INK = 0.25;
const DEVIATIONS = 4;
const NORMAL_DEVIATION = 1.4826;

const sum = (values) => values.reduce((total, value) => total + value, 0);
const rounded = (value) => Math.floor(value + 0.5);

// The one digit in grey levels from 0 to 255: {pixels}, 784 of them, or {reason}, a sentence, where there is none.
function prepareImage(levels, height, width) {
  const grey = { levels, height, width };
  try {
    if (looksPrepared(grey)) return { pixels: Uint8Array.from(levels, rounded) };
    const small = reduced(grey);
    const digits = shapes(ink(small), small.height, small.width);
    if (digits.length > 1) {
      throw new PictureError(`These are ${digits.length} separate shapes. Draw one digit.`);
    }
    return { pixels: centred(boxed(digits[0])) };
  } catch (error) {
    if (error instanceof PictureError) return { reason: error.message };
    throw error;
  }
}

function looksPrepared({ levels, height, width }) {
  if (height !== FIELD || width !== FIELD || Math.max(...levels) < 239 || median(levels) > 16) return false;
  const rows = [];
  const columns = [];
  levels.forEach((level, index) => {
    if (level > 16) {
      rows.push(Math.floor(index / FIELD));
      columns.push(index % FIELD);
    }
  });
  const extent = (places) => Math.max(...places) - Math.min(...places) + 1;
  const longer = Math.max(extent(rows), extent(columns));
  const places = centreOfMass({ levels, height, width });
  return longer >= 18 && longer <= BOX && places.every((place) => Math.abs(place - CENTRE) <= 1);
}

function reduced({ levels, height, width }) {
  const factor = Math.ceil(Math.sqrt((height * width) / MOST_PIXELS));
  const [rows, columns] = [height, width].map((length) => Math.floor(length / Math.max(1, factor)));
  if (Math.min(rows, columns) < LEAST_PIXELS) throw new PictureError('This is too small to hold a digit.');
  if (factor === 1) return { levels, height, width };
  const means = new Float64Array(rows * columns);
  for (let y = 0; y < rows * factor; y++) {
    for (let x = 0; x < columns * factor; x++) {
      means[Math.floor(y / factor) * columns + Math.floor(x / factor)] += levels[y * width + x];
    }
  }
  return { levels: means.map((total) => total / factor ** 2), height: rows, width: columns };
}

function ground(grey) {
  const { levels, height, width } = grey;
  const side = Math.max(1, Math.floor(Math.min(height, width) / SIDE_PART));
  const [top, bottom, left, right] = sides(grey, side).map(median);
  const across = (right - left) / (1 - side / width);
  const down = (bottom - top) / (1 - side / height);
  const shade = new Float64Array(levels.length);
  const differences = new Float64Array(levels.length);
  for (let index = 0, row = 0; row < height; row++) {
    const y = (row + 0.5) / height - 0.5;
    for (let column = 0; column < width; column++, index++) {
      const x = (column + 0.5) / width - 0.5;
      shade[index] = (top + bottom + left + right) / 4 + across * x + down * y;
      differences[index] = Math.abs(levels[index] - shade[index]);
    }
  }
  const strips = sides({ levels: differences, height, width }, side);
  const onSides = new Float64Array(strips.reduce((length, strip) => length + strip.length, 0));
  strips.reduce((first, strip) => (onSides.set(strip, first), first + strip.length), 0);
  return { shade, noise: NORMAL_DEVIATION * median(onSides) };
}

function sides({ levels, height, width }, side) {
  const columns = (first) => {
    const strip = new Float64Array(height * side);
    for (let row = 0; row < height; row++) {
      strip.set(levels.subarray(row * width + first, row * width + first + side), row * side);
    }
    return strip;
  };
  return [levels.subarray(0, side * width), levels.subarray((height - side) * width), columns(0), columns(width - side)];
}

function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// How much ink is at every pixel, 0 for none to 1 for full.
function ink(grey) {
  const { shade, noise } = ground(grey);
  const difference = differenceFrom(shade, grey.levels);
  const strongest = exceededBy(difference, Math.max(8, Math.floor(difference.length / 4096)));
  const full = meanFrom(difference, strongest / 2);
  if (full < LEAST_CONTRAST) {
    const isEmpty = full < LEAST_CONTRAST / 3;
    throw new PictureError(isEmpty ? 'There is no ink.' : 'There is nearly no contrast between ink and paper.');
  }
  const faintest = Math.max(FAINTEST_INK, (DEVIATIONS * noise) / full);
  for (let index = 0; index < difference.length; index++) {
    const amount = Math.min(difference[index] / full, 1);
    difference[index] = amount < faintest ? 0 : amount;
  }
  return difference;
}

// Loops and not `map` here and above: every pixel comes by several times within one frame.
function differenceFrom(shade, levels) {
  const difference = new Float64Array(levels.length);
  let cubes = 0;
  for (let index = 0; index < levels.length; index++) {
    const darker = shade[index] - levels[index];
    difference[index] = darker;
    cubes += darker * darker * darker;
  }
  const sign = cubes >= 0 ? 1 : -1;
  for (let index = 0; index < levels.length; index++) difference[index] = Math.max(sign * difference[index], 0);
  return difference;
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
  return total / count;
}

// The largest whole number that at least `count` of the values, from 0 to 255, reach.
function exceededBy(values, count) {
  const histogram = new Uint32Array(512);
  for (const value of values) histogram[Math.floor(value)] += 1;
  let [level, reached] = [histogram.length, 0];
  while (reached < count) reached += histogram[--level];
  return level;
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
